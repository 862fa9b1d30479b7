"""Programs that keep the page open and only read it (`tail -f`): they keep a write lease from us for as long
as they live, and lose nothing where the page is exchanged under their eyes."""

from __future__ import annotations

import os
from pathlib import Path
from time import monotonic

from mdorch.world.inplace import opened
from mdorch.world.lease import Lease, held

GRACE = 0.2  # seconds given to somebody who reads the page before it is exchanged
STAYS = 30.0  # seconds for which a page that was kept open is taken to be kept open again: no grace then


class Readers:
    """Those of one page, as one write after the other meets them. Times are by the monotonic clock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._since: float | None = None  # since when there is nobody inside but readers
        self._kept_open = -STAYS  # when they were last found to stay

    def met_anew(self) -> None:
        """Another write begins."""
        self._since = None

    def stay(self) -> bool:
        """Whether for a while now nobody has kept us out but programs that only read."""
        if not self._are_alone_inside():
            self._since = None
            return False
        now = monotonic()
        self._since = now if self._since is None else self._since
        found = now - self._since > GRACE or now - self._kept_open < STAYS
        if found:
            self._kept_open = now
        return found

    def _are_alone_inside(self) -> bool:
        with opened(self._path, os.O_RDONLY) as fd, held(fd, write=False) as lease:
            return isinstance(lease, Lease)
