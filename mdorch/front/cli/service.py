"""`mdorch service`"""

from __future__ import annotations

import click

from mdorch.config.errors import USAGE, Trouble
from mdorch.desk import service as services
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink
from mdorch.front.cli.trust import ensure


@command("mdorch service install\nmdorch service install --print\nmdorch service remove")
@click.argument("what", type=click.Choice(["install", "remove"]), metavar="install|remove")
@click.option("--print", "only_print", is_flag=True, help="Show the unit and write nothing.")
@click.option("--env", "names", multiple=True, metavar="NAME", help="Keep this variable in the unit, too.")
@click.option("--yes", is_flag=True, help="Approve the configuration without asking.")
def service(call: Call, what: str, only_print: bool, names: tuple[str, ...], yes: bool) -> int:
    """Write a systemd user unit for the page, or take it away again.

    The daemon is then started with your session and started again if it dies; runs outlive it.
    """
    call.rail("mdorch service")
    if what == "remove":
        if only_print or names or yes:
            raise Trouble("mdorch service remove has no options", exit_code=USAGE)
        return _remove(call)
    text = services.text_of(call.site, call.environ, names)
    if only_print:
        call.screen.block(text)
        return 0
    return _install(call, text, yes)


def _install(call: Call, text: str, yes: bool) -> int:
    ensure(call, yes)
    path, changed = services.install(call.site, call.environ, text)
    call.screen.line(f"{'Written' if changed else 'As it was'}: {path}")
    call.screen.line("What it needs from you:")
    _steps(
        call,
        ("systemctl --user daemon-reload", "systemd reads it"),
        (f"systemctl --user enable --now {path.name}", "it starts, now and with each session"),
        ("loginctl enable-linger", "it goes on when you log out"),
        (f"journalctl --user -fu {path.name}", "what it says"),
    )
    return 0


def _remove(call: Call) -> int:
    path, was_there = services.remove(call.site, call.environ)
    if not was_there:
        call.screen.line(f"There is no {path}.")
        return 0
    call.screen.line(f"Taken away: {path}")
    call.screen.line("What is left to do:")
    _steps(
        call,
        (f"systemctl --user stop {path.name}", "its daemon ends; runs go on"),
        ("systemctl --user daemon-reload", "systemd forgets it"),
    )
    return 0


def _steps(call: Call, *steps: tuple[str, str]) -> None:
    call.screen.rows([[Ink(line, "command"), Ink(why, "dim")] for line, why in steps])
