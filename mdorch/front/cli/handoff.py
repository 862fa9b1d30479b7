"""`mdorch handoff`: a standard block at the end of the page, for agents that cannot or should not edit it."""

from __future__ import annotations

import sys

import click

from mdorch.board.wishes import AppendHandoff
from mdorch.config.errors import USAGE, Trouble
from mdorch.desk import commands
from mdorch.desk.speech import hand_off, lacking
from mdorch.front.cli.arguments import task_argument
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink
from mdorch.frozen import replace

LARGEST = 1 << 20  # bytes read of a file


@command(
    "mdorch handoff TEST-001 --to - --status COMPLETE --deliverable 'tests/test_api.py: 12 new tests'\n"
    "mdorch handoff TEST-001 --to backend-developer --file notes.md\n"
    "mdorch handoff TEST-001 --to human --question 'Which of the two APIs?'"
)
@task_argument
@click.option("--to", metavar="AGENT", help="Who goes on with it; - when it is finished.")
@click.option("--status", metavar="WORD", help="COMPLETE (default), PARTIAL, BLOCKED, READY_FOR_REVIEW.")
@click.option("--from", "sender", metavar="NAME", help="Default: MDORCH_AGENT, then the task's agent.")
@click.option(
    "--file", metavar="FILE", help="A block, or only its parts, in Markdown; - reads standard input."
)
@click.option("--deliverable", multiple=True, metavar="TEXT", help="What was made, or found out.")
@click.option("--context", multiple=True, metavar="TEXT", help="What the next one must know.")
@click.option("--artifact", multiple=True, metavar="TEXT", help="A path of what was made.")
@click.option("--question", multiple=True, metavar="TEXT", help="Makes it BLOCKED until it is answered.")
def handoff(call: Call, task: str, file: str | None, **said: object) -> None:
    """Append a handoff block for TASK. Inside a run, only for the run's own task.

    What is said by --deliverable, --context, --artifact and --question may be given several times.
    """
    call.rail("mdorch handoff", task)
    wish = _wish(task, file, said)
    if not wish.to:
        raise Trouble("--to is missing: who goes on with the task?", "--to - when it is finished", USAGE)
    block, arrow = hand_off(call.site, call.environ, wish, call.now), call.screen.sign("to")
    who = f"{block.sender} {arrow} {block.to or '-'}, {block.status_text}"
    call.screen.line(Ink(block.task, "bold"), f"  handoff at line {block.line}: {who}")
    for lack in lacking(block):
        call.messages.line(f"mdorch: {lack}")


def _wish(task: str, file: str | None, said: dict[str, object]) -> AppendHandoff:
    """What the options say, before what the file says."""
    wish = _from_file(task, file) if file else AppendHandoff("", "", task, "")
    parts = {
        "deliverables": "deliverable",
        "context": "context",
        "artifacts": "artifact",
        "questions": "question",
    }
    given = {part: said[option] for part, option in parts.items() if said[option]}
    given |= {key: said[key] for key in ("to", "status", "sender") if said[key]}
    wish = replace(wish, **given)
    return replace(wish, status=wish.status or ("BLOCKED" if wish.questions else "COMPLETE"))


def _from_file(task: str, name: str) -> AppendHandoff:
    try:
        if name == "-":
            data = sys.stdin.buffer.read(LARGEST)
        else:
            with open(name, "rb") as file:
                data = file.read(LARGEST)
    except OSError as error:
        raise Trouble(f"{name}: cannot be read: {error.strerror}", exit_code=USAGE) from None
    return commands.handoff_from(task, data)
