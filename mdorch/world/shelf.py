"""A file beside the page to which text is only ever appended, and which is on the disk when that returns."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from mdorch.world.crash import crash_point
from mdorch.world.folders import sync_folder


class Shelf:
    """Any number of processes, and people, may write the file at the same time: each text is one append."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, head: str, texts: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        """Append each text, unless all its parts are there already; a new file begins with `head`.

        It is durable when this returns. Raises OSError, and then nothing was appended.
        """
        try:
            there = self.path.read_bytes().decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            there = ""
        new = [text for text, parts in texts if not all(part in there for part in parts)]
        if not new:
            return
        lead = head if not there else "" if there.endswith("\n") else "\n"
        self._append((lead + "".join(new)).encode("utf-8", "surrogateescape"))
        if not there:
            sync_folder(self.path.parent)
        crash_point("shelf.kept")

    def _append(self, data: bytes) -> None:
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            size = os.fstat(fd).st_size
            try:
                written = os.write(fd, data)
                if written < len(data):
                    os.write(fd, data[written:])  # a full disk: this one says so
                os.fsync(fd)
            except OSError:
                os.ftruncate(fd, size)
                raise
        finally:
            os.close(fd)
