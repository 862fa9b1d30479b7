"""The whole queue as a picture has it: who waits for whom, without what goes without saying, and when what
ran and will run.

An arrow that says nothing new is left out: where C needs B and A, and B needs A, the arrow from A to C is
implied. So `All above` in a thousand rows is a chain, not half a million arrows. Rows are numbered in the
order of the work, and sets of them are bits of whole numbers: a few machine words for a page of any sense.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from mdorch.board.status import Status
from mdorch.desk.deps import critical_path, neighbours
from mdorch.desk.forecast import forecast_answer, forecast_of
from mdorch.desk.look import Look, observed, peeked
from mdorch.desk.status import run_answer
from mdorch.desk.times import iso
from mdorch.plan.chains import components, heights
from mdorch.plan.forecast import Forecast
from mdorch.plan.graph import Graph, graph
from mdorch.plan.order import Expected

MOST_ROWS = 10_000  # of a page whose arrows are found
MOST_ARROWS = 20_000
MOST_RUNS = 1000  # the newest


def chart(look: Look) -> dict[str, Any]:
    """`arrows`: pairs of indexes into `tasks` of the status answer, what comes first and what waits for it.
    `critical`: ids of the longest chain of open work, by how long such runs took before, in its order; what
    waits for a person counts, what is on hold does not. `cut`: there are more arrows than are given."""
    full = graph(look.board)
    arrows = list(islice(_Arrows(full).found(), MOST_ARROWS + 1)) if full.rows <= MOST_ROWS else []
    cut = full.rows > MOST_ROWS or len(arrows) > MOST_ARROWS
    return {"arrows": arrows[:MOST_ARROWS], "critical": _critical(look, full), "cut": cut}


def timeline(look: Look, expected: Forecast | None = None) -> dict[str, Any]:
    """`runs`: the newest of all, oldest first, each with its task; `forecast`: see `forecast_answer`."""
    with peeked(look.site) as journal:
        runs = observed(look.site, journal.runs()[-MOST_RUNS:]) if journal else []
    return {
        "now": iso(look.now),
        "runs": [{"task": run.task, **run_answer(run)} for run in runs],
        "forecast": forecast_answer(expected or forecast_of(look)),
    }


def _critical(look: Look, full: Graph) -> list[str]:
    tasks = look.board.tasks
    weight = Expected(look.facts.past).weights(tasks, [task.status for task in tasks])
    weight = [0.0 if t.status is Status.ON_HOLD else w for w, t in zip(weight, tasks, strict=True)]
    height = heights(full, weight)
    first = max((n for n in range(len(tasks)) if weight[n]), key=lambda n: height[n], default=None)
    path = critical_path(full, weight, first) if first is not None else []
    return [tasks[n].id for n in path if weight[n]]


class _Arrows:
    """`near`: the rows that a node needs, by itself or through wildcards; `whole`: and all that those need in
    turn. Both are sets of rows by their place in `order`, that of the work."""

    def __init__(self, full: Graph) -> None:
        self.edges, self.rows = full.edges, full.rows
        self.near = [0] * len(full.edges)
        self.whole = [0] * len(full.edges)
        self.bit = [0] * full.rows
        self.order: list[int] = []

    def found(self) -> Iterator[tuple[int, int]]:
        for component in components(self.edges):
            members = [node for node in component if node < self.rows]
            for row in members:
                self.bit[row] = 1 << len(self.order)
                self.order.append(row)
            if len(component) > 1:
                self._join(component, members)
            else:
                self.near[component[0]], self.whole[component[0]] = self._union(self.edges[component[0]])
            if len(members) == 1:
                yield from ((before, members[0]) for before in self._last(self.near[members[0]]))
            else:  # they need one another, every one of them
                yield from ((b, row) for row in members for b in neighbours(self.edges, row, self.rows))

    def _join(self, component: Sequence[int], members: Sequence[int]) -> None:
        """Nodes that reach one another: a cycle, or only a row and the wildcard that holds it."""
        inside = set(component)
        whole = sum(self.bit[row] for row in members)
        for node in component:
            whole |= self._union([t for t in self.edges[node] if t not in inside])[1]
        for node in component:
            self.near[node] = sum(self.bit[n] for n in neighbours(self.edges, node, self.rows))
            self.whole[node] = whole

    def _union(self, targets: Sequence[int]) -> tuple[int, int]:
        near = whole = 0
        for target in targets:
            own = self.bit[target] if target < self.rows else 0
            near |= own or self.near[target]
            whole |= own | self.whole[target]
        return near, whole

    def _last(self, left: int) -> Iterator[int]:
        """Of a set of rows those that no other one of it needs: the last in the order of the work is one."""
        while left:
            place = left.bit_length() - 1
            yield self.order[place]
            left &= ~(1 << place | self.whole[self.order[place]])
