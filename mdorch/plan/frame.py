"""What the ids and prerequisites of a page decide by themselves, whatever the statuses: found once, and kept
for the next plan as long as no row's place, id or prerequisites change.

A page of ten thousand rows is planned again after every word that somebody types and every run that ends.
Nearly all of that leaves the rows' order and prerequisites alone, so the graph, its cycles and the order in
which lengths of chains are added up stay the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mdorch.board.board import Board
from mdorch.plan.chains import circle, components, heights, is_knot, reversed_edges
from mdorch.plan.graph import Graph, graph, rows_by_id

LARGE = 100  # rows and wildcards of a knot


class Frame:
    """The fixed part of one board."""

    def __init__(self, board: Board) -> None:
        self.by_id = rows_by_id(board)
        self.graph: Graph = graph(board)
        self.back = reversed_edges(self.graph.edges)
        self.components = components(self.graph.edges, self.back)
        self.knots = [c for c in self.components if is_knot(self.graph, c)]
        self.knotted = frozenset(node for knot in self.knots for node in knot)
        self._knot_of: dict[int, set[int]] = {}
        self._circles: dict[int, list[int]] = {}

    def circle(self, row: int) -> list[int]:
        """A way from a knotted row back to itself, `[row, …, row]`; in a large knot one that may not lead
        over it: there a way for each row would take too long."""
        if not self._circles:
            members = map(set, self.knots)
            self._knot_of = {node: knot for knot in members for node in knot}
        knot = self._knot_of[row]
        start = row if len(knot) <= LARGE else min(knot)
        if start not in self._circles:
            self._circles[start] = circle(self.graph, start, knot)
        return self._circles[start]

    def dependents(self, rows: Iterable[int]) -> set[int]:
        """The rows that name any of these as a prerequisite, by their ids or through a wildcard."""
        found: set[int] = set()
        stack = [node for row in rows for node in self.back[row]]
        while stack:
            node = stack.pop()
            if node in found:
                continue
            found.add(node)
            if node >= self.graph.rows:
                stack.extend(self.back[node])
        return {node for node in found if node < self.graph.rows}

    def heights(self, weight: Sequence[float]) -> list[float]:
        """`graph.heights` of these rows."""
        return heights(self.graph, weight, self.components)
