"""How a daemon ends that was to go on until nothing moves without a person."""

from __future__ import annotations

from collections.abc import Collection

from mdorch.board.board import Board
from mdorch.board.status import Status
from mdorch.daemon.events import Ending
from mdorch.plan.actions import Plan


def ending(board: Board | None, plan: Plan, only: Collection[str] | None, live: int) -> Ending:
    """0: every row (that was asked for) is complete or on hold; 1: not, and what holds those that are open."""
    rows = board.tasks if board else ()
    asked = [t for t in rows if only is None or t.id in only]
    open_rows = [t for t in asked if t.status not in (Status.COMPLETE, Status.ON_HOLD)]
    verdicts = plan.verdicts
    reasons = [
        f"{t.id or f'line {t.line}'}: {verdicts[t.index].text}" for t in open_rows if t.index in verdicts
    ]
    return Ending(1 if open_rows else 0, tuple(reasons), live)
