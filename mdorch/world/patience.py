"""Waiting in growing steps for something that nobody will announce, but not for ever."""

from __future__ import annotations

from time import monotonic, sleep

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
        sleep(min(self._pause, left))
        self._pause = min(self._pause * 1.4, LONGEST)
        return True

    def left(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self._until - monotonic())

    def spent(self) -> float:
        """Seconds since construction."""
        return monotonic() - self._since
