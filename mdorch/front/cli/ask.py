"""`mdorch ask`: an agent needs a decision of a person. Its task is blocked until somebody answers."""

from __future__ import annotations

import click

from mdorch.config.errors import USAGE, Trouble
from mdorch.desk.speech import hand_off, question_on
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink


@command(
    "mdorch ask 'Which of the two APIs do we keep?' --context 'src/api.py:26 has both'\n"
    "mdorch ask 'May the column go?' --task DB-001"
)
@click.argument("question", nargs=-1, required=True)
@click.option("--task", metavar="TASK", help="Default: MDORCH_TASK, the task of this run.")
@click.option("--context", multiple=True, metavar="TEXT", help="How far you are, and what the answer is for.")
def ask(call: Call, question: tuple[str, ...], task: str | None, context: tuple[str, ...]) -> None:
    """Ask a person. End your work then: the answer comes as you go on, and costs no attempt."""
    task = task or call.environ.get("MDORCH_TASK", "")
    if not task:
        raise Trouble("which task is it about?", "mdorch ask QUESTION --task TASK", USAGE)
    call.rail("mdorch ask", task)
    block = hand_off(call.site, call.environ, question_on(task, " ".join(question), context), call.now)
    line = f"  asked at line {block.line}; end your work now: mdorch answer {block.task} TEXT lets it go on"
    call.screen.line(Ink(block.task, "bold"), line)
