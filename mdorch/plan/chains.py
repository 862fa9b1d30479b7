"""The graph of prerequisites as a whole: its cycles, and the length of what hangs on a task.

A row never needs itself through a wildcard, yet through the virtual node it seems to (row → pool →
row). Such a detour visits no second row, so it only ever makes components with a single row in them:
a cycle is a component with at least two rows, or a row that names itself outright.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mdorch.plan.graph import Graph


def reversed_edges(edges: Sequence[Sequence[int]]) -> list[list[int]]:
    """From each node to those that have an edge to it."""
    back: list[list[int]] = [[] for _ in edges]
    for node, targets in enumerate(edges):
        for target in targets:
            back[target].append(node)
    return back


def components(
    edges: Sequence[Sequence[int]], back: Sequence[Sequence[int]] | None = None
) -> list[list[int]]:
    """Strongly connected components, each after all that it can reach. `back`: the edges reversed, if known.

    Nearly all nodes of nearly all pages are on no way to a cycle: those are peeled off first, from the ones
    that need nothing on; only what remains is searched.
    """
    back = reversed_edges(edges) if back is None else back
    left = list(map(len, edges))
    order = [node for node, count in enumerate(left) if not count]
    for node in order:
        for other in back[node]:
            left[other] -= 1
            if not left[other]:
                order.append(other)
    found = [[node] for node in order]
    if len(order) < len(edges):
        rest = [node for node, count in enumerate(left) if count]
        place = {node: at for at, node in enumerate(rest)}
        inner = [[place[t] for t in edges[node] if t in place] for node in rest]
        found += [[rest[at] for at in component] for component in _tarjan(inner)]
    return found


def _tarjan(edges: Sequence[Sequence[int]]) -> list[list[int]]:
    """The same for any graph, without recursion."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    waiting: set[int] = set()
    found: list[list[int]] = []
    for root in range(len(edges)):
        if root in order:
            continue
        work = [(root, iter(edges[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        waiting.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in order:
                    order[target] = low[target] = len(order)
                    stack.append(target)
                    waiting.add(target)
                    work.append((target, iter(edges[target])))
                    break
                if target in waiting:
                    low[node] = min(low[node], order[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    found.append(_pop_component(stack, waiting, node))
    return found


def _pop_component(stack: list[int], waiting: set[int], root: int) -> list[int]:
    component: list[int] = []
    while True:
        node = stack.pop()
        waiting.discard(node)
        component.append(node)
        if node == root:
            return component


def is_knot(g: Graph, component: Sequence[int]) -> bool:
    """Whether a component is a cycle; its nodes may be wildcards, too."""
    if len(component) == 1:
        node = component[0]
        return node < g.rows and node in g.edges[node]
    rows = [n for n in component if n < g.rows]
    return len(rows) >= 2 or any(n in g.edges[n] for n in rows)


def knots(g: Graph) -> list[list[int]]:
    """The components that are cycles: each as its nodes, wildcards included."""
    return [component for component in components(g.edges) if is_knot(g, component)]


def cycles(g: Graph, among: Sequence[Sequence[int]]) -> list[list[int]]:
    """For each of the `knots` a walk `[a, b, …, a]` along its edges, from its first row; rows alone."""
    return sorted(circle(g, min(knot), set(knot)) for knot in among)


def circle(g: Graph, start: int, inside: set[int]) -> list[int]:
    """A shortest closed walk from `start` over another row, or over its own edge to itself.

    Nodes are visited twice at most: before any other row, and after one (`True`). So a wildcard that
    holds `start` itself does not look like a way back to it.
    """
    if start in g.edges[start]:
        return [start, start]
    came: dict[tuple[int, bool], tuple[int, bool]] = {}
    frontier = [(start, False)]
    while frontier:
        following = []
        for place in frontier:
            node, away = place
            for target in g.edges[node]:
                step = (target, away or target < g.rows)
                if target == start:
                    if away:
                        return _unwind(came, place, start, g.rows)
                elif target in inside and step not in came:
                    came[step] = place
                    following.append(step)
        frontier = following
    return [start, start]


def _unwind(
    came: Mapping[tuple[int, bool], tuple[int, bool]], place: tuple[int, bool], start: int, rows: int
) -> list[int]:
    back = []
    while place[0] != start:
        if place[0] < rows:
            back.append(place[0])
        place = came[place]
    return [start, *reversed(back), start]


def heights(g: Graph, weight: Sequence[float], order: Sequence[Sequence[int]] | None = None) -> list[float]:
    """For each row the longest chain of work that hangs on it, itself included.

    `weight` is the expected work of each row, in seconds or any unit; 0 for rows that are done. Rows
    of one cycle share the chain of what hangs on the cycle. `order`: the components, where they are known.
    """
    edges, rows = g.edges, g.rows
    above = [0.0] * len(edges)
    for component in reversed(components(edges) if order is None else order):
        base = max(above[n] for n in component) if len(component) > 1 else above[component[0]]
        for node in component:
            height = base + weight[node] if node < rows else base
            above[node] = height
            for target in edges[node]:
                if above[target] < height:
                    above[target] = height
    return above[:rows]
