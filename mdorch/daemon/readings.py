"""Readings of the page, the last few of them: most passes look at bytes that were read before."""

from __future__ import annotations

from collections.abc import Sequence

from mdorch.board.read import Reading, read

KEPT = 3  # the page as it was, as we leave it, and as somebody saved it meanwhile

Companions = Sequence[tuple[str, bytes]]


class Readings:
    """Gives the reading of a page. What else it was made from is compared, too."""

    def __init__(self) -> None:
        self._kept: list[tuple[Companions, frozenset[str], Reading]] = []  # newest first

    def of(self, data: bytes, companions: Companions, known_agents: frozenset[str]) -> Reading:
        around = (companions, known_agents)
        for kept in self._kept:
            if kept[2].source.data == data and kept[:2] == around:
                self._kept.remove(kept)
                break
        else:
            before = self._kept[0][2] if self._kept else None
            kept = (*around, read(data, companions, known_agents, before))
        self._kept = [kept, *self._kept[: KEPT - 1]]
        return kept[2]
