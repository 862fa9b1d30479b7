"""What the page was before: how it was last believed or left, its kept versions, and old buffers undone.

The page as it was left is known by its digest in the journal, so that the next daemon can tell what others
did meanwhile. While a write of ours is under way the digest is not there: what stands on the page after a
crash may be that very write, and must not be taken for somebody's save. A repair leaves the digest alone:
until it is on the page, an old buffer is not to be believed, whoever looks.
"""

from __future__ import annotations

from mdorch.board.read import Reading
from mdorch.daemon.stale import Repair, repair
from mdorch.daemon.state import LEFT
from mdorch.desk.disputes import disputed, note
from mdorch.desk.propose import COMMANDED
from mdorch.plan.draft import stamp
from mdorch.world.journal import Journal
from mdorch.world.redo import digest
from mdorch.world.version import Version
from mdorch.world.versions import Kind, Versions, short


class Past:
    """`last` is the page as it was last believed or left; None where that is not known."""

    def __init__(self, journal: Journal, versions: Versions) -> None:
        self._journal = journal
        self._versions = versions
        self._waiting: list[tuple[bytes, float, Kind]] = []  # versions that are still to be kept
        self.last = self._left_before()

    def left(self, data: bytes, now: float) -> None:
        """This is how we leave the page: what differs from it next time, somebody else did."""
        self._waiting.append((data, now, Kind.OURS))
        self.keep()
        self.last = data
        with self._journal.loosely():
            self._journal.set(LEFT, digest(data))

    def keep(self) -> None:
        """Keep the versions that were believed since: later, for nothing that is to start waits for it."""
        for data, now, kind in self._waiting:
            self._versions.keep(data, now, kind)
        self._waiting.clear()

    def doubted(self, data: bytes, now: float) -> None:
        """The page is held as it is: it is kept like any other, and believed never."""
        self.keep()
        self._versions.keep(data, now, Kind.DOUBTFUL)

    def believe(self, version: Version, now: float) -> Repair | None:
        """Take up what somebody saved, unless it is an old buffer: then what is to be done about it."""
        if version.data == self.last:
            return None
        found = None
        if self.last is not None and self._journal.get(COMMANDED) != version.digest:
            self.keep()
            found = repair(self._versions.newest(), self.last, version.data, now)
        if found is not None:
            return found
        self._waiting.append((version.data, now, Kind.SEEN))
        self.last = version.data
        with self._journal.loosely():  # synced with the claim that may follow
            self._journal.set(LEFT, version.digest)
        return None

    def repaired(self, saved: bytes, found: Repair, reading: Reading, now: float) -> str:
        """The repair is on the page, and reads so: write down what it did. Gives it as a sentence."""
        name = self._versions.keep(saved, now, Kind.OLD)
        self.left(found.merged, now)
        text = f"an old buffer was saved ({stamp(found.ancestor.time)}): {found.undone} changes put back"
        text += f"; it is kept: mdorch history --restore {short(name)}"
        data = {"version": name, "ancestor": found.ancestor.name, "lost": list(found.lost)}
        with self._journal.batch():
            self._journal.note(now, "repair", text=text, data=data)
            note(self._journal, disputed(reading, found.clashes, now))
        return text

    def _left_before(self) -> bytes | None:
        left = self._journal.get(LEFT)
        known = (v.data for v in self._versions.newest() if digest(v.data) == left) if left else iter(())
        return next(known, None)
