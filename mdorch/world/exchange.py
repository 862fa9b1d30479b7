"""The second way of writing: exchange the page with a new file, and drain what was displaced.

`RENAME_EXCHANGE` swaps two names in one step, so nobody ever finds the path missing. But whoever had the old
file open still writes into it (`>>`, or an editor that truncates and writes), and somebody may have renamed
another file over the page a moment before. So what came out is kept, beside the bytes that we planned from:

    exchange/<time>-<pid>.<inode of the draft>/  base   what the page was to be
                                                 page   the draft; once exchanged, what was displaced
                                                 ours   what was drafted, not synced: a help in merging

`late` tells which displaced files are not what was planned from (any more): saves to be merged into the
page. A file that somebody still has open for writing, or that is younger than a few seconds, is looked at
again; nothing is taken away before. All of it is on the disk before the names are exchanged, so it holds
after a crash too, for whoever comes next.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from mdorch.frozen import Frozen
from mdorch.page.merge import Merged, merge
from mdorch.world.change import Change
from mdorch.world.crash import crash_point
from mdorch.world.lease import Grant, Lease, held, open_page
from mdorch.world.version import Version, contents, is_at, version

KEEP = 3.0  # seconds for which a displaced file is watched: who opened it before may still write
OPEN = 60.0  # the same where somebody is known to have it open for writing, and has not written yet
_EXCHANGE = 2  # RENAME_EXCHANGE of linux/fs.h, RENAME_SWAP of sys/stdio.h: the same number
_AT_FDCWD = -100
_HASTY = 5  # times that a draft is thrown away because the page is another file by then
_FRESH = 0.1  # seconds in which somebody may be inside who has not written yet
_QUIET = 0.3  # seconds without a change, before a page that cannot be leased is believed to be whole


def exchange_names(one: str | Path, other: str | Path) -> None:
    """Swap what two paths lead to, in one step. Raises OSError; nothing is changed then."""
    error = _call()(os.fsencode(one), os.fsencode(other))
    if error:
        raise OSError(error, os.strerror(error))


@cache
def _call() -> Callable[[bytes, bytes], int]:
    """The system call: it gives 0, or the number of an error."""
    import ctypes  # here, and `shutil` below, for those who never exchange anything

    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin":
        swap = library.renamex_np
        swap.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint)
        return lambda one, other: swap(one, other, _EXCHANGE) and ctypes.get_errno()
    rename = library.renameat2
    rename.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    return lambda one, other: rename(_AT_FDCWD, one, _AT_FDCWD, other, _EXCHANGE) and ctypes.get_errno()


def read_unleased(fd: int) -> Version | None:
    """The page where no lease is to be had: believed when it was left alone for a while.

    Weaker than a lease (a writer may pause for longer), and the most there is.
    """
    before = os.fstat(fd)
    data = contents(fd)
    time.sleep(_QUIET)
    after = os.fstat(fd)
    same = (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    return version(data, fd) if same and len(data) == after.st_size else None


class Displaced(Frozen):
    """A file that was the page. `data` is None while somebody has it open for writing; `ours` is what took
    its place, None where that is not known; `mtime` when it was last saved, in seconds since the epoch."""

    place: Path
    base: bytes
    data: bytes | None
    ours: bytes | None = None
    mtime: float = 0.0

    @property
    def is_late(self) -> bool:
        """Whether it holds somebody's save. An empty one is an editor's first half, never a wish."""
        return bool(self.data) and self.data != self.base

    def merged_into(self, page: bytes, mtime: float, saved: bytes) -> Merged:
        """The page with its save, which is to be read as `saved`; of two saves of one thing the later one
        stands. `mtime` is the page's."""
        if self.ours is None:
            return merge(self.base, page, saved)
        late = merge(self.base, self.ours, saved).data  # what our write would have made of this save
        earlier, later = (late, page) if mtime > self.mtime else (page, late)
        return merge(self.ours, earlier, later)

    def folded(self, page: bytes) -> None:
        """Its save is on the page, which is this now: only what changes after it counts from now on."""
        _write_quickly(self.place / "ours", page)
        _write(self.place / "base.new", self.data or b"")
        os.rename(self.place / "base.new", self.place / "base")


