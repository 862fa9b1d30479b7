"""Hands on the rows of tasks whose runs are alive (PAGE language, section 5).

*Complete*, *Blocked*, *Partial* and *In Review* are claims about the run, for its fold to weigh. A word that
holds the task stops the run; one that opens it again is put back, for an old buffer does the same.
"""

from __future__ import annotations

from mdorch.board.problem import Severity
from mdorch.board.status import Status
from mdorch.board.statuses import read_status
from mdorch.board.task import Task
from mdorch.board.wishes import AddAgentRow, SetCell
from mdorch.facts import Run, RunState
from mdorch.plan.actions import Action, Kind
from mdorch.plan.draft import Draft, names_of, stamp

_STOP_WORDS = frozenset({"", "on hold", "onhold", "paused", "deferred", "parked"})


def watch_live_rows(draft: Draft) -> None:
    """Stop runs, or put their rows back, once what was typed has settled."""
    for run in draft.facts.runs:
        if run.state is not RunState.STARTED:
            continue
        task = draft.row(run.task)
        if task is None:
            continue
        if task.status in (Status.WAITING, Status.READY, Status.FAILED):
            _put_back(draft, run, task)
        elif task.status is Status.ON_HOLD and means_stop(task.status_text):
            _stop(draft, run, task)


def _put_back(draft: Draft, run: Run, task: Task) -> None:
    draft.problem(
        "put-back",
        Severity.WARNING,
        f"{task.id} says {task.status_text}, but its run {run.id} is alive",
        task,
        f"an old buffer may have been saved; to start again: mdorch retry {task.id}",
    )
    draft.statuses[task.index] = Status.IN_PROGRESS
    if _quiet(draft, task):
        row = AddAgentRow(run.agent, names_of(run)[-1], stamp(run.claimed), task.requires_text)
        wishes = (SetCell(task.id, "status", Status.IN_PROGRESS), row)
        draft.actions.append(
            Action(Kind.SET, task.id, f"{run.id} is alive", run.agent, run.id, wishes=wishes)
        )


def _stop(draft: Draft, run: Run, task: Task) -> None:
    if _quiet(draft, task) and not run.stop_reason:
        reason = f"its row says {task.status_text}"
        draft.actions.append(Action(Kind.STOP, task.id, reason, run.agent, run.id, run.attempt))


def _quiet(draft: Draft, task: Task) -> bool:
    until = draft.settled_at(task.id)
    if until > draft.now:
        draft.wakes.append(until)
        return False
    return True


def means_stop(status_text: str) -> bool:
    """Whether an on-hold word (or a bare ⏸) typed over a live run asks for its end. Unknown words do
    not, nor *backlog* or *new*: they are how rows look while being written."""
    said = read_status(status_text)
    return said.known and (said.word in _STOP_WORDS or said.cancelled)
