"""A `Version`: the page at one moment, and how it is got from an open file."""

from __future__ import annotations

import os
import stat
from errno import EINVAL, EISDIR
from pathlib import Path

from mdorch.frozen import Frozen
from mdorch.world.redo import digest


class Version(Frozen):
    """The page at one moment. `digest` is the sha256 of `data`; `mtime` is seconds since the epoch."""

    data: bytes
    digest: str
    mtime: float
    inode: int


def version(data: bytes, fd: int) -> Version:
    """The version that holds `data`, with the times and the inode of the file behind `fd`."""
    return dated(data, os.fstat(fd))


def dated(data: bytes, info: os.stat_result) -> Version:
    return Version(data, digest(data), info.st_mtime, info.st_ino)


def contents(fd: int) -> bytes:
    """All bytes of an open file."""
    size = os.fstat(fd).st_size
    pieces, place = [], 0
    while piece := os.pread(fd, max(size - place, 0) + 1, place):
        pieces.append(piece)
        place += len(piece)
    return b"".join(pieces)


def is_at(path: Path, fd: int) -> bool:
    """Whether the path leads to this open file now."""
    try:
        there, here = os.stat(path), os.fstat(fd)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


def must_be_file(fd: int) -> None:
    """Raise OSError for what is no regular file."""
    mode = os.fstat(fd).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(EINVAL, "Not a regular file")


def write_changes(fd: int, offset: int, old: bytes, new: bytes) -> None:
    """Put `new` in the place of `old` from `offset` on, or leave all as it was and raise OSError. Not durable
    by itself.

    What is there is `old` up to the end of the file, unless both have one length.
    """
    end = offset + len(new)
    try:
        _write_all(fd, new, offset)
        if len(new) < len(old):
            os.ftruncate(fd, end)
    except OSError:
        _write_all(fd, old, offset)
        if len(old) != len(new):
            os.ftruncate(fd, offset + len(old))
        raise


def _write_all(fd: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        offset += written
        view = view[written:]
