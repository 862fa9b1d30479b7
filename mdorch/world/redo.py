"""The redo record: what makes a write in place safe against a crash in its middle.

The record holds everything from the first changed byte on, before and after, and is synced before the
first byte is written. A write that a kill cut off leaves the new bytes up to some block and the old ones
behind it; one that a power failure cut off leaves any mixture of blocks. Both are told from a person's
edit by three signs: every block is one of the two sides', the file was last changed within seconds of the
record, and (for a kill) the new blocks come first. Only then is the write finished.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import Protocol

from mdorch.frozen import Frozen
from mdorch.world.boot import boot_id

BLOCK = 512  # bytes: no storage tears smaller pieces
MOMENT = 5.0  # seconds between a record and the last change that its write can have made


class Redo(Frozen):
    """One write that may not have been finished. `old` and `new` run from `offset` to the last change."""

    id: int
    time: float  # seconds since the epoch
    before: str  # sha256 of the whole page, hexadecimal
    after: str
    offset: int
    old: bytes
    new: bytes
    boot: str = ""  # boot id of the machine when it was written


class RedoLog(Protocol):
    """Where redo records are kept; the journal is one."""

    def begin(self, before: bytes, after: bytes) -> int:
        """Record, durably, that the page is about to change from `before` to `after`."""
        ...

    def done(self, record: int) -> None:
        """Forget the record: its write was finished, or never touched the page."""
        ...

    def pending(self) -> list[Redo]:
        """Records whose end is not known, oldest first."""
        ...


@lru_cache(maxsize=4)
def digest(data: bytes) -> str:
    """The sha256 of a page in hexadecimal. One pass asks for those of the same few versions many times."""
    return sha256(data).hexdigest()


def delta(before: bytes, after: bytes) -> tuple[int, bytes, bytes]:
    """The offset of the first change, and both sides from there to the last one in place."""
    start = _common_prefix(before, after)
    if len(before) != len(after):
        return start, before[start:], after[start:]
    stop = len(after) - _common_prefix(before[start:][::-1], after[start:][::-1])
    return start, before[start:stop], after[start:stop]


def _common_prefix(a: bytes, b: bytes) -> int:
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def finish(record: Redo, page: bytes, mtime: float) -> bytes | None:
    """The page as the record's write would have left it; None when `page` is not its torn remains.

    `mtime` is when the page was last changed, in seconds since the epoch.
    """
    if not -MOMENT <= mtime - record.time <= MOMENT:
        return None
    torn, whole = _parts(record, page)
    if torn == record.new or digest(whole) != record.after:
        return None
    return whole if _is_torn(torn, record) else None


def redone(record: Redo, before: bytes) -> bytes | None:
    """What the record's write was to make of the page `before` it; None where it was another page."""
    _, whole = _parts(record, before)
    return whole if digest(whole) == record.after else None


def _parts(record: Redo, page: bytes) -> tuple[bytes, bytes]:
    """The part of the page that the record changes, and the page with that changed."""
    head, part, rest = page[: record.offset], page[record.offset :], b""
    if len(record.old) == len(record.new):
        part, rest = part[: len(record.old)], part[len(record.old) :]
    return part, head + record.new + rest


def _is_torn(torn: bytes, record: Redo) -> bool:
    if torn == record.old:
        return False
    if not min(len(record.old), len(record.new)) <= len(torn) <= max(len(record.old), len(record.new)):
        return False
    by_kill = record.boot == boot_id()
    turned = False  # from the first block that is old and not new on
    for start, stop in _pieces(record, len(torn)):
        piece = torn[start:stop]
        is_new = piece == record.new[start:stop]
        is_old = piece == record.old[start:stop]
        if not (is_new or is_old) or (by_kill and turned and not is_old):
            return False
        turned = turned or not is_new
    return True


def _pieces(record: Redo, length: int) -> Iterable[tuple[int, int]]:
    """Where `length` bytes from the record's offset on can be torn: at blocks, and at the end of `new`,
    behind which the old bytes stand until the file is cut."""
    cuts = {0, *range(BLOCK - record.offset % BLOCK, length, BLOCK), min(len(record.new), length), length}
    return pairwise(sorted(cuts))
