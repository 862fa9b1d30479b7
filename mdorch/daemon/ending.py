"""How a daemon ends that was to go on until nothing moves without a person."""

from __future__ import annotations

from collections.abc import Collection

from mdorch.board.read import Reading
from mdorch.board.status import Status
from mdorch.daemon.events import Ending
from mdorch.plan.actions import Plan


def ending(reading: Reading | None, plan: Plan, only: Collection[str] | None, so_far: Ending) -> Ending:
    """`so_far` where that has a code: 3, the page is held or cannot be read. Else 0: every row (that was
    asked for) is complete or on hold; 1: not, and what holds those that are open."""
    if so_far.code:
        return so_far
    rows = reading.board.tasks if reading else ()
    asked = [t for t in rows if only is None or t.id in only]
    open_rows = [t for t in asked if t.status not in (Status.COMPLETE, Status.ON_HOLD)]
    verdicts = plan.verdicts
    reasons = [
        f"{t.id or f'line {t.line}'}: {verdicts[t.index].text}" for t in open_rows if t.index in verdicts
    ]
    return Ending(1 if open_rows else 0, tuple(reasons), so_far.live)
