"""What makes a function a command: the common options, and its examples."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from mdorch.config.errors import USAGE, Trouble
from mdorch.front.cli.call import Call

__all__ = ["Call", "Command", "command"]

Body = Callable[..., int | None]


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
