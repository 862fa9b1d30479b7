"""Leases: real mutual exclusion with programs that know nothing of us (Linux).

A write lease is granted only while nobody else has the file open, and whoever opens it afterwards waits
inside `open()` until we let go. A read lease is refused while anybody has it open for writing: bytes read
under one are never half of a save. Both work on files of our own user, on local file systems.

The kernel tells a holder by a signal that somebody waits. By default that is SIGIO, which kills, and which
agents would inherit as ignored if we ignored it. So the signal is set to SIGURG *before* the lease is asked
for: its default is to do nothing at all, it needs no handler, no main thread, and interrupts no system call.
We do not act on it either: a lease is held for well under a second anyway, and whatever is to be written is
checked against that (`certain`) at the last moment.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from mdorch.world.clock import elapsed

_HAVE = hasattr(fcntl, "F_SETLEASE")
_SURE = 1.0  # seconds for which the kernel certainly leaves a lease to its holder (see `certain`)


class Grant(Enum):
    """What the kernel said."""

    YES = "yes"
    INSIDE = "inside"  # somebody has the file open in a way that excludes this lease
    NEVER = "never"  # not on this file: other owner, file system without leases, other system


class Lease:
    """Held until `release`. `granted` is by the clock that goes on through suspension."""

    def __init__(self, fd: int, write: bool) -> None:
        self._fd = fd
        self._kind = fcntl.F_WRLCK if write else fcntl.F_RDLCK
        self._granted = elapsed()

    def certain(self) -> bool:
        """Whether nobody can have got past the lease so far.

        The kernel breaks a lease by force `lease-break-time` (45 s) after somebody asked for the file. A
        holder that was suspended for longer would overwrite what it never read; so both must hold: hardly
        any time passed, suspension included, and the lease is ours or only just asked for.
        """
        if elapsed() - self._granted >= _SURE:
            return False
        return fcntl.fcntl(self._fd, fcntl.F_GETLEASE) == self._kind or break_time() > 5 * _SURE

    def release(self) -> None:
        fcntl.fcntl(self._fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)


def take(fd: int, write: bool) -> Grant:
    """Ask once for a lease: a write lease on a writable descriptor, a read lease on a read-only one."""
    if not _HAVE:
        return Grant.NEVER
    try:
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK if write else fcntl.F_RDLCK)
    except OSError as error:
        return Grant.INSIDE if error.errno == errno.EAGAIN else Grant.NEVER
    return Grant.YES


@contextmanager
def held(fd: int, write: bool) -> Iterator[Lease | Grant]:
    """A lease for the body of a `with`, or the reason why there is none."""
    grant = take(fd, write)
    if grant is not Grant.YES:
        yield grant
        return
    lease = Lease(fd, write)
    try:
        yield lease
    finally:
        lease.release()


def break_time() -> float:
    """Seconds after which the kernel takes a lease away from a holder that does not let go."""
    try:
        with open("/proc/sys/fs/lease-break-time", encoding="ascii") as file:
            return float(file.read())
    except (OSError, ValueError):
        return 0.0


def open_page(path: str, flags: int) -> int:
    """Open without ever hanging: on a FIFO, on a terminal, or because another process holds a lease.

    Raises BlockingIOError for the latter.
    """
    return os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
