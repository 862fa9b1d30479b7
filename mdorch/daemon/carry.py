"""Whether a plan still holds for a page that somebody saved after it was made.

On a page that is saved a hundred times a second, every plan is made for a page that is no more. Most of
those saves could as well have come a moment later, after our own write: then nothing has to be decided
again, and the plan's wishes are carried out on what was saved. That is so where everything that the plan
relied on reads as it did:

- the rows that it changes, each still the only one of its id, and the rows that these require;
- the rows of runs that are alive, which fill slots and groups;
- every row that a wildcard may mean: none added, none gone, none of another status;
- the handoffs about these tasks, and the policy.

All of it may also read as our own write leaves it: then somebody renamed a file over ours who had read that.
A part of it alone was typed by somebody who meant the same, and must settle. Anything else is a reason to
decide again, and so is every doubt about the page as a whole. So a person's edit of a row that is about to be
claimed always wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mdorch.board.board import Board
from mdorch.board.task import NeedKind, Task
from mdorch.facts import Run
from mdorch.frozen import replace
from mdorch.plan.actions import Action, Kind


class Basis:
    """What the plan of `actions`, made for the board `before`, relied on; `runs` are those not folded."""

    def __init__(self, before: Board, actions: tuple[Action, ...], runs: Iterable[Run]) -> None:
        self._before = before
        self._changed = {action.task for action in actions}
        self._rows = self._changed | {run.task for run in runs}
        self._wild = False
        starts = {action.task for action in actions if action.kind is Kind.START}
        for task in before.tasks:
            if task.id in starts:
                self._rows |= {need.id for need in task.needs if need.kind is NeedKind.TASK}
                self._wild |= any(need.kind is not NeedKind.TASK for need in task.needs)

    def holds(self, now: Board, after: Board) -> bool:
        """Whether it can be carried out on `now` as well; `after` is what it makes of the board before."""
        old = self._before
        if now.policy != old.policy or [s.kind for s in now.sections] != [s.kind for s in old.sections]:
            return False
        if self._wild and _statuses(now) != _statuses(old):
            return False
        found, before, ours = map(self._said, (now, old, after))
        return found in (before, ours)

    def _said(self, board: Board) -> tuple[object, ...]:
        agents = [replace(row, table=0, row=0, line=0) for row in board.agents if row.task in self._changed]
        return rows_of(board, self._rows), agents, _open_blocks(board, self._changed)


def rows_of(board: Board, names: set[str]) -> Mapping[str, list[Task]]:
    """The rows of these ids by what they say, wherever they stand."""
    found: dict[str, list[Task]] = {}
    for task in board.tasks:
        if task.id in names:
            needs = tuple(need for need in task.needs if need.kind is NeedKind.TASK)  # others name places
            said = replace(task, index=0, table=0, row=0, line=0, needs=needs)
            found.setdefault(task.id, []).append(said)
    return found


def _statuses(board: Board) -> list[tuple[str, str]]:
    return [(task.id, "cancelled" if task.cancelled else task.status) for task in board.tasks]


def _open_blocks(board: Board, names: set[str]) -> set[str]:
    """The blocks about these tasks that are still to be taken."""
    return {block.key for block in board.handoffs if block.task in names and not block.taken}
