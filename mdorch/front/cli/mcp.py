"""`mdorch mcp` and `mdorch insist`: what agent programs start of mdorch."""

from __future__ import annotations

import sys
from contextlib import suppress

import click

from mdorch.config.errors import FAILED, USAGE, Trouble
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.extras import front

ASKS = 2  # exit code of a hook that sends the program back to work


@command("claude mcp add tasks -- mdorch mcp\nmdorch mcp --page docs/TASKS.md")
@click.option("--run", is_flag=True, help="Serve the run that MDORCH_RUN names, and nobody without it.")
def mcp(call: Call, run: bool) -> None:
    """An MCP server on standard input and output: tasks, why, claim, note, handoff, read_handoff, ask.

    It is for the agent programs that mdorch starts, which are given it, and for a session of your own. In a
    run the same is allowed as to the commands: reading, and the run's own handoff, notes and question.
    """
    if run and not call.environ.get("MDORCH_RUN"):
        raise Trouble("--run serves a run, and MDORCH_RUN names none", "without --run it serves you", USAGE)
    if sys.stdin.isatty():
        hint = "claude mcp add tasks -- mdorch mcp"
        raise Trouble("this is for programs: they speak to it on its standard input", hint, FAILED)
    front("mcp").serve(call.page, call.config, call.environ)


@command("MDORCH_RUN=TEST-001.1 mdorch insist")
def insist(call: Call) -> int:
    """For a Stop hook: sends a run back to work, once, that is about to end without a handoff.

    The exit code is then 2, and what to do is on standard error. Outside of a run it does nothing.
    """
    said = ""
    if call.environ.get("MDORCH_RUN"):
        with suppress(Exception):  # whatever is wrong, a program that may not end would be worse
            from mdorch.desk.insist import missing

            said = missing(call.site, call.environ)
    if not said:
        return 0
    call.messages.line(said)
    return ASKS
