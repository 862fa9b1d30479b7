"""`mdorch trust`, and the question that `up` asks: may these programs be started?"""

from __future__ import annotations

import shlex

import click

from mdorch.config import trust as trusted
from mdorch.config.detect import template
from mdorch.config.errors import FAILED, Trouble
from mdorch.config.settings import Settings
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink, Screen


@command("mdorch trust\nmdorch trust --yes")
@click.option("--yes", is_flag=True, help="Do not ask.")
def trust(call: Call, yes: bool) -> int:
    """Approve the programs that the configuration names, as it is now.

    A repository can bring an mdorch.toml of its own, so nothing that it names is started before a person
    has seen it; every change of a value is approved again. Approvals are kept in your state folder.
    """
    call.rail("mdorch trust")
    settings = call.site.settings
    if not trusted.needed(settings):
        call.screen.line("Nothing to approve: no agent is configured.")
        return 0
    if trusted.approved(settings, call.environ):
        call.screen.line(f"{settings.source} is approved as it is.")
        return 0
    show_programs(call.screen, settings)
    if call.interactive and not yes and not call.confirm("Start these programs for tasks of this page?"):
        raise Trouble("not approved", "mdorch up starts nothing until it is")
    trusted.approve(settings, call.environ)
    call.screen.line(Ink(call.screen.sign("done"), "good"), " approved")
    return 0


def ensure(call: Call, yes: bool) -> None:
    """Agents are configured, and were approved by now. Raises Trouble (exit 3)."""
    settings = call.site.settings
    if not settings.agents:
        where = settings.source or call.site.page.parent / "mdorch.toml"
        entry = template(()).rpartition("# [agents.default]")[2]
        lines = "\n".join(line.removeprefix("# ") for line in f"[agents.default]{entry}".strip().splitlines())
        raise Trouble("no agent is configured: nothing can be started", f"write into {where}:\n{lines}", FAILED)
    if trusted.approved(settings, call.environ):
        return
    if not yes:
        if not call.interactive:
            hint = "look at it, then: mdorch trust (or mdorch up --yes)"
            raise Trouble(f"{settings.source} names programs that nobody has approved", hint, FAILED)
        show_programs(call.screen, settings)
        if not call.confirm("Start these programs for tasks of this page?"):
            raise Trouble("not approved: nothing is started", "mdorch trust approves it", FAILED)
    trusted.approve(settings, call.environ)


def show_programs(screen: Screen, settings: Settings) -> None:
    screen.line(Ink(f"{settings.source} names these programs:", "head"))
    rows = [
        [Ink(name if name != "default" else "default (any other name)", "bold"), shlex.join(spec.command)]
        for name, spec in sorted(settings.agents.items())
    ]
    screen.rows(rows, flexible={})
    caps = f"at most {settings.max_parallel} at once, {settings.launches_per_task} launches of one task, "
    screen.line("  ", Ink(f"{caps}{settings.launches_per_hour} an hour", "dim"))
