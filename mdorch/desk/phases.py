"""The tasks of a phase or a week, by the words of the headings and cells that they stand under."""

from __future__ import annotations

from collections.abc import Sequence

from mdorch.board.board import Board
from mdorch.board.task import Task
from mdorch.board.words import contains, words


def tasks_under(board: Board, phrases: Sequence[str]) -> list[Task]:
    """Rows around which every phrase is said: `ml-integration` in `Phase 2 (ML Integration)`, `week 5`."""
    said = [words(phrase) for phrase in phrases]
    return [t for t in board.tasks if t.id and all(contains(_around(board, t), phrase) for phrase in said)]


def places(board: Board) -> list[str]:
    """Where tasks stand, as a person would call it, each once."""
    named = (t.phase or t.group or next(iter(_titles(board, t)), "") for t in board.tasks)
    return [name for name in dict.fromkeys(named) if name]


def _titles(board: Board, task: Task) -> list[str]:
    """The sections around a row, innermost first."""
    around = [s for s in board.sections if s.line <= task.line < s.end]
    return [s.title for s in sorted(around, key=lambda s: -s.line)]


def _around(board: Board, task: Task) -> str:
    return words(" ".join([*_titles(board, task), task.phase, task.group]))


def next_phase(board: Board, chosen: Sequence[Task]) -> list[Task]:
    """The rows of the phase that follows these on the page, by sub-heading or group."""
    here = {(task.phase, task.group) for task in chosen}
    last = max((task.index for task in chosen), default=-1)
    after = [t for t in board.tasks[last + 1 :] if t.id and (t.phase, t.group) not in here]
    return [t for t in after if (t.phase, t.group) == (after[0].phase, after[0].group)]


def pipelined(board: Board) -> bool:
    """Whether the page asks that the next phase may start before the current one completes."""
    return "pipeline" in board.policy.strategies
