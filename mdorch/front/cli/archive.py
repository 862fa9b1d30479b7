"""`mdorch archive`"""

from __future__ import annotations

import click

from mdorch.desk.archive import archive as archived
from mdorch.front.cli.arguments import TaskId, known
from mdorch.front.cli.base import Call, command


@command("mdorch archive\nmdorch archive TEST-001 TEST-002", answers=True)
@click.argument("tasks", nargs=-1, type=TaskId(), metavar="[TASK]…")
def archive(call: Call, tasks: tuple[str, ...]) -> None:
    """Move complete rows, and handoffs that nothing open needs, into CLAUDE.archive.md beside the page.

    What requires an archived task still counts as met. Without TASK: every complete row.
    """
    call.rail("mdorch archive")
    moved = archived(call.site, [known(call, task) for task in tasks], call.now)
    if call.json:
        call.answer(
            {
                "archive": str(call.site.archive),
                "tasks": list(moved.tasks),
                "handoffs": list(moved.handoffs),
                "busy": list(moved.busy),
            }
        )
        return
    rows, blocks = len(moved.tasks), len(moved.handoffs)
    if rows or blocks:
        what = f"{rows} row{'s' * (rows != 1)} and {blocks} handoff{'s' * (blocks != 1)}"
        call.screen.line(f"{what} went to {call.site.archive.name}.")
    else:
        call.screen.line("There is nothing to archive.")
    for task in moved.busy:
        call.messages.line(f"mdorch: {task} stays: its run is not over")
