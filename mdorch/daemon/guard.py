"""When the page must not be acted upon: the improbable is held for a person, never believed.

A page that was emptied, that lost its queue or most of its rows, that is in the middle of a merge, is
far more often an accident than a wish. Holding costs a question; believing it costs work.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mdorch.board.board import Board
from mdorch.board.sections import TASKS
from mdorch.facts import Seen

FEW = 3  # fewer rows than this may vanish unasked
_GIT_STATES = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
}


def doubt(board: Board, seen: Mapping[str, Seen], git_dir: Path | None) -> str:
    """Why the page should be held, as a sentence; "" where nothing speaks against it."""
    if board.conflict_line:
        return f"line {board.conflict_line} is a conflict marker: resolve the conflict"
    for name, what in _GIT_STATES.items():
        if git_dir and (git_dir / name).exists():
            return f"{what} is under way in git: finish it"
    if not seen:
        return ""
    if not any(s.kind == TASKS for s in board.sections):
        return "the Task Queue is gone from the page"
    here = {t.id for t in board.tasks}
    gone = [task for task in seen if task not in here]
    added = len(here - seen.keys())
    if len(gone) > FEW and len(gone) - added > len(seen) / 2:
        return f"{len(gone)} of {len(seen)} tasks are gone from the page"
    return ""
