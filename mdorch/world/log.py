"""The log of a daemon that runs for months: bounded, and safe for readers that follow it by name.

When the file has grown to its bound it is renamed (`daemon.log.1`, `.2`, …, the oldest is let go) and a new
one begun: `tail -F` reads the old one to its end and goes on with the new. The process itself prints into the
log (its standard output and error lead there, so that what nobody expected is in it, too), so both are turned
to the new file. A disk that is full costs lines, never the daemon; a log that was deleted is begun again.
"""

from __future__ import annotations

import io
import os
from contextlib import suppress
from pathlib import Path

SIZE = 1_000_000  # bytes
KEPT = 3  # old files
_STREAMS = (1, 2)


class Log(io.RawIOBase):
    """What is written goes to the end of the file; each write is one or more whole lines."""

    def __init__(self, path: Path, size: int = SIZE, kept: int = KEPT) -> None:
        super().__init__()
        self._path = path
        self._size = size
        self._kept = kept
        self._open()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        """Never fails: what cannot be written is lost."""
        lines = bytes(data)  # type: ignore[call-overload]  # any buffer
        with suppress(OSError):
            self._turn()
        with suppress(OSError):  # to the old one, wherever it is now
            os.write(_STREAMS[0], lines)
        return len(lines)

    def _turn(self) -> None:
        """Begin a new file where this one is full, or has been taken away."""
        here = os.fstat(_STREAMS[0])
        try:
            named = os.stat(self._path)
        except FileNotFoundError:
            self._open()
            return
        if (here.st_dev, here.st_ino) != (named.st_dev, named.st_ino):
            self._open()
        elif here.st_size >= self._size:
            for number in range(self._kept, 0, -1):
                with suppress(FileNotFoundError):
                    os.rename(self._old(number - 1), self._old(number))
            self._open()

    def _old(self, number: int) -> str:
        return f"{self._path}.{number}" if number else str(self._path)

    def _open(self) -> None:
        fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        for stream in _STREAMS:
            os.dup2(fd, stream)
        os.close(fd)
