"""Time as the world tells it. All times are floats in seconds.

`now` may jump either way (somebody sets the clock), so it is for showing and for records only.
`elapsed` never jumps and goes on through suspension: what must not be trusted after a laptop woke
up (a lease, a pause between two looks) is measured by it.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def elapsed(self) -> float:
        """Seconds since some fixed moment, suspension included."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> float:
        return time.time()

    def elapsed(self) -> float:
        return elapsed()


def elapsed() -> float:
    """CLOCK_BOOTTIME where there is one, else the monotonic clock."""
    return time.clock_gettime(_BOOTTIME)


_BOOTTIME: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
