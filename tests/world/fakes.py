"""The page in memory: the same promises as the door to the real one, for tests that need no disk."""

from __future__ import annotations

from pathlib import Path

from mdorch.world.errors import PageMissing, Stale
from mdorch.world.pagefile import Recovery
from mdorch.world.redo import digest
from mdorch.world.version import Version


class MemoryPage:
    """Set `data` to edit it as somebody else would; None: the file is not there."""

    way = "memory"

    def __init__(self, data: bytes | None = b"") -> None:
        self.path = Path("memory")
        self.data = data
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
        return self.read(patience)

    def recover(self, patience: float = 2.0) -> Recovery | None:
        return None
