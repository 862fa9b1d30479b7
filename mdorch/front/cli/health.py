"""`mdorch health`"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mdorch.desk.health import health as health_of
from mdorch.desk.site import open_site
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink, Screen

SIGNS = {"fine": ("done", "good"), "warning": ("ask", "warn"), "bad": ("bad", "bad")}
SHOWN = 5  # facts behind a check that are shown


@command("mdorch health\nmdorch health --json\nmdorch health --verbose", answers=True)
@click.option("--verbose", is_flag=True, help="All the facts behind each check.")
def health(call: Call, verbose: bool) -> int:
    """Whether everything is right: the daemon, the page, the disk, the agents, the tasks; with evidence.

    Works with the daemon up or down. The exit code is 0 when nothing is bad, 1 when something is.
    """
    site = open_site(call.page, call.config, call.environ, must_exist=False)
    if not site.dot.is_dir():
        site = call.site  # there must be a page, at least
    answer = health_of(site, call.environ, call.now)
    if call.json:
        call.answer(answer)
    else:
        _show(call.screen, answer, verbose)
    return 0 if answer["healthy"] else 1


def _show(screen: Screen, answer: dict[str, Any], verbose: bool) -> None:
    page = Path(answer["page"])
    screen.short(Ink(page.name, "head"), "  ", Ink(str(page.parent), "dim"))
    width = max(map(len, answer["checks"]))
    for name, check in answer["checks"].items():
        sign, style = SIGNS[check["level"]]
        title = name.replace("_", " ").ljust(width)
        screen.short("  ", Ink(screen.sign(sign), style), " ", Ink(title, "bold"), "  ", check["text"])
        facts = check["evidence"] if verbose or check["level"] != "fine" else []
        for fact in facts if verbose else facts[:SHOWN]:
            screen.short(" " * (width + 6), Ink(fact, "dim"))
        if len(facts) > SHOWN and not verbose:
            screen.short(
                " " * (width + 6),
                Ink(f"{len(facts) - SHOWN} more: ", "dim"),
                Ink("mdorch health --verbose", "command"),
            )
        if check["command"]:
            screen.short(" " * (width + 6), Ink(check["command"], "command"))
