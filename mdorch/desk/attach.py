"""Opening the session of a task's run on a terminal, for a person to go on in it.

The run that lives is ended first, as `stop` does; but while the session is open, its row says *In Progress*,
as it did, and whatever is written there, nothing is started for the task (`world.attached`, `plan.hands`).
Once it is closed, the handoff counts that came of it, or what the row says by then; else the task is on hold.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mdorch.board.board import Board
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.board.wishes import SetCell
from mdorch.config.errors import FAILED, Trouble
from mdorch.config.settings import AgentSpec
from mdorch.desk import halt
from mdorch.desk.agents import launch_of
from mdorch.desk.commands import OPEN
from mdorch.desk.find import find_task
from mdorch.desk.look import look, observed, peeked
from mdorch.desk.propose import Proposal, propose
from mdorch.desk.site import Site
from mdorch.facts import ATTACH, Run
from mdorch.frozen import Frozen

if TYPE_CHECKING:
    from mdorch.world.agents import Cli
    from mdorch.world.agents.command import Command

TAKEN = (*OPEN, Status.PARTIAL, Status.BLOCKED, Status.FAILED)  # may be started by something that happens
OVER = (Status.COMPLETE, Status.IN_REVIEW)  # nobody has to go on
GLANCE = 0.05  # seconds between two looks at whether a result is on the page


class Session(Frozen):
    """What is opened: `argv` in the folder `cwd`. `live`: its run is at work, and must be ended first."""

    task: str
    run: str
    agent: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    program: str
    isolated: bool
    live: bool


def session_of(site: Site, task_id: str, environ: Mapping[str, str], now: float) -> Session:
    """The session of the newest run of the task. Raises Trouble: there is none, or it cannot be opened."""
    task = find_task(look(site, now).board, site.page, task_id)
    with peeked(site) as journal:
        begun = [run for run in observed(site, journal.runs(task.id)) if run.started] if journal else []
    if not begun:
        raise Trouble(f"no run of {task.id} has begun: there is no session to open", "", FAILED)
    run = begun[-1]
    made, session = _spoken_by(site, run)
    if not session:
        hint = f"mdorch logs {task.id} shows what it said"
        if run.live:
            hint = f"mdorch logs {task.id} shows what it says; mdorch stop {task.id} ends it"
        yet = " yet" if run.live else ""
        raise Trouble(f"{run.id} ({run.agent}) has no session{yet} that could be opened", hint, FAILED)
    cwd, env = _place(site, run), _environment(environ)
    found = made.find(env, cwd)
    if found.problem:
        raise Trouble(
            f"the program of {run.agent} cannot be started: {found.problem}", "mdorch agents", FAILED
        )
    spec = site.settings.agent(run.agent) or AgentSpec(run.agent, (), made.name, 0.0, False)
    try:
        launch = launch_of(site, spec, run.agent, found.path, session, cwd if run.branch else "")
    except OSError as error:
        raise Trouble(error.strerror or str(error), exit_code=FAILED) from None
    argv = made.reopened(launch)
    if not argv:
        hint = f"mdorch logs {task.id} shows what it said"
        raise Trouble(f"{made.name} cannot open a session again on a terminal", hint, FAILED)
    return Session(
        *(task.id, run.id, run.agent, tuple(argv), made.env(env, launch), cwd),
        *(made.name, bool(run.branch), run.live),
    )


@contextmanager
def opened(site: Site, session: Session, patience: float, now: float) -> Iterator[int]:
    """Have the task in hand: nothing is started for it until the end of the block. A run that lives is ended,
    within `patience` seconds. Gives the descriptor that the program inherits. Raises Trouble."""
    from mdorch.world.attached import AlreadyOpen, attach

    try:
        with attach(site.dot, session.task) as fd:
            _take(site, session, patience, now)
            try:
                yield fd
            finally:
                _let_go(site, session, time.time())
    except AlreadyOpen:
        text = f"somebody has the session of {session.task} open already"
        raise Trouble(text, "close it there", FAILED) from None
    finally:
        halt.wake(site)


def run_on_terminal(session: Session, fd: int) -> int:
    """Be its parent until it ends; its exit code, negative for a signal. Ctrl-C is for it, as in a shell.
    Raises Trouble."""
    import subprocess

    before = signal.signal(signal.SIGINT, lambda *_: None)  # one that is ignored would stay so in the child
    try:
        with subprocess.Popen(session.argv, cwd=session.cwd, env=session.env, pass_fds=(fd,)) as child:
            return child.wait()
    except OSError as error:
        raise Trouble(
            f"{session.argv[0]}: {(error.strerror or str(error)).lower()}", exit_code=FAILED
        ) from None
    finally:
        signal.signal(signal.SIGINT, before)


def settled(site: Site, session: Session, patience: float, now: float) -> Task | None:
    """The row, once the result of the run is on the page or after `patience` seconds; None: it is gone."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with peeked(site) as journal:
            run = journal.run(session.run) if journal else None
        if run is None or run.state == "folded":
            break
        time.sleep(GLANCE)
    rows = look(site, now).board.rows_of(session.task)
    return rows[0] if rows else None


