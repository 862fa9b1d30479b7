"""`mdorch web`"""

from __future__ import annotations

from typing import Any

import click

from mdorch.front.cli.base import Call, command
from mdorch.front.cli.extras import front
from mdorch.front.cli.screen import Ink


@command("mdorch web\nmdorch web --open\nmdorch web --host 0.0.0.0 --port 8377")
@click.option("--host", metavar="ADDRESS", help="Where to listen; default: this machine alone.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", help="Default: 8377, or any free one.")
@click.option("--open", "opened", is_flag=True, help="Open it in the browser.")
def web(call: Call, host: str | None, port: int | None, opened: bool) -> None:
    """The board in a browser, live: look, edit, answer, hand off.

    Prints an address that lets in whoever has it, and serves until Ctrl-C. Works with the daemon up or down.
    """
    call.rail("mdorch web")
    module = front("web")
    server = module.Server(call.site, call.environ, host or module.LOOPBACK, port)
    server.run(lambda: _told(call, server, opened))


def _told(call: Call, server: Any, opened: bool) -> None:
    call.screen.line(Ink(call.site.shown, "head"), "  ", Ink(server.address, "command"))
    call.screen.flush()
    if server.is_open:
        call.messages.line(
            "mdorch: other machines can reach this. Whoever has the address can edit the page and so start "
            "agents; nothing is encrypted on the way."
        )
    call.messages.line(Ink("Ctrl-C ends it; runs and the daemon go on.", "dim"))
    if opened:
        click.launch(server.address)
