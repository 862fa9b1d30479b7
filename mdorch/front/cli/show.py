"""`mdorch show` and `mdorch prompt`: one task in full."""

from __future__ import annotations

from typing import Any

import click

from mdorch.desk.explain import sentence
from mdorch.desk.look import look
from mdorch.desk.record import prompt_answer, show_answer
from mdorch.desk.times import local, parsed, spoken
from mdorch.front.cli.arguments import task_argument
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink, Piece, Screen

RECENT = 12  # lines of history that `show` has room for


@command("mdorch show TEST-001\nmdorch show TEST-001 --json", answers=True)
@task_argument
def show(call: Call, task: str) -> None:
    """All that is known of TASK: its row, what holds it, its runs, handoffs and history."""
    answer = show_answer(look(call.site, call.now), task)
    if call.json:
        call.answer(answer)
    else:
        _Sheet(call.screen, answer).show()


class _Sheet:
    def __init__(self, screen: Screen, answer: dict[str, Any]) -> None:
        self.screen = screen
        self.answer = answer

    def show(self) -> None:
        task = self.answer["task"]
        self.screen.short(Ink(task["id"], "head"), f"  {task['title']}", Ink(f"  line {task['line']}", "dim"))
        self.screen.paragraph(f"{sentence(task['id'], task['rule'], task['reason'])}.", style="warn")
        self.screen.line()
        fields = {
            "Status": task["status_text"],
            "Agent": self.answer["agent_text"],
            "Needs": self.answer["requires_text"],
            "Priority": task["priority"],
            "Group": task["group"],
            "Domain": self.answer["domain"],
            "Files": ", ".join(task["files"]),
            "Notes": task["notes"],
            "Details": self.answer["details"],
            "Check": self.answer["check"],
        }
        self.screen.rows([[Ink(k, "dim"), v] for k, v in fields.items() if v], flexible={1: 20}, wrapped=True)
        self._runs()
        self._handoffs()
        self._history()

    def _title(self, text: str) -> None:
        self.screen.line()
        self.screen.line(Ink(text, "head"))

    def _runs(self) -> None:
        runs = self.answer["runs"]
        if not runs:
            return
        self._title("Runs")
        self.screen.rows([_run(run) for run in runs], flexible={5: 10}, wrapped=True)
        self.screen.short("  ", Ink(f"output: mdorch logs {self.answer['task']['id']}", "dim"))

    def _handoffs(self) -> None:
        blocks = self.answer["handoffs"]
        if not blocks:
            return
        self._title("Handoffs")
        rows: list[list[Piece]] = [
            [
                Ink(f"line {b['line']}", "dim"),
                f"{b['from'] or '-'} {self.screen.sign('to')} {b['to'] or '-'}",
                b["status"],
                Ink("taken" if b["taken"] else "not taken yet", "dim" if b["taken"] else "warn"),
            ]
            for b in blocks
        ]
        self.screen.rows(rows, flexible={1: 12})

    def _history(self) -> None:
        notes = self.answer["history"]
        if not notes:
            return
        self._title("History")
        if len(notes) > RECENT:
            earlier = f"{len(notes) - RECENT} earlier: mdorch history {self.answer['task']['id']}"
            self.screen.short("  ", Ink(earlier, "dim"))
        show_notes(self.screen, notes[-RECENT:], with_task=False)


def _run(run: dict[str, Any]) -> list[Piece]:
    how = run["outcome"] or run["end"] or run["state"]
    length = ""
    if run["started"] and run["ended"]:
        length = spoken(parsed(run["ended"]) - parsed(run["started"]))
    code = f"exit {run['exit_code']}" if run["exit_code"] is not None else ""
    when = local(parsed(run["started"])) if run["started"] else ""
    return [
        Ink(run["id"], "bold"),
        Ink(run["agent"], "live"),
        Ink(when, "dim"),
        length,
        how.replace("_", " "),
        run["detail"] or code,
    ]


@command("mdorch prompt TEST-001")
@task_argument
@click.option("--agent", metavar="NAME", help="As this agent would get it.")
def prompt(call: Call, task: str, agent: str | None) -> None:
    """The prompt that TASK's agent would get."""
    text = prompt_answer(look(call.site, call.now), task, agent or "")
    if call.screen.terminal:
        call.screen.block(text)
    else:
        call.screen.raw(text.encode("utf-8", "surrogateescape"))


def show_notes(screen: Screen, notes: list[dict[str, Any]], with_task: bool) -> None:
    rows: list[list[Piece]] = [
        [
            Ink(local(parsed(n["time"])), "dim"),
            n["kind"],
            Ink(n["task"] if with_task else "", "bold"),
            Ink(n["run"], "live"),
            n["text"],
        ]
        for n in notes
    ]
    screen.rows(rows, flexible={4: 24}, wrapped=True)
