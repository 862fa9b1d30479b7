"""The one daemon of a page: a lock that names its holder.

The lock is a `flock`, so it ends with its process whatever happens, and no stale file can keep a new
daemon out. The text in the file only says who holds it, and how that daemon is; it counts for nothing while
the lock is free. It is always of one length and written in place, so that it can be told on a full disk, too.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from time import monotonic, sleep, time

from mdorch.frozen import Frozen, replace

NAME = "lock"
_ROOM = 8192  # bytes of the text
_LONGEST = 300  # characters of a part of it; each takes 12 bytes at most
_GLANCE = 0.1  # seconds: somebody who only looks (`holder`) has the lock for some microseconds
_LEGACY = 5.0  # seconds: a child that a dead holder was starting keeps the lock until it becomes its program


class Holder(Frozen):
    """Who holds the lock, and how it is. Times are seconds since the epoch.

    `passed` is when it last looked at everything, 0.0 before it did; `watch` how it learns of saves
    ("inotify" or "polling"), `watching` the same in words; `trouble` what keeps it from working, since
    `troubled`.
    """

    pid: int
    started: float
    host: str
    passed: float = 0.0
    watch: str = ""
    watching: str = ""
    trouble: str = ""
    troubled: float = 0.0


class AlreadyHeld(Exception):
    """Another daemon is at work on this page."""

    def __init__(self, holder: Holder | None) -> None:
        self.holder = holder
        who = f"process {holder.pid} on {holder.host}" if holder else "another process"
        super().__init__(f"{who} is already running on this page")


class DaemonLock:
    """Held from construction by `take` until `release`, or until this process ends."""

    def __init__(self, fd: int, path: Path) -> None:
        self._fd = fd
        self._path = path
        self._holder = Holder(os.getpid(), time(), os.uname().nodename)
        self._write()

    @classmethod
    def take(cls, folder: Path) -> DaemonLock:
        """Become the one daemon of the page whose `.mdorch` folder this is. Raises AlreadyHeld."""
        fd = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        start = monotonic()
        if not _wait_for(fd, start + _GLANCE) and not (
            _is_gone(_read_holder(fd)) and _wait_for(fd, start + _LEGACY)
        ):
            who = _read_holder(fd)
            os.close(fd)
            raise AlreadyHeld(who)
        try:
            return cls(fd, folder / NAME)
        except OSError:
            os.close(fd)
            raise

    def again(self) -> DaemonLock:
        """The same daemon's lock on a file that can be found, after somebody deleted that of this one, which
        is let go. Raises AlreadyHeld where another one was faster."""
        lock = DaemonLock.take(self._path.parent)
        lock.tell(**asdict(self._holder))
        self.release()
        return lock

    @property
    def is_there(self) -> bool:
        """Whether the file is still to be found, so that it keeps others out."""
        try:
            ours, theirs = os.fstat(self._fd), os.stat(self._path)
        except OSError:
            return False
        return (ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino)

    def tell(self, **how: float | str) -> None:
        """Say how this daemon is, by the fields of `Holder`. Best effort."""
        new = replace(self._holder, **how)
        if new != self._holder:
            self._holder = new
            with suppress(OSError):
                self._write()

    def _write(self) -> None:
        fields = {k: v[:_LONGEST] if isinstance(v, str) else v for k, v in asdict(self._holder).items()}
        os.pwrite(self._fd, json.dumps(fields).encode()[: _ROOM - 1].ljust(_ROOM - 1) + b"\n", 0)

    def release(self) -> None:
        """Let go; twice is once. The file stays: taking it away would let two daemons in."""
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = -1


def holder(folder: Path) -> Holder | None:
    """Who runs the daemon of this page; None when nobody does."""
    try:
        fd = os.open(folder / NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if _free(fd):
            return None
        who = _read_holder(fd)
        return None if _is_gone(who) else who or Holder(0, 0.0, "")
    finally:
        os.close(fd)


def _free(fd: int) -> bool:
    """Whether nobody holds the lock. A shared lock for an instant: two that look do not see each other."""
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(fd, fcntl.LOCK_UN)
    return True


def _is_gone(who: Holder | None) -> bool:
    """Whether the holder that the file names has died, as far as this machine can tell."""
    if who is None or who.host != os.uname().nodename:
        return False
    try:
        os.kill(who.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


def _read_holder(fd: int) -> Holder | None:
    for _ in range(3):  # it may be being written right now
        try:
            found = json.loads(os.pread(fd, 2 * _ROOM, 0))
            return Holder(**{name: found[name] for name in Holder.__slots__ if name in found})
        except (ValueError, TypeError):
            continue
    return None


@contextmanager
def turn(path: Path, patience: float) -> Iterator[bool]:
    """Hold the lock file `path` for a moment, waiting at most `patience` seconds.

    Gives True when it was had; False when time ran out or the folder is not there: taking turns is a
    courtesy among ourselves (it saves retries), not what keeps edits safe.
    """
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError:
        yield False
        return
    try:
        yield _wait_for(fd, monotonic() + patience)
    finally:
        os.close(fd)


def _wait_for(fd: int, until: float) -> bool:
    pause = 0.0005
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() >= until:
                return False
            sleep(pause)
            pause = min(pause * 1.5, 0.01)
        else:
            return True
