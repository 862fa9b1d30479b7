"""Stopping and going on: stop, retry, pause, resume, down."""

from __future__ import annotations

import time
from contextlib import suppress

import click

from mdorch.config.errors import FAILED, USAGE, Trouble
from mdorch.desk import commands, halt
from mdorch.desk.commands import Said
from mdorch.desk.halt import AlreadyHeld
from mdorch.desk.look import look
from mdorch.desk.propose import propose
from mdorch.facts import Run
from mdorch.front.cli.arguments import TaskId, task_argument
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.rows import changed
from mdorch.front.cli.screen import Ink
from mdorch.plan.actions import Kind

PATIENCE = 20.0  # seconds for a stopped run to end: INT and TERM have five each, then KILL
SHUTDOWN = 10.0  # seconds for the daemon to let go of its lock


@command("mdorch stop TEST-001\nmdorch stop --all")
@click.argument("task", type=TaskId(), metavar="[TASK]", required=False)
@click.option("--all", "everything", is_flag=True, help="Every task that runs or could be launched.")
def stop(call: Call, task: str | None, everything: bool) -> int:
    """Put TASK on hold and end its run. Nothing starts it again before you say so."""
    call.rail("mdorch stop")
    if bool(task) == everything:
        raise Trouble("name a TASK, or say --all", "mdorch stop TEST-001", USAGE)
    runs = _live(call, None if everything else task)
    halt.stop(call.site, runs, "hold")
    said = Said()
    if task:
        make = commands.hold(call.site.page, task, bool(runs), said)
    else:
        make = commands.hold_all(frozenset(run.task for run in runs), said)
    try:
        changed(call, make, said, kept="" if runs else "unchanged: ")  # a daemon may have been quicker
    finally:  # whatever the page says, the runs are ending
        _told_of(call, runs)
    if everything and not said.tasks:
        call.screen.line("Nothing was running, and nothing could start.")
    return 0


@command("mdorch retry TEST-001")
@task_argument
def retry(call: Call, task: str) -> int:
    """Open TASK again: attempts count from zero. A run that lives is ended first."""
    call.rail("mdorch retry")
    runs = _live(call, task)
    if runs:
        halt.stop(call.site, runs, "retry")
        _told_of(call, runs)
        return 0
    said = Said()
    board = propose(call.site, commands.retry(call.site.page, task, said), call.now)
    halt.wake(call.site)
    new = next(t for t in board.tasks if t.id == said.task.id)
    call.screen.line(
        Ink(new.id, "bold"), f"  {new.status_text}: a new round begins", Ink(_next_step(call), "dim")
    )
    return 0


def _told_of(call: Call, runs: list[Run]) -> None:
    """Say what becomes of stopped runs; without a daemon, see to it."""
    if not runs:
        return
    for run in runs:
        call.screen.line(Ink(run.task, "bold"), f"  run {run.id} ({run.agent}) is being ended")
    call.screen.flush()
    for run in settled(call, runs):
        call.messages.line(f"{run.id} has not ended yet")


def settled(call: Call, runs: list[Run]) -> list[Run]:
    """Where no daemon does it: wait for runs to end, and write their results down. Those that live on."""
    if halt.daemon(call.site) is not None:
        return []
    left = halt.ended(call.site, runs, PATIENCE)
    fold_without_daemon(call)
    return left


def _live(call: Call, task: str | None = None) -> list[Run]:
    """What is at work. What the journal does not know is taken up first, so that it is folded at its end."""
    if halt.daemon(call.site) is None and halt.unknown(call.site):
        fold_without_daemon(call)
    return halt.live_runs(call.site, task)


def fold_without_daemon(call: Call) -> None:
    """Write results on the page without a daemon. One that started meanwhile does it itself."""
    from mdorch.daemon.loop import fold_only

    with suppress(AlreadyHeld):
        fold_only(call.site, call.environ)


@command('mdorch pause\nmdorch pause "release freeze until Monday"')
@click.argument("reason", nargs=-1, metavar="[REASON]")
def pause(call: Call, reason: tuple[str, ...]) -> None:
    """No new launches until resume, across restarts. Runs that live go on."""
    call.rail("mdorch pause")
    halt.pause(call.site, " ".join(reason), call.now)
    runs = len(halt.live_runs(call.site))
    call.screen.line("Paused: nothing new starts until ", Ink("mdorch resume", "command"), ".")
    if runs:
        call.screen.line(
            f"{runs} run{'s go' if runs > 1 else ' goes'} on; ",
            Ink("mdorch stop --all", "command"),
            f" ends {'them' if runs > 1 else 'it'}.",
        )


@command("mdorch resume")
def resume(call: Call) -> None:
    """Launch again after a pause; accept the page as it is after a hold."""
    call.rail("mdorch resume")
    paused, hold = halt.resume(call.site, call.now)
    screen = call.screen
    if hold:
        screen.line("The page is accepted as it is. It was held: ", hold)
    if paused:
        screen.line("Resumed.")
    if not paused and not hold:
        screen.line("Nothing was paused or held.")
    starts = sum(a.kind is Kind.START for a in look(call.site, call.now).plan.actions)
    tasks = (
        f"{starts} task{'' if starts == 1 else 's'} may start now"
        if starts
        else "Nothing may start now (mdorch plan)"
    )
    screen.line(tasks, _next_step(call))


def _next_step(call: Call) -> str:
    return "" if halt.daemon(call.site) else "; no daemon runs: mdorch up starts it"


@command("mdorch down\nmdorch down --kill")
@click.option("--kill", is_flag=True, help="Pause, end all runs, and put their tasks on hold first.")
def down(call: Call, kill: bool) -> int:
    """Stop the daemon. Runs go on, and the next up finds them again; with --kill they are ended."""
    call.rail("mdorch down")
    if kill:
        _kill(call)
    running = halt.daemon(call.site)
    if running is None:
        call.screen.line("No daemon runs on this page.")
        return 0
    halt.end_daemon(call.site, running, SHUTDOWN)
    call.screen.line(f"The daemon (process {running.pid}) has stopped.")
    runs = len(halt.live_runs(call.site))
    if runs:
        call.screen.line(
            f"{runs} run{'s go' if runs > 1 else ' goes'} on; ",
            Ink("mdorch down --kill", "command"),
            f" ends {'them' if runs > 1 else 'it'}.",
        )
    return 0


def _kill(call: Call) -> None:
    halt.pause(call.site, "by mdorch down --kill", call.now)
    runs = _live(call)
    halt.stop(call.site, runs, "down")
    said, trouble = Said(), None
    if runs:
        try:
            propose(call.site, commands.hold_all(frozenset(r.task for r in runs), said, only=True), call.now)
        except Trouble as error:
            trouble = error
    left = halt.ended(call.site, runs, PATIENCE)
    until = time.monotonic() + SHUTDOWN
    while halt.daemon(call.site) is not None and halt.unfolded(call.site, runs) and time.monotonic() < until:
        time.sleep(0.05)
    if halt.daemon(call.site) is None:
        fold_without_daemon(call)
    count = len(runs) - len(left)
    call.screen.line(
        f"Paused. {count} run{'' if count == 1 else 's'} ended; their tasks are on hold."
        if runs
        else "Paused. Nothing was running."
    )
    call.screen.line(Ink("mdorch resume", "command"), " launches again what is not on hold.")
    if trouble:
        raise trouble
    if left:
        raise Trouble(
            f"{', '.join(r.id for r in left)}: not ended within {PATIENCE:.0f} s",
            "mdorch status shows them",
            FAILED,
        )
