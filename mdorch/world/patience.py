"""Waiting in growing steps for something that nobody will announce, but not for ever.

The steps are uneven, so that no program which saves as regularly as a clock is met at the same point of its
work each time.
"""

from __future__ import annotations

from time import monotonic, monotonic_ns, sleep

FIRST, LONGEST = 0.0003, 0.005  # seconds between two looks


class Patience:
    """`seconds` of it, from construction on."""

    def __init__(self, seconds: float) -> None:
        self._since = monotonic()
        self._until = self._since + seconds
        self._pause = FIRST

    def more(self) -> bool:
        """Sleep a little and say True; False, at once, when the time is over."""
        left = self.left()
        if left <= 0:
            return False
        uneven = 0.5 + monotonic_ns() % 997 / 997
        sleep(min(self._pause * uneven, left))
        self._pause = min(self._pause * 1.4, LONGEST)
        return True

    def left(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self._until - monotonic())

    def spent(self) -> float:
        """Seconds since construction."""
        return monotonic() - self._since
