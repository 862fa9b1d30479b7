"""What was spent today, as the people here count days."""

from __future__ import annotations

import time

from mdorch.frozen import Frozen
from mdorch.world.journal import Journal


class Spent(Frozen):
    """US dollars of the runs that were started today, as far as they are known; those that ended and are not;
    and when the day ends, in epoch seconds."""

    usd: float
    unpriced: tuple[str, ...]
    dawn: float


def spent_today(journal: Journal, now: float, cleared: float) -> Spent:
    """`cleared`: what started before does not count as unknown; a person has looked at it."""
    today = time.localtime(now)
    first = time.mktime((*today[:3], 0, 0, 0, 0, 0, -1))
    dawn = time.mktime((*today[:2], today.tm_mday + 1, 0, 0, 0, 0, 0, -1))
    usd, unknown = journal.spent(first, max(first, cleared))
    return Spent(usd, unknown, dawn)
