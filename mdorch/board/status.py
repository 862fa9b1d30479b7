"""The nine statuses; the words that mean them are in `board.statuses`."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    IN_PROGRESS = "in_progress"
    IN_REVIEW = "in_review"
    COMPLETE = "complete"
    BLOCKED = "blocked"
    PARTIAL = "partial"
    FAILED = "failed"
    ON_HOLD = "on_hold"
