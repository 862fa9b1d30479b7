"""A log that grows and is turned over (see `keeper.tap`), read on from where one stopped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 16  # bytes


class Tail:
    """What is new in a log each time one looks; first all of it, with what is left of the one before."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode = 0
        self._place = 0

    def new(self) -> Iterator[bytes]:
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return
        with file:
            if os.fstat(file.fileno()).st_ino != self._inode:
                yield from self._rest_of_the_old()
            yield from self._read(file)

    def _rest_of_the_old(self) -> Iterator[bytes]:
        try:
            file = self._path.with_name(f"{self._path.name}.1").open("rb")
        except FileNotFoundError:
            return
        with file:
            yield from self._read(file)

    def _read(self, file: BinaryIO) -> Iterator[bytes]:
        inode = os.fstat(file.fileno()).st_ino
        if inode != self._inode:
            self._inode, self._place = inode, 0
        file.seek(self._place)
        while piece := file.read(CHUNK):
            self._place += len(piece)
            yield piece
