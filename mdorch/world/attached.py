"""Sessions that a person has open: a lock for each task, held by `mdorch attach` until the session is closed.

It ends with its holder whatever happens, so that nothing waits for a terminal that was closed. The file names
the task; one that is left over is free, and counts for nothing.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

from mdorch.world.folders import is_held
from mdorch.world.names import safe_name

NAME = "attached"  # the folder in `.mdorch/`
_GLANCE = 0.2  # seconds: somebody who only looks has the lock for some microseconds


class AlreadyOpen(Exception):
    """Somebody else has the session of this task open."""


def attached(dot: Path) -> frozenset[str]:
    """The tasks whose sessions are open, by the ids that they had then."""
    try:
        held = [path for path in (dot / NAME).iterdir() if is_held(path)]
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    return frozenset(task for path in held if (task := _text(path)))


@contextmanager
def attach(dot: Path, task: str) -> Iterator[int]:
    """Have the session of the task open, until the end of the block. Raises AlreadyOpen, OSError.

    Gives the descriptor of the lock: who inherits it has the session open even where we are killed.
    """
    path = dot / NAME / safe_name(task)
    fd = _taken(path)
    try:
        os.write(fd, task.encode("utf-8", "surrogateescape"))
        yield fd
    finally:
        with suppress(OSError):
            path.unlink()
            path.parent.rmdir()
        fcntl.flock(fd, fcntl.LOCK_UN)  # also where something in the background has inherited it
        os.close(fd)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""


def _taken(path: Path) -> int:
    until = monotonic() + _GLANCE
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except FileNotFoundError:
            continue  # the folder went in this moment
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(fd), os.stat(path)):
                os.truncate(fd, 0)
                return fd
        except FileNotFoundError:
            pass  # whoever had it took the file away
        except BlockingIOError:
            if monotonic() >= until:
                os.close(fd)
                raise AlreadyOpen(path.name) from None
            sleep(0.01)
        os.close(fd)
