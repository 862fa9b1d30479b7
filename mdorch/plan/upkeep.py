"""What may leave the page: handoffs that were taken and that nothing open needs (the context budget).

Agents read the page at every start, and a filled handoff is about a kilobyte. A block is needed while its
task is open, or while an open row requires its task: then it goes into a prompt.
"""

from __future__ import annotations

from collections.abc import Iterator

from mdorch.board.board import Board
from mdorch.board.handoff import Handoff
from mdorch.board.status import Status
from mdorch.board.task import NeedKind, Task
from mdorch.facts import Facts, RunState
from mdorch.plan.draft import time_of


def surplus(board: Board, facts: Facts, before: float) -> Iterator[Handoff]:
    """Taken blocks that nothing open needs, and that were taken before that time (epoch seconds)."""
    if not any(block.mark for block in board.handoffs):
        return
    busy = {run.task for run in facts.runs if run.state is not RunState.FOLDED} | needed(board)
    here = {task.id for task in board.tasks}
    for block in board.handoffs:
        known = block.task in here or block.task in board.archived
        if block.mark and known and block.task not in busy and time_of(block.mark.time) <= before:
            yield block


def needed(board: Board) -> set[str]:
    """The ids of open rows, and of what they require."""
    found: set[str] = set()
    pools: dict[str, int] = {}  # key -> members below this row are needed
    for task in filter(is_open, board.tasks):
        found.add(task.id)
        for need in task.needs:
            if need.kind is NeedKind.TASK:
                found.add(need.id)
            elif need.kind is not NeedKind.UNRESOLVED:
                last = task.index if need.kind is NeedKind.ABOVE else len(board.tasks)
                pools[need.id] = max(last, pools.get(need.id, 0))
    for key, last in pools.items():
        found.update(board.tasks[i].id for i in board.pools.get(key, ()) if i < last)
    return found


def is_open(task: Task) -> bool:
    return task.status is not Status.COMPLETE and not task.cancelled


def may_leave(task: Task) -> bool:
    """Whether its row may leave the page when that is asked for: complete, sound, alone with its id."""
    return bool(task.id) and task.status is Status.COMPLETE and not task.read_only and not task.draft