def unsaved(session: Session) -> bool:
    """Whether there is work in the session's tree that is not committed."""
    from mdorch.world.trees.call import ask

    return bool(ask(Path(session.cwd), "status", "--porcelain").stdout.strip())


def _spoken_by(site: Site, run: Run) -> tuple[Cli | Command, str]:
    """Who started the run, and its session: also a command may be a program that is known by its name."""
    from mdorch.world.agents.registry import reader_of
    from mdorch.world.runs import Runs

    folders = Runs(site.dot)
    record = dict(folders.about(run.id))
    spec = site.settings.agent(run.agent)
    made = reader_of({"about": record, "argv": list(spec.command) if spec else []})
    account = None if run.session else folders.account(run.id)
    return made, run.session or (account.session if account else "")


def _place(site: Site, run: Run) -> str:
    """Where the run worked: programs find a session by its folder. Raises Trouble where that is gone."""
    if not run.branch:
        return str(site.root)
    from mdorch.world.trees.tree import Trees

    tree = Trees(site.root, site.dot).find(run.id)
    if tree is None or not os.path.isdir(tree.path):
        hint = f"what it did is on the branch {run.branch}, or merged"
        raise Trouble(f"the work tree of {run.id} is gone, and its session with it", hint, FAILED)
    return tree.path


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """That of the person: no run speaks in it."""
    from mdorch.world.trees.call import without_git

    return {name: value for name, value in without_git(environ).items() if not name.startswith("MDORCH_")}


def _take(site: Site, session: Session, patience: float, now: float) -> None:
    if session.live:
        runs = halt.live_runs(site, session.task)
        halt.stop(site, runs, ATTACH)
        if halt.ended(site, runs, patience):
            hint = f"mdorch stop {session.task} ends it for good"
            raise Trouble(f"{session.run} has not ended within {patience:.0f} s", hint, FAILED)
        return
    _write(site, session, TAKEN, Status.IN_PROGRESS, now)
    if halt.live_runs(site, session.task):
        raise Trouble(f"{session.task} was started just now", f"mdorch attach {session.task}", FAILED)


def _let_go(site: Site, session: Session, now: float) -> None:
    """A row that we took goes on hold, unless somebody wrote something else there."""
    if not session.live:
        with suppress(Trouble):
            _write(site, session, (Status.IN_PROGRESS,), Status.ON_HOLD, now)


def _write(site: Site, session: Session, before: tuple[Status, ...], status: Status, now: float) -> None:
    def make(board: Board) -> list[Proposal]:
        task = find_task(board, site.page, session.task)
        return [SetCell(task.id, "status", status)] if task.status in before else []

    propose(site, make, now)
