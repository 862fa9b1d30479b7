"""Files that were changed where they should not have been: kept for a day, so that somebody sees it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mdorch.facts import Touch

if TYPE_CHECKING:
    from mdorch.world.journal import Journal

MOST = 50  # are kept, the newest
DAY = 86_400.0
_KEY = "touched"


def touched(journal: Journal, now: float) -> tuple[Touch, ...]:
    """Oldest first. Whether it is still a problem is for the plan to say."""
    return tuple(Touch(path, tuple(runs)) for path, runs, when in _kept(journal) if now - when < DAY)


def keep(journal: Journal, fresh: Sequence[Touch], now: float) -> None:
    young = [(path, runs, when) for path, runs, when in _kept(journal) if now - when < DAY]
    added = [(touch.path, list(touch.runs), now) for touch in fresh]
    journal.set(_KEY, json.dumps([*young, *added][-MOST:]))


def _kept(journal: Journal) -> list[tuple[str, list[str], float]]:
    return [(path, runs, when) for path, runs, when in json.loads(journal.get(_KEY, "[]"))]
