"""What is done where there is nothing else to do: for the page, for `.mdorch/`, and to see what changed."""

from __future__ import annotations

from mdorch.board.read import Reading
from mdorch.daemon.attic import Attic
from mdorch.daemon.clerk import Clerk
from mdorch.daemon.doors import PageDoor
from mdorch.daemon.state import State
from mdorch.daemon.touches import Touches
from mdorch.daemon.voice import Voice
from mdorch.facts import Facts
from mdorch.world.version import Version


class Upkeep:
    """Begins at `now`; all times are epoch seconds."""

    def __init__(self, state: State, page: PageDoor, voice: Voice, now: float) -> None:
        self._voice = voice
        self._clerk = Clerk(state.site, state, page)
        self._attic = Attic(state.site.settings, state)
        self._touches = Touches(state.site, state.journal, voice, now)

    def keep(
        self, version: Version, reading: Reading, facts: Facts, now: float, last: bool
    ) -> tuple[bool, Reading | None]:
        """Do what there is to do; whether anything was, and the page if it was written. `last`: the daemon is
        about to end, what could be put off is not. Raises Stale and PageError."""
        seen = self._touches.look(reading.board, facts.runs, now)
        after = self._clerk.tidy(version, reading, facts, now, last)
        if after is None:
            return self._attic.clear(reading.board, now, last) or seen, None
        self._voice.say("upkeep", self._clerk.told)
        return True, after

    @property
    def wakes(self) -> tuple[float | None, ...]:
        """When there will be something to do by the mere passing of time, if ever."""
        return (self._touches.wake, *self._clerk.wakes)
