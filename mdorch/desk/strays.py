"""Runs that are alive and that the journal knows nothing of: `.mdorch/` was deleted meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mdorch.board.board import Board
from mdorch.board.problem import Problem, problem
from mdorch.board.status import Status
from mdorch.desk.site import Site
from mdorch.facts import Run, RunState
from mdorch.frozen import replace
from mdorch.plan.draft import names_of, time_of

if TYPE_CHECKING:
    from mdorch.world.journal import Journal
    from mdorch.world.strays import Stray


def strays(site: Site, journal: Journal | None) -> list[Run]:
    """All of them, as started."""
    from mdorch.world.runs import Runs

    found = Runs(site.dot).strays()
    return [run_of(stray) for stray in found if journal is None or journal.run(stray.run) is None]


def strays_of(site: Site, journal: Journal | None, board: Board, runs: Iterable[Run]) -> list[Run]:
    """Those of them that rows may be about: rows that say *In Progress*, without any of `runs` at work. Only
    then are all processes looked at."""
    live = {run.task for run in runs if run.live}
    if all(task.id in live for task in board.tasks if task.status is Status.IN_PROGRESS):
        return []
    return strays(site, journal)


def run_of(stray: Stray) -> Run:
    return Run(
        id=stray.run,
        task=stray.task,
        attempt=stray.attempt,
        agent=stray.agent,
        state=RunState.STARTED,
        claimed=stray.began,
        started=stray.began,
        pid=stray.pid,
    )


def dated(run: Run, board: Board) -> Run:
    """The run as of its claim, of which nobody knows but the page: its agent row says when that was."""
    rows = [row for row in board.agents if row.agent == run.agent and row.task in names_of(run)]
    times = [time_of(row.started) for row in rows]
    before = [time for time in times if time <= run.claimed]
    return replace(run, claimed=max(before)) if before else run


def told(runs: Iterable[Run]) -> list[Problem]:
    return [
        problem("unknown-run", f"{run.id} is alive (process {run.pid}), and the journal does not know it")
        for run in runs
    ]
