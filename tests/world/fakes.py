"""The page in memory: the same promises as the door to the real one, for tests that need no disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mdorch.world.errors import PageMissing, Stale
from mdorch.world.pagefile import Recovery
from mdorch.world.redo import digest
from mdorch.world.version import Version
from mdorch.world.witness import Nobody, Witness


class MemoryPage:
    """Set `data` to edit it as somebody else would; None: the file is not there."""

    way = "memory"

    def __init__(self, data: bytes | None = b"", witness: Witness | None = None) -> None:
        self.path = Path("memory")
        self.data = data
        self.witness = witness or Nobody()
        self.writes = 0

    def explain(self) -> str:
        return "held in memory"

    def read(self, patience: float = 2.0) -> Version:
        if self.data is None:
            raise PageMissing(self.path, f"there was no such file for {patience:g} s")
        return Version(self.data, digest(self.data), float(self.writes), 1)

    def replace(self, expected: bytes, new: bytes, patience: float = 2.0) -> Version:
        current = self.read(patience)
        if current.data != expected:
            raise Stale(self.path, current)
        if new != expected:
            self.data = new
            self.writes += 1
            self.witness.replaced((expected,), new)
        return self.read(patience)

    def recover(self, patience: float = 2.0) -> Recovery | None:
        return None


class Diary:
    """A witness that believes what it is told to, and writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[tuple[bytes, ...], bytes]] = []
        self.doubted: set[bytes] = set()
        self.mended: dict[tuple[bytes, bytes], bytes] = {}

    def believes(self, page: bytes) -> bool:
        return page not in self.doubted

    def read_as(self, base: bytes, saved: bytes) -> bytes:
        return self.mended.get((base, saved), saved)

    def recovered(self, _: bytes) -> None:
        """Nothing of it is asked here."""

    def replaced(self, before: Sequence[bytes], now: bytes) -> None:
        self.heard.append((tuple(before), now))
