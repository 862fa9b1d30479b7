"""One change of the page on its way to the disk, and how it follows a page that others save meanwhile.

Who compares, and throws the whole plan away when the page is not as it was, never gets through to a page
that is saved a hundred times a second. Nearly all of those saves touch nothing that the change relies on,
and whoever wants it written can tell: `carry` makes of the bytes that are there now those that should be,
or says that it must be decided anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mdorch.world.errors import Stale
from mdorch.world.redo import RedoLog
from mdorch.world.version import Version

Carry = Callable[[bytes], bytes | None]


class Change:
    """From `old` to `new`, with its redo record, durable before the first byte is written.

    `tries` counts how often it was carried over. `unseen` are versions that took the place of `old` in the
    very moment, and were displaced in its stead; `missed` counts how often that was found out in time.
    """

    def __init__(
        self, path: Path, old: bytes, new: bytes, carry: Carry | None = None, redo: RedoLog | None = None
    ) -> None:
        self.old = old
        self.new = new
        self.tries = 0
        self.record = 0
        self.unseen: list[bytes] = []
        self.missed = 0
        self._path = path
        self._carry = carry
        self._redo = redo

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """While it is being written there is a redo record; afterwards it is on the page, or will not be."""
        self._begin()
        try:
            yield
        finally:
            self._done()

    def _begin(self) -> None:
        if self._redo is not None and self.new != self.old:
            self.record = self._redo.begin(self.old, self.new)

    def _done(self) -> None:
        if self._redo is not None and self.record:
            self._redo.done(self.record)
            self.record = 0

    def fit(self, now: Version) -> None:
        """Make it a change of the page as it is now. Raises Stale where that must be decided anew."""
        if now.data == self.old:
            return
        new = self._carry(now.data) if self._carry is not None else None
        if new is None:
            raise Stale(self._path, now)
        self.tries += 1
        self._done()
        self.old, self.new = now.data, new
        self._begin()
