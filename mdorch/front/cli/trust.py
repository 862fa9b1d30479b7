"""`mdorch trust`, and the question that `up` asks: may these programs be started?"""

from __future__ import annotations

import click

from mdorch.config.errors import FAILED, Trouble
from mdorch.desk import approval
from mdorch.desk.approval import Programs
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
    site = call.site
    if not approval.needed(site):
        call.screen.line("Nothing to approve: no agent is configured.")
        return 0
    if approval.approved(site, call.environ):
        call.screen.line(f"{site.settings.source} is approved as it is.")
        return 0
    show_programs(call.screen, approval.programs(site))
    if call.interactive and not yes and not call.confirm("Start these programs for tasks of this page?"):
        raise Trouble("not approved", "mdorch up starts nothing until it is")
    approval.approve(site, call.environ)
    call.screen.line(Ink(call.screen.sign("done"), "good"), " approved")
    return 0


def ensure(call: Call, yes: bool) -> None:
    """Agents are configured, and were approved by now. Raises Trouble (exit 3)."""
    site = call.site
    approval.need_agents(site)
    if approval.approved(site, call.environ):
        return
    if not yes:
        if not call.interactive:
            hint = "look at it, then: mdorch trust (or mdorch up --yes)"
            raise Trouble(f"{site.settings.source} names programs that nobody has approved", hint, FAILED)
        show_programs(call.screen, approval.programs(site))
        if not call.confirm("Start these programs for tasks of this page?"):
            raise Trouble("not approved: nothing is started", "mdorch trust approves it", FAILED)
    approval.approve(site, call.environ)


def show_programs(screen: Screen, programs: Programs) -> None:
    screen.line(Ink(f"{programs.source} names these programs:", "head"))
    screen.rows([[Ink(name, "bold"), line] for name, line in programs.rows])
    screen.line("  ", Ink(programs.caps, "dim"))
