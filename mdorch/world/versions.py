"""Versions of the page that were seen, kept for a while: what was removed can be had back.

Each is a file of its own, compressed, named by its time and hash, so that neither a lost journal nor a
torn file costs more than that one version. The oldest are let go when there are too many or too much.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from mdorch.frozen import Frozen
from mdorch.world.crash import crash_point

MOST = 2000
SLACK = 50  # more of them may lie there for a while: to look for the oldest costs time
ROOM = 50_000_000  # bytes on the disk
FOLDER = "versions"
_NAME = re.compile(r"(\d+)-[0-9a-f]{16}-(seen|ours|old|doubtful)\.z")


class Kind(StrEnum):
    SEEN = "seen"  # somebody saved it, and it was believed
    OURS = "ours"  # we wrote it
    OLD = "old"  # an old buffer that was put right; others may have read it
    DOUBTFUL = "doubtful"  # held: an emptied page, a merge under way


class Kept(Frozen):
    """One version: its file name, when it was seen (epoch seconds), the bytes of the page, whose it is."""

    name: str
    time: float
    data: bytes
    kind: Kind = Kind.SEEN


def short(name: str) -> str:
    """What a person calls the version of this file name: the first letters of its hash."""
    return name.split("-")[1][:8]


class Versions:
    """The versions of one page; `folder` is its `.mdorch`. One process keeps them at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._stamp = -1  # of the newest
        self._fresh = SLACK  # kept since the oldest were let go

    def keep(self, data: bytes, time: float, kind: Kind = Kind.SEEN) -> str:
        """Keep a version; gives its name. A full disk costs the version, nothing else."""
        self._stamp = max(
            int(time * 1000), self._newest() + 1
        )  # names keep the order in which they were seen
        name = f"{self._stamp:015d}-{sha256(data).hexdigest()[:16]}-{kind}.z"
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            draft = self._folder / f".{name}"
            draft.write_bytes(zlib.compress(data, 1))
            draft.replace(self._folder / name)
            crash_point("version.kept")
            self._fresh += 1
            if self._fresh > min(SLACK, MOST // 4):
                self._fresh = 0
                self._prune()
        return name

    def newest(self) -> Iterator[Kept]:
        """All that anybody may have taken for the page, newest first: those not held."""
        return (kept for kept in self.all() if kept.kind is not Kind.DOUBTFUL)

    def all(self) -> Iterator[Kept]:
        """All that can be read, newest first."""
        return (kept for name in self._names() if (kept := self.get(name)) is not None)

    def _newest(self) -> int:
        if self._stamp < 0:
            self._stamp = max((int(name.partition("-")[0]) for name in self._names()), default=-1)
        return self._stamp

    def get(self, name: str) -> Kept | None:
        """The version of that name; None when it is gone or damaged."""
        known = _NAME.fullmatch(name)
        if known is None:
            return None
        try:
            data = zlib.decompress((self._folder / name).read_bytes())
        except (OSError, zlib.error):
            return None
        return Kept(name, int(known[1]) / 1000, data, Kind(known[2]))

    def _names(self) -> list[str]:
        try:
            names = (p.name for p in self._folder.iterdir())
            return sorted((n for n in names if _NAME.fullmatch(n)), reverse=True)
        except OSError:
            return []

    def _prune(self) -> None:
        room = ROOM
        for count, name in enumerate(self._names()):
            room -= (self._folder / name).stat().st_size
            if count and (count >= MOST or room < 0):
                (self._folder / name).unlink()
