"""Whether somebody set the clock.

What waits for a time (a row that settles, an attempt that is tried again, the launches of an hour) was dated
by the clock as it was. One that is set back by a day would hold all of it for a day; one that is set forward
would let a row start while it is being typed. A second clock that nobody can set tells that it happened, and
by how much.
"""

from __future__ import annotations

from mdorch.world.clock import Clock

NOTICED = 2.0  # seconds; less is drift


class Pace:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._before = clock.now(), clock.elapsed()

    def jump(self) -> float:
        """By how many seconds the clock was set since the last call; 0.0 where it just went on."""
        now, elapsed = self._clock.now(), self._clock.elapsed()
        (then, start), self._before = self._before, (now, elapsed)
        by = (now - then) - (elapsed - start)
        return by if abs(by) > NOTICED else 0.0
