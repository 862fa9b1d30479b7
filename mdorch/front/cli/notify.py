"""`mdorch notify`"""

from __future__ import annotations

import click

from mdorch.config.errors import FAILED, Trouble
from mdorch.desk import approval, notices
from mdorch.desk.notices import Result
from mdorch.desk.times import ago
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink


@command("mdorch notify\nmdorch notify --test")
@click.option("--test", is_flag=True, help="Send one now, and say what became of it.")
def notify(call: Call, test: bool) -> int:
    """How people are told that something needs them, and whether the last notice got through: see [notify].

    With --test the exit code is 0 when every way took the notice, 3 when one did not.
    """
    site, screen = call.site, call.screen
    named = notices.told_by(site.settings.notify)
    if not named:
        hint = '[notify] in mdorch.toml: desktop = true, command = […], webhook = "https://…"'
        if test:
            raise Trouble("nobody is told: no way is configured", hint, FAILED)
        screen.line("Nobody is told.")
        screen.line("  ", Ink(hint, "dim"))
        return 0
    if test:
        return _test(call)
    screen.line(f"Told by {', '.join(named)}: {', '.join(site.settings.notify.on)}")
    last = notices.last_result(site.dot)
    if last is None:
        screen.line("No notice was sent yet: ", Ink("mdorch notify --test", "command"))
        return 0
    screen.line(f"The last one was sent {ago(call.now - last.time)}:")
    _show(call, last)
    return 0


def _test(call: Call) -> int:
    call.rail("mdorch notify --test")
    site = call.site
    if not approval.approved(site, call.environ):
        hint = "look at it, then: mdorch trust"
        raise Trouble(f"{site.settings.source} names programs that nobody has approved", hint, FAILED)
    result = notices.test(site, call.now, call.environ)
    _show(call, result)
    return FAILED if result.failed else 0


def _show(call: Call, result: Result) -> None:
    sign = call.screen.sign
    for name in result.ways:
        why = result.failed.get(name)
        mark = Ink(sign("bad"), "bad") if why else Ink(sign("done"), "good")
        call.screen.line("  ", mark, " ", Ink(name, "bold"), f"  {why or 'took it'}")
