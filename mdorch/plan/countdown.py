"""Which rows come free as others finish: prerequisites counted down over the graph."""

from __future__ import annotations

from mdorch.plan.frame import Frame


class Countdown:
    """How many of a node's prerequisites are still open, counted down as rows finish.

    A wildcard that holds the row itself is met when nothing but that row is left of it.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.rows = frame.graph.rows
        self.count = list(map(len, frame.graph.edges))
        self.gone: set[int] = set()

    def free(self) -> list[int]:
        """The rows that need nothing at all."""
        empty = [n for n in range(self.rows, len(self.count)) if not self.count[n]]
        found = [n for n in range(self.rows) if not self.frame.graph.edges[n]]
        return found + [row for node in empty for row in self.finish(node)]

    def finish(self, node: int) -> list[int]:
        """The rows that nothing holds any more now that this node is done."""
        found: list[int] = []
        stack = [node]
        while stack:
            done = stack.pop()
            if done in self.gone:
                continue
            self.gone.add(done)
            for other in self.frame.back[done]:
                self._one_less(other, stack, found)
        return found

    def _one_less(self, node: int, stack: list[int], found: list[int]) -> None:
        self.count[node] -= 1
        if node < self.rows:
            if not self.count[node]:
                found.append(node)
        elif not self.count[node]:
            stack.append(node)
        elif self.count[node] == 1:
            last = next((n for n in self.frame.graph.edges[node] if n not in self.gone), node)
            if last < self.rows and node in self.frame.graph.edges[last]:
                self._one_less(last, stack, found)
