"""`mdorch notify`"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from mdorch.config.errors import FAILED, Trouble
from mdorch.desk import approval, notices
from mdorch.desk.notices import Result
from mdorch.desk.times import ago, iso
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink

HINT = '[notify] in mdorch.toml: desktop = true, command = […], webhook = "https://…"'


@command("mdorch notify\nmdorch notify --test", answers=True)
@click.option("--test", is_flag=True, help="Send one now, and say what became of it.")
def notify(call: Call, test: bool) -> int:
    """How people are told that something needs them, and whether the last notice got through: see [notify].

    With --test the exit code is 0 when every way took the notice, 3 when one did not.
    """
    site = call.site
    named = notices.told_by(site.settings.notify)
    if test and not named:
        raise Trouble("nobody is told: no way is configured", HINT, FAILED)
    last = _test(call) if test else notices.last_result(site.dot)
    if call.json:
        call.answer(_answer(named, site.settings.notify.on, last))
    elif test and last:
        _show(call, last)
    else:
        _tell(call, named, last)
    return FAILED if test and last and last.failed else 0


def _test(call: Call) -> Result:
    call.rail("mdorch notify --test")
    site = call.site
    if not approval.approved(site, call.environ):
        hint = "look at it, then: mdorch trust"
        raise Trouble(f"{site.settings.source} names programs that nobody has approved", hint, FAILED)
    return notices.test(site, call.now, call.environ)


def _answer(named: Sequence[str], on: Sequence[str], last: Result | None) -> dict[str, Any]:
    sent = last and {"time": iso(last.time), "ways": list(last.ways), "failed": dict(last.failed)}
    return {"ways": list(named), "on": list(on), "last": sent}


def _tell(call: Call, named: Sequence[str], last: Result | None) -> None:
    screen = call.screen
    if not named:
        screen.line("Nobody is told.")
        screen.line("  ", Ink(HINT, "dim"))
        return
    screen.line(f"Told by {', '.join(named)}: {', '.join(call.site.settings.notify.on)}")
    if last is None:
        screen.line("No notice was sent yet: ", Ink("mdorch notify --test", "command"))
        return
    screen.line(f"The last one was sent {ago(call.now - last.time)}:")
    _show(call, last)


def _show(call: Call, result: Result) -> None:
    sign = call.screen.sign
    for name in result.ways:
        why = result.failed.get(name)
        mark = Ink(sign("bad"), "bad") if why else Ink(sign("done"), "good")
        call.screen.line("  ", mark, " ", Ink(name, "bold"), f"  {why or 'took it'}")
