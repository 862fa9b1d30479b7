"""`mdorch top`"""

from __future__ import annotations

import sys

import click

from mdorch.config.errors import USAGE, Trouble
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.extras import front
from mdorch.front.cli.halt import settled

THEMES = ("auto", "dark", "light", "terminal")


@command("mdorch top\nmdorch top --theme light")
@click.option("--theme", type=click.Choice(THEMES), default="auto", help="Default: as the terminal is.")
def top(call: Call, theme: str) -> None:
    """The board, live: what needs you and the key that helps, runs, logs, reasons, dependencies.

    Every change is an edit of the page, as the commands make it. The keys are listed under ?.
    """
    if not (call.interactive and sys.stderr.isatty()) or call.environ.get("TERM") == "dumb":
        raise Trouble("this needs a terminal", "mdorch status tells the same", USAGE)
    term = front("term")
    term.run(call.site, call.environ, lambda runs: settled(call, runs), theme)
