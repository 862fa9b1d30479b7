"""The status that counts for each row: what it says, but for what a live run says of itself.

*Complete* in the row of a task whose run is alive, or in a
person's hands, is a claim (PAGE language, section 5): the run may still
fail, so what waits for the task goes on waiting until the run is folded. Every copy of the id counts.
"""

from __future__ import annotations

from mdorch.board.board import Board
from mdorch.board.status import Status
from mdorch.facts import Facts, RunState


def effective(board: Board, facts: Facts) -> list[Status]:
    """One status for each of `board.tasks`."""
    working = {run.task for run in facts.runs if run.state is RunState.STARTED}
    working |= {run.task for run in facts.runs if run.state is RunState.ENDED and run.task in facts.attached}
    return [
        Status.IN_PROGRESS if task.status is Status.COMPLETE and task.id in working else task.status
        for task in board.tasks
    ]
