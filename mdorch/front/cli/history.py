"""`mdorch history`: what happened, what the page was before, and the way back."""

from __future__ import annotations

from typing import Any

import click

from mdorch.config.errors import FAILED, USAGE, Trouble
from mdorch.desk.record import history_answer
from mdorch.desk.times import local, parsed
from mdorch.front.cli import diff
from mdorch.front.cli.arguments import TaskId, known
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink, Piece
from mdorch.front.cli.show import show_notes

RECENT = 20  # versions that are listed unless asked for more


@command(
    "mdorch history\nmdorch history TEST-001\nmdorch history --versions\nmdorch history --restore last",
    answers=True,
)
@click.argument("task", type=TaskId(), metavar="[TASK]", required=False)
@click.option("--limit", "-n", type=click.IntRange(min=1), help="Only the last so many.")
@click.option("--versions", is_flag=True, help="The versions of the page that were kept, newest first.")
@click.option("--restore", metavar="VERSION", help="Make the page that version again, after showing it.")
@click.option("--print", "raw", is_flag=True, help="With --restore: print that version, write nothing.")
@click.option("--yes", is_flag=True, help="With --restore: write without asking.")
def history(call: Call, task: str | None, limit: int | None, **way: Any) -> int:
    """Every change and run, oldest first, with its cause; or what the page was before, and the way back."""
    versions, restore = way["versions"], way["restore"]
    if sum(map(bool, (task, versions, restore))) > 1 or ((way["raw"] or way["yes"]) and not restore):
        raise Trouble("TASK, --versions and --restore exclude each other", "mdorch history --help", USAGE)
    if restore and call.json:
        raise Trouble("--restore has no answer in JSON", "mdorch history --versions --json", USAGE)
    if restore:
        return _restore(call, restore, way["raw"], way["yes"])
    if versions:
        _versions(call, limit or RECENT)
    else:
        _events(call, task, limit)
    return 0


def _events(call: Call, task: str | None, limit: int | None) -> None:
    answer = history_answer(call.site, known(call, task) if task else None, limit)
    if call.json:
        call.answer(answer)
    elif answer["history"]:
        show_notes(call.screen, answer["history"], with_task=not task)
    else:
        call.messages.line(f"nothing has happened to {task} yet" if task else "nothing has happened yet")


def _versions(call: Call, limit: int) -> None:
    from mdorch.desk.restore import versions_answer

    answer = versions_answer(call.lost_site, limit)
    if call.json:
        call.answer(answer)
        return
    if not answer["versions"]:
        call.messages.line("no version is kept yet: the daemon keeps each that it sees")
        return
    call.screen.rows([_row(version) for version in answer["versions"]], flexible={3: 12})
    call.screen.line("")
    call.screen.line("Lines are counted against the page as it is now: what going back would change.")
    call.screen.line(
        Ink("mdorch history --restore VERSION", "command"), " shows it, and asks before it writes"
    )


def _row(version: dict[str, Any]) -> list[Piece]:
    differs = f"+{version['new']} -{version['gone']} lines" if not version["page"] else "as the page is now"
    return [
        Ink(version["version"], "bold"),
        Ink(local(parsed(version["time"])), "dim"),
        Ink(version["by"], "warn" if version["by"] == "not believed" else "dim"),
        differs,
    ]


def _restore(call: Call, name: str, raw: bool, yes: bool) -> int:
    from mdorch.desk.restore import find_way, go_back, name_of, script

    site = call.lost_site
    way = find_way(site, name)
    if raw:
        call.screen.raw(way.version.data)
        return 0
    call.rail("mdorch history --restore")
    page = site.page.name
    if way.before == way.version.data:
        call.screen.line(f"{page} is that version already.")
        return 0
    diff.show(call.screen, page, script(way), way.before is None)
    if not (yes or _agreed(call, name)):
        return FAILED
    go_back(site, way, call.now)
    call.screen.line(f"{page} is as it was at {local(way.version.time)} ({name_of(way.version)}).")
    return 0


def _agreed(call: Call, name: str) -> bool:
    if not call.interactive:
        call.messages.line("mdorch: nothing is written: there is nobody to ask")
        call.messages.line("  ", Ink(f"mdorch history --restore {name} --yes", "command"), " writes it")
        return False
    if call.confirm("Write this?"):
        return True
    call.screen.line("Nothing is written.")
    return False
