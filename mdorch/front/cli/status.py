"""`mdorch status`"""

from __future__ import annotations

import io
from typing import Any

import click

from mdorch.desk.look import Look, look
from mdorch.desk.status import status as status_of
from mdorch.desk.times import moment
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.dashboard import Dashboard
from mdorch.front.cli.screen import Screen

PACE = 1.0  # seconds after which --watch draws anew where nothing has changed
CALM = 10.0  # and after which --watch --json makes sure
ALTERNATE = "\x1b[?25l", "\x1b[?25h"  # the cursor hidden, and shown again


@command("mdorch status\nmdorch status --watch\nmdorch status --since 2h\nmdorch status --json", answers=True)
@click.option("--watch", is_flag=True, help="Stay, and show every change; Ctrl-C leaves.")
@click.option("--since", metavar="TIME", help="What was done since: 2h, 3d, 2026-11-22, 2026-11-22T14:00.")
@click.option("--all", "everything", is_flag=True, help="Show every row.")
def status(call: Call, watch: bool, since: str | None, everything: bool) -> None:
    """What needs you first, then what runs, what waits and why, what is done.

    Works with the daemon up or down, and changes nothing.
    """
    after = moment(since, call.now) if since else None
    if watch and not call.json and call.screen.terminal:
        _watch(call, after, everything)
        return
    if call.json and watch:
        _stream(call, after)
        return
    found = look(call.site, call.now)
    if call.json:
        call.answer(status_of(found, after))
    else:
        _show(call.screen, found, after, everything, _news(call, found, after))


def _show(
    screen: Screen, found: Look, after: float | None, everything: bool, news: dict[str, Any] | None = None
) -> None:
    Dashboard(screen, found, status_of(found, after), everything, news).show()


def _news(call: Call, found: Look, after: float | None) -> dict[str, Any] | None:
    """What happened since the person at this terminal last looked, or since the time they say."""
    if not call.screen.terminal:
        return None
    from mdorch.desk.morning import morning, visit

    before = visit(call.site, call.environ, call.now)
    since = after if after is not None else before
    return morning(found, since) if since is not None else None


def _watch(call: Call, after: float | None, everything: bool) -> None:
    """Draw over what was there, line by line, so that nothing flickers; each second, for the times in it."""
    from mdorch.desk.live import Live
    from mdorch.desk.morning import visit

    visit(call.site, call.environ, call.now)
    file = call.screen.file
    file.write(ALTERNATE[0] + "\x1b[2J")
    try:
        with Live(call.site) as live:
            while True:
                page = io.StringIO()
                screen = Screen(call.screen.file, call.environ)
                screen.file = page
                _show(screen, live.look(), after, everything)
                lines = page.getvalue().splitlines()[: _height() - 1]
                file.write("\x1b[H" + "".join(f"{line}\x1b[K\n" for line in lines) + "\x1b[J")
                file.flush()
                live.wait(PACE)
    except KeyboardInterrupt:
        pass
    finally:
        file.write(ALTERNATE[1])
        file.flush()


def _stream(call: Call, after: float | None) -> None:
    """With --json: one answer a line, whenever it changed."""
    from mdorch.desk.live import Live

    before: Any = None
    with Live(call.site) as live:
        while True:
            answer = status_of(live.look(), after)
            if answer != before:
                before = answer
                call.answer(answer)
                call.screen.flush()
            live.wait(CALM)


def _height() -> int:
    from shutil import get_terminal_size

    return max(get_terminal_size().lines, 5)
