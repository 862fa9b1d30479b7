"""Runs of which the journal knows nothing: it was lost, their folders or their processes were not."""

from __future__ import annotations

import re

from mdorch.board.board import Board
from mdorch.board.status import Status
from mdorch.daemon.launch import run_about
from mdorch.daemon.state import State
from mdorch.desk.folders import after
from mdorch.desk.strays import dated, run_of
from mdorch.facts import End, Run, RunState
from mdorch.frozen import replace
from mdorch.plan.draft import shows, shows_later

_MARKED = re.compile(r"^(?P<task>.+)\.(?P<attempt>\d+)(?:-\w+)?$")


def adopt(state: State, board: Board, now: float) -> list[Run]:
    """Take up run folders of which the journal knows nothing, and runs of which only the processes are left.

    A run that still lives, or the last one of a task that is still *In Progress*, is taken up again; of
    any other only the attempt number counts: its result was on the page before the next one began.
    """
    records = [_record(state, run_id, board) for run_id in state.folders.ids()]
    known = [record for record in records if record is not None]
    known += [dated(run_of(stray), board) for stray in state.folders.strays()]
    for record in known:
        state.reached(record.task, record.attempt)
    for block in board.handoffs:
        marked = _MARKED.match(block.mark.run) if block.mark else None
        if marked:
            state.reached(marked["task"], int(marked["attempt"]))
    return [_take_up(state, r, board, now) for r in known if state.journal.run(r.id) is None]


def _record(state: State, run_id: str, board: Board) -> Run | None:
    about = state.folders.about(run_id)
    run = run_about(run_id, about)
    return dated(run, board) if run and about.get("remade") else run


def _take_up(state: State, record: Run, board: Board, now: float) -> Run:
    run = after(record, state.folders.poll(record.id))
    rows = [t for t in board.tasks if t.id == run.task]
    waits = len(rows) == 1 and rows[0].status is Status.IN_PROGRESS and shows(board, run)
    later = run.attempt < state.highest[run.task] or shows_later(board, run)
    if not run.live and (later or not waits):
        run = replace(run, state=RunState.FOLDED, outcome="forgotten")
    state.journal.claim(run)
    what = "folder" if run.id in state.folders.ids() else "processes"
    state.journal.note(now, "adopt", run.task, run.id, f"taken up from its {what}: {run.state.value}")
    state.runs[run.id] = run
    return run


def end_remains(state: State, task: str, attempt: int) -> None:
    """What lives on of an earlier attempt whose keeper died must not work beside this one."""
    for run in state.journal.runs(task) if attempt > 1 else ():
        if run.end is End.LOST:
            state.folders.sweep(run.id)
