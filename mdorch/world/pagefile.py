"""The page: reading it whole, and changing it only from what was read.

Everybody writes this file, in every style: editors truncate it or rename over it, agents append, git
unlinks and creates it. None of them knows of us, so a lock of ours means nothing to them, and "look, then
write" loses most of what they save in between. What holds is the kernel's leases (see `lease`):

* `read` returns bytes read under a read lease, never half of somebody's save. Two equal reads would prove
  nothing: a writer may pause in the middle for as long as it likes.
* `replace` compares and writes under one write lease, in place (see `inplace`): the inode, its links, mode,
  owner, attributes and everybody's watches stay, and only the changed bytes are written. A redo record,
  synced before the lease is taken, lets `recover` finish a write that a crash cut off.

Where a write lease is not to be had (a reader that keeps the file open, a file of another user, another
system) the page is exchanged as a whole instead (see `exchange`). Whoever finds the page missing waits a
while before believing it: saving by vim, or by git, unlinks it for a moment.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, TypeVar

from mdorch.frozen import Frozen
from mdorch.world import probe
from mdorch.world.change import Carry, Change
from mdorch.world.crash import crash_point
from mdorch.world.errors import PageBusy, PageError, PageMissing, PageUnreadable, PageUnwritable, Stale
from mdorch.world.exchange import Displaced, Exchange, read_unleased
from mdorch.world.inplace import opened, write_in_place
from mdorch.world.lease import Grant, held
from mdorch.world.lock import turn
from mdorch.world.patience import Patience
from mdorch.world.readers import Readers
from mdorch.world.redo import RedoLog, finish
from mdorch.world.version import Version, contents, dated, is_at
from mdorch.world.witness import Nobody, Witness

if TYPE_CHECKING:
    from mdorch.page.merge import Merged

T = TypeVar("T")
_INSIDE = 0.05  # seconds given to somebody who writes into what was displaced


class Recovery(Frozen):
    """A write that a crash had cut off was finished. `torn` is what the page held until then."""

    torn: bytes
    version: Version


class PageFile:
    """The door to one page. Any number of processes may use it at once."""

    def __init__(
        self,
        path: Path,
        redo: RedoLog | None = None,
        folder: Path | None = None,
        way: str = "",
        clashed: Callable[[Merged], None] | None = None,
        witness: Witness | None = None,
    ) -> None:
        """`redo` keeps redo records; `folder` (the `.mdorch`) is where our own processes take turns.

        `way` is "lease" or "exchange" to write that way alone; else leases while they can be had.
        `clashed` is told of merges in which something gave way, before they are on the page. `witness` is
        asked about saves that nobody else saw.
        """
        self.path = path
        self._redo = redo
        self._folder = folder
        self._way = way
        self._clashed = clashed
        self._witness = witness or Nobody()
        self._choice: probe.Choice | None = None
        self._exchanged: tuple[str, Exchange] | None = None  # for the file that the path led to
        self._readers = Readers(path)

    @property
    def way(self) -> str:
        """How the page is written: "lease" or "exchange"; "none" where neither is safe."""
        return self._way or self._probed().way

    def explain(self) -> str:
        """One line on the way of writing and why it was chosen."""
        return self._probed().reason

    def read(self, patience: float = 2.0) -> Version:
        """The page as it is, waiting up to `patience` seconds for writers to finish.

        Raises PageMissing, PageUnreadable, PageBusy.
        """
        try:
            return self._wait_for(self._try_read, Patience(patience))
        except OSError as error:
            raise PageUnreadable(self.path, _words(error)) from None

    def replace(
        self, expected: bytes, new: bytes, patience: float = 2.0, carry: Carry | None = None
    ) -> Version:
        """Write `new` if the page still is `expected`, and return what it is then.

        Where it is not, `carry` makes of the bytes that are there those to be written instead; None from it,
        or no `carry` at all: Stale. It is quick, and does nothing else: the page may be locked meanwhile.

        What is returned is what was written, durably, or (by exchange alone) that merged with what somebody
        saved into the version that was displaced. Raises Stale (with the current version), PageMissing,
        PageBusy, PageUnreadable, PageUnwritable; after each of these the page holds nothing of `new`, unless
        somebody renamed another file over it in the very moment, who may have read it.
        """
        waiting = Patience(patience)
        with self._turn(waiting):
            change = Change(self.path, expected, new, carry, self._redo)
            with change.recorded():
                crash_point("page.recorded")
                self._recover(waiting, but=change.record)
                with suppress(Stale):  # somebody saved: that may be written on, or must be looked at
                    self._fold(waiting)
                written = self._write(change, waiting)
                self._tell(change)
            with suppress(PageError):  # what cannot be folded in now is kept, and folded in by the next
                return self._fold(waiting) or written
        return written

    def recover(self, patience: float = 2.0) -> Recovery | None:
        """Finish a write that a crash cut off in its middle, if the page holds its torn remains."""
        waiting = Patience(patience)
        with self._turn(waiting):
            return self._recover(waiting)

    def settle(self, patience: float = 2.0) -> bool:
        """Merge saves into the page that went into a displaced version; whether there were any.

        To be called again while `unsettled`. Raises as `replace` does: Stale where the page must be looked
        at before.
        """
        waiting = Patience(patience)
        with self._turn(waiting):
            return self._fold(waiting) is not None

    @property
    def unsettled(self) -> bool:
        """Whether a version displaced by exchange is still watched, for some seconds, for late saves."""
        return self._exchange().is_open

    def _probed(self) -> probe.Choice:
        if self._choice is None:
            self._choice = probe.choose(Path(os.path.realpath(self.path)))
        return self._choice

    @contextmanager
    def _turn(self, waiting: Patience) -> Iterator[None]:
        """Take turns with our own processes: fewer retries, and one redo record at a time."""
        if self._folder is None or not self._folder.is_dir():
            yield
            return
        with turn(self._folder / "page.lock", waiting.left()) as had:
            if not had:
                raise PageBusy(self.path, "another mdorch process is writing it")
            yield

    def _wait_for(self, attempt: Callable[[], T | None], waiting: Patience) -> T:
        """Try until it gives a value, or patience ends. OSErrors that waiting does not cure get through."""
        while True:
            problem: Exception = PageBusy(self.path, "another program has it open for writing")
            try:
                result = attempt()
            except FileNotFoundError:
                problem = PageMissing(self.path, "there is no such file")
            except BlockingIOError:
                problem = PageBusy(self.path, "another program holds a lease on it")
            else:
                if result is not None:
                    return result
            if not waiting.more():
                raise problem

    def _try_read(self) -> Version | None:
        """One attempt; None while a writer is inside, or when the path turned to another file meanwhile."""
        with opened(self.path, os.O_RDONLY) as fd:
            with held(fd, write=False) as lease:
                if lease is Grant.INSIDE:
                    return None
                if lease is Grant.NEVER:
                    return read_unleased(fd)
                data, info = contents(fd), os.fstat(fd)
            return dated(data, info) if is_at(self.path, fd) else None

    def _write(self, change: Change, waiting: Patience) -> Version:
        """In place while a write lease can be had; by exchange where it cannot."""
        self._readers.met_anew()

        def attempt() -> Version | None:
            try:
                if self._way == "exchange":
                    return self._write_by_exchange(change)
                written = write_in_place(self.path, change)
                if written is None:
                    raise Stale(self.path, self.read())  # theirs is the page now
                if isinstance(written, Version):
                    return written
                if written is Grant.NEVER or self._readers.stay():
                    return self._write_by_exchange(change)
            except Stale as stale:
                change.fit(stale.current)
                if not waiting.left():
                    raise
            return None

        try:
            return self._wait_for(attempt, waiting)
        except OSError as error:
            raise PageUnwritable(self.path, _words(error)) from None

    def _tell(self, change: Change) -> None:
        """It is written: what it replaced stands nowhere any more."""
        if change.new != change.old:
            self._witness.replaced((change.old, *change.unseen), change.new)

    def _write_by_exchange(self, change: Change) -> Version | None:
        if not self._probed().can_exchange:
            raise PageUnwritable(self.path, self._probed().reason)
        return self._exchange().swap(change)

    def _exchange(self) -> Exchange:
        page = os.path.realpath(self.path)
        if self._exchanged is not None and self._exchanged[0] == page:
            return self._exchanged[1]
        exchange = Exchange(Path(page), self._folder)
        self._exchanged = (page, exchange) if exchange.is_inside else None
        return exchange

    def _recover(self, waiting: Patience, but: int = 0) -> Recovery | None:
        """As `recover`, with the turn held; `but` is a record of our own whose write is still to come."""
        pending = [record for record in self._redo.pending() if record.id != but] if self._redo else []
        if not pending or self._redo is None:
            return None
        recovery = None
        current = self.read(waiting.left())
        for record in pending:
            whole = finish(record, current.data, current.mtime)
            if whole is not None:
                written = self._write(Change(self.path, current.data, whole), waiting)
                recovery = Recovery(current.data, written)
                current = written
        self._witness.recovered(current.data)
        for record in pending:
            self._redo.done(record.id)
        return recovery

    def _fold(self, waiting: Patience) -> Version | None:
        """Merge into the page what was saved into displaced versions; the page then, if it changed.

        Whoever is still inside is waited for, not for long. And what a merge displaces in its turn is left
        to the next call: on a page that is saved all the time, somebody is always waiting to write that.
        """
        exchange, folded = self._exchange(), None
        inside = Patience(min(_INSIDE, waiting.left()))
        while exchange.is_open and folded is None:
            found = exchange.look()
            for displaced in found:
                if displaced.is_late:
                    folded = self._fold_one(displaced, waiting)
                    displaced.folded(folded.data)
            if not found or not inside.more():
                break
        return folded

    def _fold_one(self, displaced: Displaced, waiting: Patience) -> Version:
        current = self.read(waiting.left())
        merged = self._merged(displaced, current.data, current.mtime)
        if merged is None:
            raise Stale(self.path, current)
        carry: Carry = lambda now: self._merged(displaced, now, time())  # noqa: E731 - saved after that look
        change = Change(self.path, current.data, merged, carry, self._redo)
        with change.recorded():
            written = self._write(change, waiting)
            self._tell(change)
        return written

    def _merged(self, displaced: Displaced, page: bytes, mtime: float) -> bytes | None:
        """The page with a late save; None where the page must be looked at first."""
        if not self._witness.believes(page):
            return None
        saved = self._witness.read_as(displaced.base, displaced.data or b"")
        merged = displaced.merged_into(page, mtime, saved)
        if merged.clashes and self._clashed is not None:
            self._clashed(merged)
        return merged.data


def _words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
