"""Who knows what the page was before, and is told what the door to it saw and wrote.

Somebody may save a buffer of any version that ever stood on the page. Most of them pass through the hands
of whoever decides; but what was saved between their look and the write, or into a version that was
displaced, is met by the door alone. So it asks what such a save is, and tells what it replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Witness(Protocol):
    def believes(self, page: bytes, /) -> bool:
        """Whether the page, which somebody saved since it was last looked at, may be written on as it is.
        If not it must be looked at first: it was made from a version before, or is no page at all."""
        ...

    def read_as(self, base: bytes, saved: bytes, /) -> bytes:
        """What a late save into `base` should have been: itself, unless it was made from a version before."""
        ...

    def recovered(self, page: bytes, /) -> None:
        """The page is whole after a crash; the records of writes that were under way go when this returns."""
        ...

    def replaced(self, before: Sequence[bytes], now: bytes) -> None:
        """`now` was written. What stood there `before` it, one after the other, is nowhere else any more.
        It must be durable when this returns, for what was folded in is nowhere else, either, afterwards.
        """
        ...


class Nobody:
    """For a door that nobody decides behind: everything is meant, and nothing is remembered."""

    def believes(self, _: bytes) -> bool:
        return True

    def read_as(self, _: bytes, saved: bytes) -> bytes:
        return saved

    def recovered(self, _: bytes) -> None:
        pass

    def replaced(self, before: Sequence[bytes], now: bytes) -> None:
        pass
