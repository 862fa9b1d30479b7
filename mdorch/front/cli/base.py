"""What all commands share: their options, the site they speak of, and how they answer."""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import click

from mdorch.config.errors import USAGE, Trouble
from mdorch.desk.rail import rail
from mdorch.desk.site import Site, open_site
from mdorch.front.cli.screen import Screen

Body = Callable[..., int | None]


@dataclass
class Call:
    """One call of a command: what was asked for besides its own arguments."""

    page: str | None = None
    config: str | None = None
    json: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @cached_property
    def screen(self) -> Screen:
        return Screen(sys.stdout, self.environ)

    @cached_property
    def messages(self) -> Screen:
        """Standard error."""
        return Screen(sys.stderr, self.environ)

    @cached_property
    def site(self) -> Site:
        """Page and configuration. Raises Trouble."""
        return open_site(self.page, self.config, self.environ)

    @property
    def now(self) -> float:
        return time.time()

    @property
    def interactive(self) -> bool:
        """Whether there is somebody to ask."""
        return sys.stdin.isatty() and self.screen.terminal

    def rail(self, what: str, own: str = "") -> None:
        """Refuse what agents may not do; `own` is the task where it is allowed for a run's own one."""
        rail(self.environ, what, own)

    def answer(self, data: Any) -> None:
        """Print an answer as JSON: compact into pipes, laid out for a reader."""
        self.screen.write(_json(data, self.screen) + "\n")

    def raw(self, data: bytes) -> None:
        """Bytes as they are; for pipes and files alone."""
        self.screen.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def confirm(self, question: str) -> bool:
        """Ask on the terminal; an end of input is a no."""
        self.screen.write(question + " [y/N] ")
        self.screen.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")


class Command(click.Command):
    """A command whose epilog is its examples, one a line."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        lines = (self.epilog or "").strip().splitlines()
        with formatter.section("Example" if len(lines) == 1 else "Examples"):
            for line in lines:
                formatter.write(f"  {line.strip()}\n")


def command(examples: str, answers: bool = False) -> Callable[[Body], Command]:
    """Make a function `f(call, **arguments) -> exit code` a command with the common options.

    `answers`: it can give its answer as JSON.
    """

    def make(body: Body) -> Command:
        @functools.wraps(body)
        @click.pass_context
        def callback(ctx: click.Context, /, **arguments: Any) -> int | None:
            return body(_call(ctx, arguments, answers), **arguments)

        options = [
            click.option("--page", metavar="FILE", help="The page; default: MDORCH_PAGE, then CLAUDE.md."),
            click.option(
                "--config", metavar="FILE", help="The configuration; default: the nearest mdorch.toml."
            ),
        ]
        if answers:
            options.append(
                click.option("--json", "json", is_flag=True, help="Answer as JSON (see schemas/).")
            )
        decorated: Any = callback
        for option in options:
            decorated = option(decorated)
        name = body.__name__.rstrip("_").replace("_", "-")
        return click.command(name, cls=Command, epilog=examples)(decorated)

    return make


def _call(ctx: click.Context, arguments: dict[str, Any], answers: bool) -> Call:
    """What was said before the command's name counts where nothing was said after it."""
    root = ctx.find_root().params
    json = bool(arguments.pop("json", False) or root.get("json"))
    if json and not answers:
        raise Trouble(f"{ctx.info_name} has no answer in JSON", exit_code=USAGE)
    page, config = arguments.pop("page"), arguments.pop("config")
    return Call(page or root.get("page"), config or root.get("config"), json)


def _json(data: Any, screen: Screen) -> str:
    """JSON that is valid Unicode and holds no character that a terminal would obey.

    Bytes of the page that are not UTF-8 come as lone surrogates; they become U+FFFD, as in any other
    reader that replaces what it cannot decode.
    """
    import json
    import re

    indent = 2 if screen.terminal else None
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    if text.isascii() and "\x7f" not in text:
        return text
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if not screen.unicode:
        return json.dumps(json.loads(text), indent=indent)
    suspect = "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
    return re.sub(suspect, lambda found: f"\\u{ord(found[0]):04x}", text)
