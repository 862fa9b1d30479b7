"""`mdorch import`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mdorch.desk.look import look
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink, Piece, Screen

if TYPE_CHECKING:
    from mdorch.desk.foreign.bring import Brought

FORMS = ("backlog", "taskmaster", "speckit", "checkbox")
TOLD = ("id", "title", "status", "agent", "requires", "priority", "notes")  # of a row, in JSON


@command(
    "mdorch import backlog/ --dry-run\nmdorch import .taskmaster/tasks/tasks.json\nmdorch import TODO.md",
    answers=True,
)
@click.argument("path", metavar="FILE|FOLDER", type=click.Path())
@click.option("--from", "form", type=click.Choice(FORMS), help="Whose form it has; default: found out.")
@click.option("--open", "open_", is_flag=True, help="As they are; without it On Hold, unless complete.")
@click.option("--dry-run", is_flag=True, help="Show what would be appended, and change nothing.")
def import_(call: Call, path: str, form: str | None, open_: bool, dry_run: bool) -> None:
    """Append the tasks of Backlog.md, Task Master, spec-kit or a checkbox list to the queue.

    Ids, prerequisites and priorities are kept where they can be; what cannot be carried over is told. What is
    there already is not appended again. With --open, tasks whose turn has come start with the next pass.
    """
    from mdorch.desk.foreign.bring import bring, preview
    from mdorch.desk.foreign.sources import found_in

    found = found_in(Path(path), form)
    if dry_run:
        said = preview(look(call.site, call.now).board, call.site, found, open_)
    else:
        call.rail("mdorch import")
        said = bring(call.site, found, open_, call.now)
    if call.json:
        call.answer(
            {
                "form": found.form,
                "written": not dry_run,
                "tasks": [{name: getattr(row, name) for name in TOLD} for row in said.rows],
                "there": said.there,
                "left": said.left,
            }
        )
    else:
        _show(call.screen, found.form, said, dry_run)


def _show(screen: Screen, form: str, said: Brought, dry_run: bool) -> None:
    rows: list[list[Piece]] = [
        [Ink(row.id, "bold"), row.status.replace("_", " "), row.title, Ink(row.requires, "dim")]
        for row in said.rows
    ]
    screen.rows(rows, flexible={2: 20, 3: 12})
    verb = "would be appended" if dry_run else "appended"
    there = f", {len(said.there)} there already" if said.there else ""
    screen.line(f"{form}: {len(said.rows)} {verb}{there}.")
    if said.left:
        screen.line("Not carried over:")
        for line in said.left:
            screen.line("  ", Ink(line, "dim"))
    held = sum(row.status == "on_hold" for row in said.rows)
    if held and not dry_run:
        screen.line(f"{held} On Hold: ", Ink("mdorch set TASK status=waiting", "command"), " lets one go.")
