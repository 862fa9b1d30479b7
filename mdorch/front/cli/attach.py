"""`mdorch attach`: a person goes on in the session of a task's run."""

from __future__ import annotations

import sys

from mdorch.config.errors import FAILED, Trouble
from mdorch.desk import attach as desk
from mdorch.desk import halt
from mdorch.desk.commands import spelled
from mdorch.front.cli.arguments import task_argument
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.halt import PATIENCE, fold_without_daemon
from mdorch.front.cli.screen import Ink

SETTLED = 5.0  # seconds for a daemon to write what became of the run


@command("mdorch attach TEST-001")
@task_argument
def attach(call: Call, task: str) -> int:
    """Open the session of TASK's newest run here, in the folder where it worked.

    A run that lives is ended first. Nothing is started for TASK until you close the session; then its
    handoff counts, or what you write into its row, or it is on hold.
    """
    call.rail("mdorch attach")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Trouble("a session is opened on a terminal, and this is none", f"mdorch logs {task}", FAILED)
    session = desk.session_of(call.site, task, call.environ, call.now)
    if session.live:
        call.screen.line(Ink(session.task, "bold"), f"  run {session.run} ({session.agent}) is being ended")
        call.screen.flush()
    with desk.opened(call.site, session, PATIENCE, call.now) as fd:
        call.screen.line(
            Ink(session.task, "bold"),
            f"  {session.program} opens its session in {session.cwd}",
        )
        call.screen.flush()
        code = desk.run_on_terminal(session, fd)
    if halt.daemon(call.site) is None:
        fold_without_daemon(call)
    _how_to_go_on(call, session, code)
    return 0


def _how_to_go_on(call: Call, session: desk.Session, code: int) -> None:
    screen, row = call.screen, desk.settled(call.site, session, SETTLED, call.now)
    if code:
        how = f"exit {code}" if code > 0 else f"signal {-code}"
        call.messages.line(f"{session.program} ended with {how}")
    if row is None:
        screen.line(Ink(session.task, "bold"), "  is not on the page any more")
        return
    screen.line(Ink(row.id, "bold"), f"  is {spelled(row.status)} now")
    if session.isolated and desk.unsaved(session):
        screen.line(f"  not committed, in {session.cwd}: ", Ink("git commit", "command"), " keeps it")
    if row.status in desk.OVER:
        return
    screen.rows(
        [
            (
                Ink(f"mdorch handoff {row.id} --to AGENT", "command"),
                "the work is done, and this is what came of it",
            ),
            (Ink(f"mdorch set {row.id} status=complete", "command"), "it is done"),
            (Ink(f"mdorch retry {row.id}", "command"), "an agent goes on, in a new attempt"),
        ]
    )
