"""`mdorch uninstall`"""

from __future__ import annotations

from collections.abc import Sequence

import click

from mdorch.config.errors import FAILED, Trouble
from mdorch.desk import uninstall as desk
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink


@command("mdorch uninstall --dry-run\nmdorch uninstall --yes")
@click.option("--dry-run", is_flag=True, help="Show what would go and what would stay.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def uninstall(call: Call, dry_run: bool, yes: bool) -> int:
    """Take away what mdorch added to this repository, and to your home for it.

    The page stays as it is, and so does what a person wrote, and every branch and work tree with work that
    is nowhere else. Refused while a daemon or a run is at work.
    """
    call.rail("mdorch uninstall")
    site = call.lost_site
    found = desk.survey(site, call.environ)
    if dry_run or not yes:
        _list(call, "Would go:" if dry_run else "To go:", found.goes)
        _list(call, "Stays:", found.stays)
    if dry_run or not found.goes:
        if not found.goes:
            call.screen.line("There is nothing to take away.")
        return 0
    if not yes and not (call.interactive and call.confirm("Take this away?")):
        raise Trouble("nothing is taken away", "mdorch uninstall --yes does it", FAILED)
    done = desk.carry_out(site, call.environ)
    _list(call, "Taken away:", done.goes)
    _list(call, "Stays:", done.stays)
    for item in done.goes:
        if item.kind == "unit":
            call.screen.line(Ink("systemctl --user daemon-reload", "command"), "  systemd forgets its unit")
    return 0


def _list(call: Call, title: str, items: Sequence[desk.Item]) -> None:
    if items:
        call.screen.line(Ink(title, "head"))
        call.screen.rows([[item.what, Ink(item.why, "dim")] for item in items])
