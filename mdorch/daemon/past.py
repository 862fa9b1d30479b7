"""What the page was before: how it was last believed or left, its kept versions, and old buffers undone.

The page as it was left is known by its digest in the journal, so that the next daemon can tell what others
did meanwhile. What stands on the page after a crash may be the very write that was under way, or a save based
on it, and must not be taken for somebody's wish: the redo record tells what that write made. A repair leaves
the digest alone: until it is on the page, an old buffer is not to be believed, whoever looks.

Every version that stood on the page may be in somebody's editor. So the door to the page tells of those,
too, that no pass has read: what was saved between a look and a write, or where late saves were merged in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import inf

from mdorch.board.read import read
from mdorch.daemon.cleared import UNWATCHED
from mdorch.daemon.stale import Repair, repair
from mdorch.daemon.state import LEFT
from mdorch.desk.disputes import disputed, note
from mdorch.desk.propose import COMMANDED
from mdorch.page.diff import edits
from mdorch.plan.draft import stamp
from mdorch.world.journal import Journal
from mdorch.world.redo import digest, redone
from mdorch.world.versions import Kept, Kind, Versions


class Past:
    """`last` is the page as it was last believed or left; None where that is not known.

    The witness of the page's door. `clock` gives epoch seconds; `doubts` says of a page whether it must be
    looked at in peace; `unwatched` for how many seconds it may have been saved more than once, since it was
    read at a time, without our knowing.
    """

    def __init__(
        self,
        journal: Journal,
        versions: Versions,
        clock: Callable[[], float],
        doubts: Callable[[bytes], bool],
        unwatched: Callable[[float], float],
    ) -> None:
        self._journal = journal
        self._versions = versions
        self._clock = clock
        self._doubts = doubts
        self._unwatched = unwatched
        self._waiting: list[tuple[bytes, float, Kind]] = []  # versions that are still to be kept
        self._verdict: tuple[bytes, bytes, Repair | None] | None = None  # on a save over a version
        self._commanded = ""  # digest of the page that a command asked for, if that was taken up
        self._told = b""  # the late save that was put right last
        self._under_way = journal.pending()  # writes of which nobody knows how far they came
        self._met = 0.0  # when the page was last found, or left, to be `last`
        self.last = self._left_before()

    def keep(self) -> None:
        """Keep the versions that were believed since."""
        for data, time, kind in self._waiting:
            self._versions.keep(data, time, kind)
        self._waiting.clear()

    def doubted(self, data: bytes) -> None:
        """The page is held as it is: it is kept like any other, and believed never."""
        self.keep()
        self._versions.keep(data, self._clock(), Kind.DOUBTFUL)

    def believe(self, data: bytes, saved: float = inf) -> Repair | None:
        """Take up what somebody saved, unless it is an old buffer: then what is to be done about it.

        `saved` is when, in epoch seconds; later than now counts as now.
        """
        if data == self.last and not self._under_way:
            self._met = self._clock()
            return None
        found = self._taken(data, saved)
        if found is None:
            self._is_left()
        return found

    def repaired(self, saved: bytes, found: Repair) -> str:
        """The repair is on the page: write down what it did. Gives it as a sentence."""
        now, name = self._clock(), digest(saved)
        text = f"an old buffer was saved ({stamp(found.ancestor.time)}): {found.undone} changes put back"
        text += f"; it is kept: mdorch history --restore {name[:8]}"
        data = {"version": name[:16], "ancestor": found.ancestor.name, "lost": list(found.lost)}
        with self._journal.batch():
            self._journal.note(now, "repair", text=text, data=data)
            note(self._journal, disputed(read(found.merged), found.clashes, now))
        return text

    # as the witness of the door

    def believes(self, page: bytes) -> bool:
        if page == self.last:
            return True
        return not (self._doubts(page) or self.believe(page))

    def read_as(self, base: bytes, saved: bytes) -> bytes:
        found = self._judged(base, saved)
        if found is None:
            return saved
        if saved != self._told:
            self._told = saved
            self._versions.keep(saved, self._clock(), Kind.DOUBTFUL)  # it never stood on the page as it is
            self.repaired(saved, found)
        return found.merged

    def recovered(self, page: bytes) -> None:
        self._find_out(page)
        if self._waiting:
            self._is_left()

    def replaced(self, before: Sequence[bytes], now: bytes) -> None:
        for data in before:
            if data != self.last and self._taken(data) is not None:
                self._waiting.append((data, self._clock(), Kind.OLD))
        self._ours(now)
        self._is_left()

    def _ours(self, data: bytes) -> None:
        self._is_now(data, Kind.OURS)

    def _is_now(self, data: bytes, kind: Kind, saved: float = inf) -> None:
        self._met = self._clock()
        self._waiting.append((data, min(saved, self._met), kind))
        self.last = data

    def _taken(self, data: bytes, saved: float = inf) -> Repair | None:
        """As `believe`, without leaving it so."""
        self._find_out(data)
        if data == self.last:
            return None
        commanded = self._journal.get(COMMANDED) == digest(data)
        found = None if self.last is None or commanded else self._judged(self.last, data)
        if found is not None and found.merged == data:  # nothing comes back, but two wrote one cell
            note(self._journal, disputed(read(data), found.clashes, self._clock()))
            found = None
        if found is None:
            self._is_now(data, Kind.OURS if commanded else Kind.SEEN, saved)
            self._commanded = digest(data) if commanded else self._commanded
        return found

    def _judged(self, last: bytes, saved: bytes) -> Repair | None:
        if self._verdict is None or self._verdict[:2] != (last, saved):
            self.keep()
            now = self._clock()
            unwatched = self._unwatched(self._met) > UNWATCHED
            self._verdict = last, saved, repair(self._since(last), last, saved, now, unwatched)
        return self._verdict[2]

    def _since(self, last: bytes) -> Iterator[Kept]:
        """The versions from this one on, newest first."""
        met = False
        for version in self._versions.newest():
            met = met or version.data == last
            if met:
                yield version

    def _is_left(self) -> None:
        self.keep()
        if self.last is None:
            return
        with self._journal.loosely(), self._journal.batch():  # synced with the claim that may follow
            self._journal.set(LEFT, digest(self.last))
            if self._commanded and self._journal.get(COMMANDED) == self._commanded:
                self._journal.set(COMMANDED, "")  # the same page once more would be an old buffer
            self._commanded = ""

    def _find_out(self, page: bytes) -> None:
        """Whether a write that a crash cut off was done: then the page is nearer to what it made."""
        records, self._under_way = self._under_way, []
        for record in records:
            last = self.last
            if last is None or page == last or digest(last) != record.before:
                continue
            made = redone(record, last)
            if made is not None and _distance(made, page) < _distance(last, page):
                self._ours(made)

    def _left_before(self) -> bytes | None:
        """The newest version that was believed. It is kept before the journal says that it was left: after a
        crash between the two it is nearer to the page than what the journal knows."""
        if not self._journal.get(LEFT):
            return None
        believed = next((v for v in self._versions.newest() if v.kind is not Kind.OLD), None)
        if believed is None:
            return None
        self._met = believed.time
        return believed.data


def _distance(one: bytes, other: bytes) -> int:
    return len(edits(one.splitlines(True), other.splitlines(True)))
