"""Cells for which there are two values: each is a Problem until somebody says which it is."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from mdorch.board.board import Board
from mdorch.board.changes import remember
from mdorch.board.problem import Severity
from mdorch.board.task import Task
from mdorch.facts import Dispute
from mdorch.plan.draft import Draft


def standing(board: Board, disputes: Iterable[Dispute]) -> Iterator[tuple[Dispute, Task]]:
    """The disputes whose cell still says what stood then: whoever wrote anything else has decided."""
    known = list(disputes)
    if known:
        rows = {task.id: task for task in board.tasks}
        for dispute in known:
            task = rows.get(dispute.task)
            if task is not None and remember(task).get(dispute.role) == dispute.stands:
                yield dispute, task


def note_disputes(draft: Draft) -> None:
    for dispute, task in standing(draft.board, draft.facts.disputes):
        hint = f"write what it shall say; to leave it so: {remedy(dispute)}"
        draft.problem("disputed-cell", Severity.WARNING, told(dispute), task, hint)


def told(dispute: Dispute) -> str:
    return f"two values for {dispute.role}: “{dispute.stands}” stands, “{dispute.other}” was saved too"


def remedy(dispute: Dispute) -> str:
    """The command that leaves the cell as it is, and the matter settled."""
    return f"mdorch set {dispute.task} {shlex.quote(f'{dispute.role}={dispute.stands}')}"
