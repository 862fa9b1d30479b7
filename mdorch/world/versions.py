"""Versions of the page that were seen, kept for a while: what was removed can be had back.

Each is a file of its own, compressed, named by its time and hash, so that neither a lost journal nor a
torn file costs more than that one version. The oldest are let go when there are too many or too much.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

MOST = 200
ROOM = 50_000_000  # bytes on the disk
FOLDER = "versions"


@dataclass(frozen=True, slots=True)
class Kept:
    """One version: its file name, when it was seen (epoch seconds), and the bytes of the page."""

    name: str
    time: float
    data: bytes


class Versions:
    """The versions of one page; `folder` is its `.mdorch`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def keep(self, data: bytes, time: float) -> str:
        """Keep a version; gives its name. A full disk costs the version, nothing else."""
        name = f"{int(time * 1000):015d}-{sha256(data).hexdigest()[:16]}.z"
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            draft = self._folder / f".{name}"
            draft.write_bytes(zlib.compress(data, 1))
            draft.replace(self._folder / name)
            self._prune()
        return name

    def newest(self) -> Iterator[Kept]:
        """All that can be read, newest first."""
        for name in self._names():
            kept = self.get(name)
            if kept is not None:
                yield kept

    def get(self, name: str) -> Kept | None:
        """The version of that name; None when it is gone or damaged."""
        stem = name.partition("-")[0]
        if not stem.isdecimal() or "/" in name:
            return None
        try:
            data = zlib.decompress((self._folder / name).read_bytes())
        except (OSError, zlib.error):
            return None
        return Kept(name, int(stem) / 1000, data)

    def _names(self) -> list[str]:
        try:
            return sorted((p.name for p in self._folder.iterdir() if p.name.endswith(".z")), reverse=True)
        except OSError:
            return []

    def _prune(self) -> None:
        room = ROOM
        for count, name in enumerate(self._names()):
            room -= (self._folder / name).stat().st_size
            if count and (count >= MOST or room < 0):
                (self._folder / name).unlink()
