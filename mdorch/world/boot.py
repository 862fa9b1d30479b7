"""Which process is which: pid, start ticks and boot id together name a process once and for all."""

from __future__ import annotations

import os
from functools import cache


@cache
def boot_id() -> str:
    """This start of the machine. Empty where the system does not say. Raises OSError where that cannot be
    told just now; what is told is remembered."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except (FileNotFoundError, PermissionError):
        return ""


def start_ticks(pid: int) -> int | None:
    """When the process started, in clock ticks since boot; None when there is no such process."""
    try:
        fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # The name, in parentheses, may hold anything; the 20th field behind it is `starttime`.
        return int(os.read(fd, 4096).rpartition(b")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return None
    finally:
        os.close(fd)


def process_state(pid: int) -> str:
    """The letter that the kernel has for what a process does (`S` sleeps, `T` is stopped, `D` waits for a
    disk; see proc(5)); "" where nobody says."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read(4096).rpartition(b")")[2].split()[0].decode("ascii", "replace")
    except (OSError, IndexError):
        return ""
