"""Who needs whom: met and unmet prerequisites, and the graph that they make.

Wildcards (`All above`, `TEST-*`, `Phase 2`) are never written out row by row: ten thousand rows that
each say `All above` would make fifty million edges. They stay *pools*, lists shared by every row that
names them. In the graph a pool is a virtual node with an edge to each member; `All above` is a chain
of prefix nodes, each with an edge to its own row and to the prefix before it. That keeps everything
linear in the size of the page.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, repeat

from mdorch.board.board import Board
from mdorch.board.status import Status
from mdorch.board.task import Need, NeedKind, Task
from mdorch.frozen import Frozen

SHOWN = 1000  # ids that one wildcard may write out as required
WAITED = 100  # and as what is waited for: that is done for every row that waits
ROOM = 300_000  # and all wildcards of a page together, a few for each at the least
FEW = 12


class Needs:
    """Prerequisites of every row, judged by `statuses` (one for each of `board.tasks`)."""

    def __init__(
        self, board: Board, statuses: Sequence[Status], by_id: Mapping[str, Sequence[int]] | None = None
    ) -> None:
        self.board = board
        self.statuses = statuses
        self.by_id = by_id if by_id is not None else rows_by_id(board)
        self._open: dict[str, tuple[int, ...]] = {}
        self._copies: dict[str, bool] = {}  # id that stands more than once -> whether every copy is complete
        self._shown = 0

    def unmet(self, task: Task) -> list[str]:
        """What still holds the task: ids that are not complete and texts that name nothing, each once."""
        found: dict[str, None] = {}
        for need in task.needs:
            for text in self._unmet(need, task):
                found[text] = None
        return list(found)

    def met(self, task: Task) -> bool:
        return not any(True for need in task.needs for _ in self._unmet(need, task))

    def required(self, task: Task) -> list[str]:
        """Ids that the task requires, wildcards written out as far as there is room."""
        found: dict[str, None] = {}
        for need in task.needs:
            if need.kind is NeedKind.TASK:
                found[need.id] = None
            elif need.kind is not NeedKind.UNRESOLVED:
                rows = map(self.board.tasks.__getitem__, self._members(need, task))
                kept = islice((row.id for row in rows if not row.cancelled), self._room(SHOWN))
                found.update(zip(kept, repeat(None)))
        return list(found)

    def members(self, need: Need, task: Task) -> Sequence[int]:
        """Rows of a wildcard as `task` means it: without itself, and for `All above` only those above."""
        return list(self._members(need, task))

    def _members(self, need: Need, task: Task) -> Iterator[int]:
        pool = self.board.pools.get(need.id, ())
        last = bisect_left(pool, task.index) if need.kind is NeedKind.ABOVE else len(pool)
        return (i for i in islice(pool, last) if i != task.index)

    def _room(self, most: int) -> int:
        """How many ids a wildcard may write out: fewer where many rows have one."""
        if not self._shown:
            named = (NeedKind.UNRESOLVED, NeedKind.TASK)
            wild = sum(any(need.kind not in named for need in task.needs) for task in self.board.tasks)
            self._shown = max(FEW, ROOM // max(1, wild))
        return min(most, self._shown)

    def _unmet(self, need: Need, task: Task) -> Iterator[str]:
        if need.kind is NeedKind.UNRESOLVED:
            yield need.text
        elif need.kind is NeedKind.TASK:
            if not self._complete(need):
                yield need.id
        else:
            yield from self._unmet_members(need, task)

    def _complete(self, need: Need) -> bool:
        rows = self.by_id.get(need.id)
        if rows is None or len(rows) == 1:
            return need.archived if rows is None else self.statuses[rows[0]] is Status.COMPLETE
        if need.id not in self._copies:
            self._copies[need.id] = all(self.statuses[i] is Status.COMPLETE for i in rows)
        return self._copies[need.id]

    def _unmet_members(self, need: Need, task: Task) -> Iterator[str]:
        open_rows = self._open_members(need.id)
        last = bisect_left(open_rows, task.index) if need.kind is NeedKind.ABOVE else len(open_rows)
        shown, most = 0, self._room(WAITED)
        for i in islice(open_rows, last):
            if i == task.index:
                continue
            if shown == most:
                yield f"… {last - shown} more of {need.text}"
                return
            shown += 1
            yield self.board.tasks[i].id or f"line {self.board.tasks[i].line}"

    def _open_members(self, key: str) -> tuple[int, ...]:
        """Members of a pool that are neither complete nor cancelled, found once for all who ask."""
        if key not in self._open:
            tasks = self.board.tasks
            self._open[key] = tuple(
                i
                for i in self.board.pools.get(key, ())
                if self.statuses[i] is not Status.COMPLETE and not tasks[i].cancelled
            )
        return self._open[key]


def rows_by_id(board: Board) -> dict[str, list[int]]:
    """Id → indexes of the rows that have it."""
    found: dict[str, list[int]] = {}
    for task in board.tasks:
        if task.id:
            found.setdefault(task.id, []).append(task.index)
    return found


class Graph(Frozen):
    """Edges from each node to what it needs. Nodes below `rows` are rows; the others are wildcards, or ids
    that many rows bear."""

    rows: int
    edges: Sequence[Sequence[int]]


def graph(board: Board) -> Graph:
    """The whole graph of a board, complete rows included."""
    by_id = rows_by_id(board)
    edges: list[list[int]] = [[] for _ in board.tasks]
    pools = _PoolNodes(board, edges)
    for task in board.tasks:
        for need in task.needs:
            if need.kind is NeedKind.TASK:
                edges[task.index].extend(pools.copies(need.id, by_id.get(need.id, ()), task))
            elif need.kind is NeedKind.POOL:
                edges[task.index].append(pools.whole(need.id))
            elif need.kind is NeedKind.ABOVE:
                edges[task.index].extend(pools.above(need.id, task.index))
    return Graph(len(board.tasks), edges)


class _PoolNodes:
    """Virtual nodes, made when first asked for."""

    def __init__(self, board: Board, edges: list[list[int]]) -> None:
        self.board = board
        self.edges = edges
        self.named: dict[str, int] = {}
        self.wholes: dict[str, int] = {}
        self.prefixes: dict[str, int] = {}

    def copies(self, name: str, rows: Sequence[int], task: Task) -> Sequence[int]:
        """The rows that bear an id; where they are many, a node for all of them, and `task` if it is one."""
        if len(rows) <= FEW:
            return rows
        if name not in self.named:
            self.named[name] = self._node(list(rows))
        return [self.named[name], task.index] if task.id == name else [self.named[name]]

    def whole(self, key: str) -> int:
        if key not in self.wholes:
            self.wholes[key] = self._node(self._members(key))
        return self.wholes[key]

    def above(self, key: str, index: int) -> list[int]:
        """The prefix node of all members above `index`; none where nothing is above."""
        pool = self.board.pools.get(key, ())
        if key not in self.prefixes:
            first = len(self.edges)
            for k, i in enumerate(pool):
                own = [] if self.board.tasks[i].cancelled else [i]
                self._node([*own, first + k - 1] if k else own)
            self.prefixes[key] = first
        count = bisect_left(pool, index)
        return [self.prefixes[key] + count - 1] if count else []

    def _members(self, key: str) -> list[int]:
        return [i for i in self.board.pools.get(key, ()) if not self.board.tasks[i].cancelled]

    def _node(self, targets: list[int]) -> int:
        self.edges.append(targets)
        return len(self.edges) - 1
