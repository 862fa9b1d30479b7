"""The processes of a run: finding them, and signalling none but them.

The shim is a subreaper: whatever an agent starts, and however it detaches (`setsid`, `nohup`, double fork),
stays a descendant of the shim. When the shim itself is gone, its processes are known by two variables in
their environment.

Pids are used again. A process is therefore pid *and* start ticks, and a signal goes through a pidfd that is
opened first and checked afterwards: it cannot hit a stranger.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

from mdorch.world.boot import start_ticks
from mdorch.world.keeper.ready import is_ready

Process = tuple[int, int]  # pid, start ticks


def descendants(root: int) -> list[Process]:
    """All living descendants of a process, parents before children."""
    found: list[Process] = []
    waiting = [root]
    while waiting:
        for pid in _children(waiting.pop(0)):
            ticks = start_ticks(pid)
            if ticks is not None:
                found.append((pid, ticks))
                waiting.append(pid)
    return found


def marked(run: str, folder: str) -> list[Process]:
    """All processes of ours whose environment names this run of this `.mdorch` folder, this one excepted."""
    marks = {os.fsencode(f"MDORCH_RUN={run}"), os.fsencode(f"MDORCH_DIR={folder}")}
    return [process for process, environment in environments() if marks <= environment]


def environments() -> Iterator[tuple[Process, set[bytes]]]:
    """Every process whose environment can be read, this one excepted, and what stands in it. None where the
    system shows none."""
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if not name.isdigit() or int(name) == os.getpid():
            continue
        ticks = start_ticks(int(name))  # before the look, so that it cannot be that of a later process
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                environment = set(file.read().split(b"\0"))
        except OSError:
            continue
        if ticks is not None:
            yield (int(name), ticks), environment


def send(process: Process, number: int) -> bool:
    """Signal this very process; False when it is gone or not ours to signal."""
    fd = open_process(process)
    if fd is None:
        return False
    try:
        signal.pidfd_send_signal(fd, number)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def open_process(process: Process) -> int | None:
    """A pidfd of this very process; None when it is gone."""
    pid, ticks = process
    try:
        fd = os.pidfd_open(pid)
    except OSError:
        return None
    if start_ticks(pid) == ticks:
        return fd
    os.close(fd)
    return None


def is_over(pidfd: int) -> bool:
    """Whether the process behind a pidfd has ended."""
    return is_ready([pidfd], 0)


def _children(pid: int) -> list[int]:
    """Children of all threads of a process. Those that are being started right now may be missing."""
    found: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for thread in threads:
        try:
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found.extend(int(child) for child in file.read().split())
        except OSError:
            continue
    return found