class Exchange:
    """Exchanges one page. `page` is its resolved path; `folder` the `.mdorch`, where there is one.

    To be used by one process at a time, as `PageFile` sees to where there is a folder.
    """

    def __init__(self, page: Path, folder: Path | None) -> None:
        self._page = page
        self._room = page.with_name(f".{page.name}.mdorch")
        self.is_inside = False  # whether what it displaces is kept in the folder; it may come to be later
        if folder and _on_one_system(folder, page.parent):  # names are exchanged within one file system alone
            self._room, self.is_inside = folder / "exchange", True

    @property
    def is_open(self) -> bool:
        """Whether anything displaced is still kept."""
        return self._room.is_dir()

    def swap(self, change: Change) -> Version | None:
        """Put a new file in the place of the page; whoever wants to write that waits meanwhile, in `open()`,
        and then writes into what was displaced.

        None, and nothing changed: somebody is inside. Raises Stale, OSError.
        """
        fd = open_page(str(self._page), os.O_RDONLY)
        try:
            with held(fd, write=False) as lease:
                now = self._whole(fd, lease)
                if now is None:
                    return None
                change.fit(now)
                if change.new == now.data:
                    return now
                return self._put(change, fd, lambda: self._is_certain(fd, lease, change.old))
        finally:
            os.close(fd)

    def _put(self, change: Change, fd: int, is_certain: Callable[[], bool]) -> Version | None:
        """Make the draft, and exchange it for the page, which is open as `fd`.

        If somebody renamed another file over the page meanwhile, that is looked at first; but not time and
        again, else a page that is saved so all the time could never be written. Then it is that one which is
        displaced, and merged in like any late save.
        """
        place = self._room / f"{time.time_ns()}-{os.getpid()}"
        place.mkdir(parents=True)
        try:
            made = _write(place / "page", change.new, like=self._page)
            _write(place / "base", change.old)
            _write_quickly(place / "ours", change.new)
            whole = place.with_name(f"{place.name}.{made.inode}")
            place = place.rename(whole)
            crash_point("exchange.drafted")
            if not is_certain():
                return None
            if not is_at(self._page, fd) and change.missed < _HASTY:
                change.missed += 1
                return None
            exchange_names(place / "page", self._page)
            crash_point("exchange.swapped")
            if not is_at(place / "page", fd) and (unseen := _displaced(place)) and unseen.data:
                change.unseen.append(unseen.data)
            return made
        finally:
            with suppress(OSError):
                self._clear_unswapped(place)
                self._room.rmdir()

    def _whole(self, fd: int, lease: Lease | Grant) -> Version | None:
        """The page behind `fd`; None while somebody is inside, or when it has another name by now."""
        if lease is Grant.INSIDE or not is_at(self._page, fd):
            return None
        return version(contents(fd), fd) if isinstance(lease, Lease) else read_unleased(fd)

    def _is_certain(self, fd: int, lease: Lease | Grant, expected: bytes) -> bool:
        """Whether nobody wrote to what was read from `fd`: the lease says so, or one more look."""
        return lease.certain() if isinstance(lease, Lease) else contents(fd) == expected

    def look(self) -> list[Displaced]:
        """Displaced files with a late save, or that somebody has open; old ones are taken away."""
        found: list[Displaced] = []
        for place in sorted(self._room.iterdir()) if self.is_open else ():
            if self._clear_unswapped(place):
                continue
            age = _age(place)
            is_quiet = _FRESH < age <= KEEP or age > OPEN  # else: is anybody inside, before it is taken away?
            displaced = None if is_quiet and _is_untouched(place) else _displaced(place)
            if displaced is not None and (displaced.data is None or displaced.is_late):
                found.append(displaced)
            elif age > KEEP:
                _remove(place)
        with suppress(OSError):
            self._room.rmdir()
        return found

    def _clear_unswapped(self, place: Path) -> bool:
        """Take away what was only prepared: the draft is still there itself, or not even whole."""
        try:
            swapped = os.stat(place / "page").st_ino != int(place.name.partition(".")[2])
        except (OSError, ValueError):
            swapped = False
        if not swapped:
            _remove(place)
        return not swapped


def _on_one_system(folder: Path, other: Path) -> bool:
    try:
        return os.stat(folder).st_dev == os.stat(other).st_dev
    except OSError:
        return False


def _is_untouched(place: Path) -> bool:
    """Whether what was displaced has not been written since: known without opening it."""
    page, base = os.stat(place / "page"), os.stat(place / "base")
    return page.st_mtime_ns < base.st_mtime_ns and page.st_size == base.st_size


def _displaced(place: Path) -> Displaced | None:
    base = (place / "base").read_bytes()
    try:
        fd = open_page(str(place / "page"), os.O_RDONLY)
    except OSError:
        return None
    try:
        with held(fd, write=False) as lease:
            data = contents(fd)
            mtime = os.fstat(fd).st_mtime
            unsure = lease is Grant.NEVER and data != base and time.time() - mtime < _QUIET
            whole = None if unsure or lease is Grant.INSIDE else data
            return Displaced(place, base, whole, _ours(place), mtime)
    finally:
        os.close(fd)


def _ours(place: Path) -> bytes | None:
    """What took its place; None where a power failure took that away."""
    with suppress(OSError):
        return (place / "ours").read_bytes() or None
    return None


def _age(place: Path) -> float:
    """Seconds since it was displaced, or last written."""
    changed = max(os.stat(place / "page").st_mtime, os.stat(place).st_mtime)
    return abs(time.time() - changed)


def _write_quickly(path: Path, data: bytes) -> None:
    """Whole or not at all, as far as this process goes; not durable."""
    draft = path.with_name(f"{path.name}.new")
    draft.write_bytes(data)
    os.rename(draft, path)


def _remove(place: Path) -> None:
    import shutil

    shutil.rmtree(place, ignore_errors=True)


def _write(path: Path, data: bytes, like: Path | None = None) -> Version:
    """A new, durable file, with the mode, owner and attributes of another one."""
    import shutil

    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        if like is not None:
            shutil.copystat(like, path)
            os.utime(path)
            owner = os.stat(like)
            if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
                with suppress(PermissionError):
                    os.chown(path, owner.st_uid, owner.st_gid)
                    os.chmod(path, owner.st_mode & 0o7777)  # chown takes some bits away
        os.fsync(file.fileno())
        return version(data, file.fileno())
