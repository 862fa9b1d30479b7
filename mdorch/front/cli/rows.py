"""Commands that change one row as a careful hand would: set, add, assign, approve, reject, answer."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem

from mdorch.board.task import NeedKind, Task
from mdorch.board.wishes import AppendTask
from mdorch.desk import commands
from mdorch.desk.commands import Said
from mdorch.desk.propose import Make, propose
from mdorch.front.cli.arguments import TaskId, task_argument
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink


class Assignment(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4
    """`KEY=VALUE`, the words of a status completed."""

    name = "key=value"

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        from mdorch.board.status import Status

        words = [*(f"{key}=" for key in commands.KEYS), *(f"status={status.value}" for status in Status)]
        return [CompletionItem(word) for word in words if word.startswith(incomplete)]


@command(
    'mdorch set TEST-001 status=complete\nmdorch set TEST-001 agent=debugger priority=high notes="see #12"'
)
@task_argument
@click.argument("assignments", nargs=-1, required=True, metavar="KEY=VALUE…", type=Assignment())
def set_(call: Call, task: str, assignments: tuple[str, ...]) -> None:
    """Write cells of TASK: status, agent, priority, requires, notes or title.

    The page keeps its own words and signs, and every byte outside these cells.
    """
    cells = commands.pairs(assignments)
    call.rail("mdorch set", task if set(cells) <= {"notes"} else "")
    call.fence("\n".join(f"{key}: {value}" for key, value in cells.items()) + "\n")
    said = Said()
    changed(call, commands.set_cells(call.site.page, task, cells, said), said)


@command('mdorch add "Write the migration guide" --requires TEST-001 --agent technical-writer', answers=True)
@click.argument("title")
@click.option("--id", "id", metavar="ID", default="", help="Default: the next one in the table's style.")
@click.option("--requires", metavar="IDS", default="", help="What it waits for, as the page would say it.")
@click.option("--agent", metavar="NAME", default="", help="Who does it; default: chosen by policy.")
@click.option("--priority", metavar="WORD", default="")
@click.option("--phase", metavar="NAME", default="", help="The sub-heading to put it under.")
def add(call: Call, **said: Any) -> None:
    """Append a task row to the Task Queue, and print its id."""
    call.rail("mdorch add")
    new = commands.add(call.site, AppendTask(**said), call.now)
    if call.json:
        call.answer({"task": new.id, "line": new.line})
    else:
        call.screen.line(new.id)
    _doubt(call, new)


@command("mdorch assign TEST-001 --agent test-automator")
@task_argument
@click.option("--agent", metavar="NAME", required=True, help="Who does it.")
def assign(call: Call, task: str, agent: str) -> None:
    """Give TASK to an agent; a run that lives goes on, the next attempt is the new agent's."""
    call.rail("mdorch assign")
    said = Said()
    changed(call, commands.set_cells(call.site.page, task, {"agent": agent}, said), said)


@command("mdorch approve TEST-001")
@task_argument
def approve(call: Call, task: str) -> None:
    """TASK, which is in review, is complete; what waited for it may start."""
    call.rail("mdorch approve")
    said = Said()
    changed(call, commands.approve(call.site.page, task, said), said)


@command('mdorch reject TEST-001 "the error path is not covered"')
@task_argument
@click.argument("why", nargs=-1, required=True, metavar="WHY")
def reject(call: Call, task: str, why: tuple[str, ...]) -> None:
    """TASK, which is in review, goes back to its agent, who is told why."""
    call.rail("mdorch reject")
    said = Said()
    changed(call, commands.reject(call.site.page, task, " ".join(why), said), said)


@command('mdorch answer TEST-001 "use the second API"')
@click.argument("task", type=TaskId(), metavar="TASK")
@click.argument("text", nargs=-1, required=True, metavar="TEXT")
def answer(call: Call, task: str, text: tuple[str, ...]) -> None:
    """Answer the question that TASK is blocked on; it goes on with the answer."""
    call.rail("mdorch answer")
    said = Said()
    changed(call, commands.answer(call.site.page, task, " ".join(text), said), said)


def changed(call: Call, make: Make, said: Said, kept: str = "unchanged: ") -> None:
    """Carry out and say what became of the row; `kept` stands before a status that needed no change."""
    board = propose(call.site, make, call.now)
    screen = call.screen
    for row, cells in commands.changes(said, board):
        for role, before, after in cells:
            screen.line(
                Ink(row.id, "bold"),
                f"  {role}: ",
                Ink(before or "(empty)", "dim"),
                f" {screen.sign('to')} {after or '(empty)'}",
            )
        if any(role == "requires" for role, _, _ in cells):
            _doubt(call, row)
        if not cells:
            screen.line(
                Ink(row.id, "bold"), f"  {kept}", Ink(f"status: {row.status_text or '(empty)'}", "dim")
            )


def _doubt(call: Call, row: Task) -> None:
    """What it waits for and nobody knows: whoever has just typed it can still correct it."""
    call.screen.flush()
    for need in row.needs:
        if need.kind is NeedKind.UNRESOLVED:
            call.messages.line(f"mdorch: “{need.text}” names no task: {row.id} waits until one has that name")
