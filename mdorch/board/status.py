"""The nine statuses and the words that mean them (PAGE language, section 5)."""

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
