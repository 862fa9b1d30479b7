"""The page's upkeep, after all that matters more: completions are listed, what nobody needs leaves.

It is a write of its own, made when the plan has nothing to do, so that nothing of it can ever stand in
the way of a result. What is to be listed is written down in the journal when the task becomes complete;
what leaves the page is in its archive, on the disk, before it leaves. A crash anywhere in between leaves
work for the next pass, which finds what was done already: an entry that is there is not listed again, a
text that the archive holds is not put there twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from mdorch.board.completions import list_finished
from mdorch.board.edits import CannotWrite
from mdorch.board.entries import Finished
from mdorch.board.leaving import HEAD, Leaving, leaving_block
from mdorch.board.read import Reading
from mdorch.daemon.doors import PageDoor
from mdorch.daemon.finished import finished_in, remember
from mdorch.daemon.gauges import Gauges
from mdorch.daemon.state import State
from mdorch.desk.archive import shelve
from mdorch.desk.site import Site
from mdorch.facts import Facts
from mdorch.plan.upkeep import surplus
from mdorch.world.crash import crash_point
from mdorch.world.shelf import Shelf
from mdorch.world.version import Version


class Clerk:
    """Keeps one page. `wake` is when there will be something to do by the mere passing of time, if ever."""

    def __init__(self, site: Site, state: State, page: PageDoor) -> None:
        self.site = site
        self.state = state
        self.page = page
        self.wake: float | None = None
        self.told = ""  # what was done last, as a sentence
        self.gauges = Gauges(state)
        self._stuck: set[str] = set()  # handoffs that cannot leave this version of the page

    @property
    def wakes(self) -> tuple[float | None, ...]:
        return self.wake, self.gauges.wake

    def tidy(
        self, version: Version, reading: Reading, facts: Facts, now: float, last: bool = False
    ) -> Reading | None:
        """Do what there is to do, in one write; the page as it was left, None where nothing was to be done.

        `last`: the daemon is about to end, what could be put off is not. `now` is epoch seconds.
        Raises Stale and PageError.
        """
        finished = finished_in(self.state.journal)
        data, dropped = self._listed(reading, finished)
        listed = [one.task for one in finished] if data != version.data else []
        data, left = self._archived(data, facts, now)
        data = self.gauges.written(self.state.understand(data), now, last or data != version.data)
        if data == version.data:
            if finished:
                remember(self.state.journal, ())
            return None
        if dropped:
            self._keep_older(dropped)
        with self.state.journal.batch():
            self.state.journal.intend(version.data, data)
        crash_point("upkeep.begun")
        self.page.replace(version.data, data)
        crash_point("upkeep.written")
        self._told(listed, left, now)
        return self.state.read(data)

    def _keep_older(self, entries: tuple[str, ...]) -> None:
        """Entries that make room for new ones. The versions of the page have them, whatever happens."""
        text = "\n## Recent Completions, older ones\n\n" + "".join(f"{line}\n" for line in entries)
        with suppress(OSError):
            Shelf(self.site.archive).keep(HEAD.format(name=self.site.page.name), [(text, entries)])

    def _listed(self, reading: Reading, finished: Sequence[Finished]) -> tuple[bytes, tuple[str, ...]]:
        if self.site.settings.completions is None:  # nobody asked for it: the section is theirs
            return reading.source.data, ()
        try:
            listed = list_finished(reading, finished, self.site.settings.completions)
        except CannotWrite:
            return reading.source.data, ()
        return listed.data, listed.gone

    def _archived(self, data: bytes, facts: Facts, now: float) -> tuple[bytes, tuple[Leaving, ...]]:
        self.wake = None
        settings = self.site.settings
        reading = self.state.understand(data)
        before = now - settings.archive_after
        if not settings.archive:
            return data, ()
        blocks = [b for b in surplus(reading.board, facts, before) if b.key not in self._stuck]
        if not blocks:
            return data, ()
        if facts.quiet < settings.settle:
            self.wake = now + settings.settle - facts.quiet
            return data, ()
        leaving = [one for block in blocks if (one := leaving_block(reading, block)) is not None]
        try:
            return shelve(self.site, reading, leaving), tuple(leaving)
        except (CannotWrite, OSError) as error:
            self._stuck.update(block.key for block in blocks)
            text = f"handoffs that nothing needs cannot leave the page: {error}"
            self.state.journal.note(now, "trouble", text=text)
            return data, ()

    def _told(self, listed: Sequence[str], left: Sequence[Leaving], now: float) -> None:
        """Into the history, and for whoever watches."""
        parts = [f"listed as completed: {', '.join(listed)}"] if listed else []
        if left:
            what = "; ".join(dict.fromkeys(one.what for one in left))
            parts.append(f"to {self.site.archive.name}: {what}")
        self.told = "; ".join(parts) or "the metrics on the page"
        with self.state.journal.batch():
            remember(self.state.journal, ())
            self.gauges.keep(now)
            self.state.journal.note(now, "upkeep", text=self.told)
