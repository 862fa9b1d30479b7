"""`mdorch why` and `mdorch deps`: one task, explained."""

from __future__ import annotations

from typing import Any

import click

from mdorch.desk.deps import LISTED, deps_answer, mermaid
from mdorch.desk.explain import sentence, standing, why_answer
from mdorch.desk.look import look
from mdorch.front.cli.arguments import task_argument
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink, Piece, Screen

LETS_GO = ("starts", "running", "complete")


@command("mdorch why TEST-001", answers=True)
@task_argument
def why(call: Call, task: str) -> None:
    """The one rule that holds TASK or lets it go, and the facts behind it."""
    answer = why_answer(look(call.site, call.now), task)
    if call.json:
        call.answer(answer)
    else:
        _heading(call.screen, answer)
        show_why(call.screen, answer)


def show_why(screen: Screen, answer: dict[str, Any]) -> None:
    style = "good" if answer["rule"] in LETS_GO and not answer["stalled"] else "warn"
    screen.paragraph(f"{sentence(answer['task'], answer['rule'], answer['reason'])}.", style=style)
    screen.line()
    rows: list[list[Piece]] = [["Rule", answer["rule"]], ["Status", answer["status_text"] or "(empty)"]]
    if answer["requires_text"]:
        rows.append(["Needs", answer["requires_text"]])
    if answer["agents"]:
        rows += [["Agent" if n == 0 else "then", _agent(a)] for n, a in enumerate(answer["agents"])]
    if answer["group"]:
        rows.append(["Group", f"{answer['group']}, {_limit(answer)}"])
    if answer["run"]:
        run = answer["run"]
        rows.append(["Run", f"{run['id']} with {run['agent']}: {standing(run)}"])
    screen.rows([[Ink(str(row[0]), "dim"), row[1]] for row in rows], flexible={1: 20}, wrapped=True)
    if answer["requires"] or answer["unresolved"]:
        screen.line()
        screen.line(Ink("Prerequisites", "head"))
        screen.rows([_need(screen, n) for n in answer["requires"]], flexible={4: 20}, wrapped=True)
        screen.rows(
            [[Ink(screen.sign("bad"), "bad"), f"“{text}” names no task"] for text in answer["unresolved"]]
        )


def _limit(answer: dict[str, Any]) -> str:
    if any(lane["limit"] < 0 for lane in answer["lanes"]):
        return "which runs none: correct its limit"
    apart = ", in different domains" if any(lane["different_domains"] for lane in answer["lanes"]) else ""
    return (f"{answer['group_limit']} at once" if answer["group_limit"] else "no limit") + apart


def _agent(agent: dict[str, Any]) -> str:
    return f"{agent['agent']} ({agent['reason']}{'' if agent['configured'] else '; not configured'})"


def _need(screen: Screen, need: dict[str, Any]) -> list[Piece]:
    sign = Ink(screen.sign("done"), "good") if need["met"] else Ink(screen.sign("wait"), "warn")
    reason = "" if need["met"] else need["reason"]
    line = f"line {need['line']}" if need["line"] else ""
    return [
        sign,
        Ink(need["id"], "bold"),
        need["status"].replace("_", " "),
        Ink(line, "dim"),
        Ink(reason, "dim"),
    ]


@command("mdorch deps TEST-001\nmdorch deps TEST-001 --mermaid\nmdorch deps TEST-001 --json", answers=True)
@task_argument
@click.option("--mermaid", "chart", is_flag=True, help="The graph as a Mermaid flowchart.")
def deps(call: Call, task: str, chart: bool) -> None:
    """What TASK needs, what waits for it, and the critical path through it."""
    found = look(call.site, call.now)
    if chart:
        call.screen.block(mermaid(found, task))
        return
    answer = deps_answer(found, task)
    if call.json:
        call.answer(answer)
    else:
        _heading(call.screen, answer)
        show_deps(call.screen, answer)


def show_deps(screen: Screen, answer: dict[str, Any]) -> None:
    for title, key, none in (("Needs", "needs", "nothing"), ("Needed by", "needed_by", "nobody")):
        nodes = answer[key]
        screen.line(Ink(title, "head"), "" if nodes else Ink(f"  {none}", "dim"))
        screen.rows([_node(screen, n) for n in nodes], flexible={1: 12})
        if len(nodes) == LISTED:
            screen.line("  ", Ink(f"only the first {LISTED} are shown", "dim"))
    for text in answer["unresolved"]:
        screen.line("  ", Ink(f"“{text}” names no task", "bad"))
    screen.line(Ink("Critical path", "head"))
    screen.paragraph(f" {screen.sign('to')} ".join(answer["critical_path"]), indent=2)
    if answer["cycle"]:
        screen.paragraph(answer["cycle"], style="bad")


def _node(screen: Screen, node: dict[str, Any]) -> list[Piece]:
    complete = node["status"] == "complete"
    sign = screen.sign("done" if complete else "wait")
    again = "  (see above)" if node["repeated"] else ""
    return [
        "  " * (node["depth"] - 1) + f"{sign} {node['id']}",
        node["title"],
        Ink(node["status"].replace("_", " ") + again, "good" if complete else "dim"),
    ]


def _heading(screen: Screen, answer: dict[str, Any]) -> None:
    screen.short(Ink(answer["task"], "head"), f"  {answer['title']}", Ink(f"  line {answer['line']}", "dim"))
