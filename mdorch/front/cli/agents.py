"""`mdorch agents`: who works here, with what, and whether it is there."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import Any

import click

from mdorch.desk.agents import agents_answer, is_well
from mdorch.desk.look import look
from mdorch.desk.times import spoken
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink, Piece, Screen

ABILITIES = {
    "resumes": "resumes",
    "priced": "tells cost",
    "roles": "takes roles",
    "mcp": "takes tools",
    "stop_hook": "takes hooks",
}


@command("mdorch agents\nmdorch agents check\nmdorch agents --json", answers=True)
@click.argument("what", type=click.Choice(["check"]), metavar="[check]", required=False)
def agents(call: Call, what: str | None) -> int:
    """The agents of this page with the command that a task of each would be started with, and the agent
    programs of this machine with what each can do.

    Nothing is started; `check` asks each known program for its version. The exit code is then 1 where an
    agent could not be started.
    """
    if what:
        call.rail("mdorch agents check")
    answer = agents_answer(look(call.site, call.now), call.environ, check=bool(what))
    if call.json:
        call.answer(answer)
    else:
        _show(call.screen, answer)
    return 1 if what and not is_well(answer) else 0


def _show(screen: Screen, answer: dict[str, Any]) -> None:
    if answer["agents"]:
        screen.line(Ink("Agents", "head"))
    else:
        screen.line(
            "No agent is configured: ",
            Ink("mdorch init", "command"),
            " writes mdorch.toml, or says what it lacks",
        )
    warnings = Counter(agent["warning"] for agent in answer["agents"])
    for agent in answer["agents"]:
        _show_agent(screen, agent, alone=warnings[agent["warning"]] == 1)
    for warning, count in warnings.items():
        if warning and count > 1:
            screen.paragraph(f"{count} agents: {warning}", indent=2, style="warn")
    screen.line()
    screen.line(Ink("Programs", "head"))
    screen.rows([_program(screen, cli) for cli in answer["clis"]], flexible={4: 20, 3: 20})


def _show_agent(screen: Screen, agent: dict[str, Any], alone: bool) -> None:
    """`alone`: no other agent has the same warning."""
    sign = Ink(screen.sign("bad"), "bad") if agent["problem"] else Ink(screen.sign("done"), "good")
    facts = [agent["cli"] or "command", spoken(agent["timeout"]), "strict" if agent["strict"] else ""]
    facts += [words for key, words in (("mcp", "tools"), ("stop_hook", "stop hook")) if agent[key]]
    name = "any other name" if agent["name"] == "default" else agent["name"]
    screen.short("  ", sign, " ", Ink(name, "bold"), "  ", Ink(", ".join(filter(None, facts)), "dim"))
    if agent["role"]:
        screen.short("      ", Ink(f"role: {agent['role']}", "dim"))
    if agent["problem"]:
        screen.paragraph(agent["problem"], indent=6, style="bad")
    else:
        screen.short("      ", Ink(shlex.join(agent["command"]), "dim"))
    if agent["warning"] and alone:
        screen.paragraph(agent["warning"], indent=6, style="warn")


def _program(screen: Screen, cli: dict[str, Any]) -> list[Piece]:
    wrong = cli["works"] is False
    sign = Ink(screen.sign("bad"), "bad") if wrong else Ink(screen.sign("dot"), "dim")
    if cli["path"] and not wrong:
        sign = Ink(screen.sign("done"), "good")
    can = ", ".join(word for ability, word in ABILITIES.items() if cli[ability])
    where = cli["problem"] if wrong else cli["path"] or "not installed"
    return [sign, Ink(cli["name"], "bold"), cli["version"] or "", Ink(can, "dim"), Ink(where, "dim")]
