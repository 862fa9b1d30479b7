"""What a task needs, what waits for it, and the critical path through it.

Wildcards stay virtual nodes of the graph, so that ten thousand rows that each say `All above` cost no
more than their rows; what is listed is bounded, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.desk.drawings import flowchart, label
from mdorch.desk.find import find_task
from mdorch.desk.look import Look
from mdorch.plan.chains import heights, reversed_edges
from mdorch.plan.graph import Graph, graph

LISTED = 500  # rows that one direction lists


def deps_answer(look: Look, task_id: str) -> dict[str, Any]:
    """`mdorch deps --json`. Both trees are flat, in preorder; `depth` counts from 1, and a row that
    stands in the tree already is `repeated`, without what hangs on it."""
    task = find_task(look.board, look.site.page, task_id)
    tasks = look.board.tasks
    full = graph(look.board)
    down = reversed_edges(full.edges)
    circle = (p.message for p in look.plan.problems if p.code == "cycle" and task.id in p.message.split())
    return {
        "task": task.id,
        "title": task.title,
        "status": task.status.value,
        "line": task.line,
        "needs": _listed(tasks, full, full.edges, task),
        "unresolved": [n.text for n in task.needs if n.kind == "unresolved"],
        "needed_by": _listed(tasks, full, down, task),
        "critical_path": [tasks[i].id for i in critical_path(full, [_open(t) for t in tasks], task.index)],
        "cycle": next(circle, None),
    }


def mermaid(look: Look, task_id: str) -> str:
    """What the task needs and what waits for it as a Mermaid flowchart: what comes first points to what waits
    for it. The critical path has thick arrows."""
    task = find_task(look.board, look.site.page, task_id)
    tasks, full = look.board.tasks, graph(look.board)
    down = reversed_edges(full.edges)
    shown = {task.index, *_reached(full.edges, task, full.rows), *_reached(down, task, full.rows)}
    thick = set(pairwise(critical_path(full, [_open(t) for t in tasks], task.index)))
    boxes = {n: (label(tasks[n].id, tasks[n].title), tasks[n].status.value) for n in sorted(shown)}
    pairs = [(n, row) for row in sorted(shown) for n in neighbours(full.edges, row, full.rows) if n in shown]
    return flowchart(boxes, [(a, b, (a, b) in thick) for a, b in pairs])


def _reached(edges: Sequence[Sequence[int]], task: Task, rows: int) -> set[int]:
    """The rows that are reached from a task, at most `LISTED`."""
    found: set[int] = set()
    stack = [task.index]
    while stack and len(found) < LISTED:
        for index in neighbours(edges, stack.pop(), rows):
            if index not in found and len(found) < LISTED:
                found.add(index)
                stack.append(index)
    return found


def critical_path(full: Graph, weight: Sequence[float], start: int) -> list[int]:
    """The rows of the longest chain of open work that goes through `start`, in the order of the work."""
    count = len(full.edges)
    padded = [*weight, *[0.0] * (count - full.rows)]
    down = reversed_edges(full.edges)
    before = _walk(full.edges, heights(Graph(count, down), padded), start, full.rows)
    after = _walk(down, heights(Graph(count, full.edges), padded), start, full.rows)
    return [*reversed(before), start, *after]


def _walk(edges: Sequence[Sequence[int]], score: Sequence[float], start: int, rows: int) -> list[int]:
    """Always on to where most work hangs; until none does, or a cycle closes."""
    found: list[int] = []
    at, gone = start, {start}
    while True:
        following = [n for n in edges[at] if n not in gone and score[n] > 0]
        if not following:
            return found
        at = max(following, key=lambda n: (score[n], -n))
        gone.add(at)
        if at < rows:
            found.append(at)


def _open(task: Task) -> float:
    return 0.0 if task.status is Status.COMPLETE else 1.0


def _listed(
    tasks: Sequence[Task], full: Graph, edges: Sequence[Sequence[int]], start: Task
) -> list[dict[str, Any]]:
    """The rows that are reached, in preorder, each expanded once."""
    found: list[dict[str, Any]] = []
    expanded = {start.index}
    stack = [(iter(neighbours(edges, start.index, full.rows)), 1)]
    while stack and len(found) < LISTED:
        members, depth = stack[-1]
        node = next(members, None)
        if node is None:
            stack.pop()
            continue
        task, repeated = tasks[node], node in expanded
        found.append(
            {
                "id": task.id,
                "title": task.title,
                "status": task.status.value,
                "line": task.line,
                "depth": depth,
                "repeated": repeated,
            }
        )
        if not repeated:
            expanded.add(node)
            stack.append((iter(neighbours(edges, node, full.rows)), depth + 1))
    return found


def neighbours(edges: Sequence[Sequence[int]], start: int, rows: int) -> Iterator[int]:
    """The rows next to a row, wildcards passed through, each once and in page order; without itself
    where only a wildcard leads back to it."""
    found = {n for n in edges[start] if n < rows}
    virtual, gone = [n for n in edges[start] if n >= rows], set()
    while virtual:
        node = virtual.pop()
        if node in gone:
            continue
        gone.add(node)
        for target in edges[node]:
            if target >= rows:
                virtual.append(target)
            elif target != start:
                found.add(target)
    return iter(sorted(found))
