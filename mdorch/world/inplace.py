"""The first way of writing: in place, under a write lease.

Whoever opens the page meanwhile waits for us, and all of them go on at one instant when we let go: a program
that truncates it, say, beside one that reads. Nothing brings two of them together as surely as a lease that
is held for long. So it is held for as little as can be: what is written is computed before, and what was
written is synced afterwards. That costs no safety: the redo record is on the disk already.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mdorch.world.change import Change
from mdorch.world.crash import crash_point
from mdorch.world.errors import Stale
from mdorch.world.lease import Grant, Lease, held, open_page
from mdorch.world.redo import delta
from mdorch.world.version import Version, contents, dated, is_at, must_be_file, version, write_changes

_HASTY = 2  # times that a change is carried over without keeping others out meanwhile


@contextmanager
def opened(path: Path, flags: int) -> Iterator[int]:
    """The file that the path leads to. Raises OSError, also where it is no regular file."""
    fd = open_page(os.path.realpath(path), flags)
    try:
        must_be_file(fd)
        yield fd
    finally:
        os.close(fd)


def write_in_place(path: Path, change: Change) -> Version | Grant | None:
    """Compare and write. A Grant says why it must be tried again, or otherwise; None: in this very moment
    somebody renamed another file over the page, and ours has no name any more. Raises Stale, OSError."""
    with opened(path, os.O_RDWR) as fd:
        written = _put(path, fd, change)
        if not isinstance(written, os.stat_result):
            return written
        try:
            os.fsync(fd)
        except OSError:
            _take_back(fd, change)
            raise
        return dated(change.new, written)


def _put(path: Path, fd: int, change: Change) -> os.stat_result | Grant | None:
    """Under the lease: nobody else reads or writes from the comparison to the last byte.

    A change that was carried over in vain before is carried over here: whoever wants to save waits so long,
    and it gets through however often that is.
    """
    prepared = change.old, delta(change.old, change.new)
    with held(fd, write=True) as lease:
        if not isinstance(lease, Lease):
            return lease
        crash_point("page.leased")
        now = contents(fd)
        if change.tries >= _HASTY:
            change.fit(version(now, fd))
        if not is_at(path, fd) or not lease.certain():
            return Grant.INSIDE  # somebody renamed another file here: look at that one
        if now != change.old:
            raise Stale(path, version(now, fd))
        if change.new != change.old:
            write_changes(fd, *(prepared[1] if prepared[0] is change.old else delta(change.old, change.new)))
            crash_point("page.written")
        return os.fstat(fd) if is_at(path, fd) else None


def _take_back(fd: int, change: Change) -> None:
    """What could not be synced is as if it had not been written, unless somebody has saved since."""
    with held(fd, write=True) as lease:
        if isinstance(lease, Lease) and contents(fd) == change.new:
            write_changes(fd, *delta(change.new, change.old))
