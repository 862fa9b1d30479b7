"""Places for the rows of a graph on a sheet: columns in the order of the work.

A row stands one column right of the last one that it needs. Inside a column rows are ordered by where those
stand that they need, and then by those that need them, so that fewer arrows cross. Rows of a cycle stand
behind what leads into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

SWEEPS = 4  # over the columns, there and back


def placed(arrows: Sequence[tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """Row → (column, place in it), both from 0, for every row that an arrow touches."""
    rows = sorted({row for pair in arrows for row in pair})
    before: dict[int, list[int]] = {row: [] for row in rows}
    after: dict[int, list[int]] = {row: [] for row in rows}
    for first, then in arrows:
        before[then].append(first)
        after[first].append(then)
    column = _columns(rows, before, after)
    columns: list[list[int]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    for row in rows:
        columns[column[row]].append(row)
    for sweep in range(SWEEPS):
        near = before if sweep % 2 == 0 else after
        for members in columns if sweep % 2 == 0 else reversed(columns):
            at = {row: place for one in columns for place, row in enumerate(one)}
            members.sort(key=lambda row, at=at, near=near: _middle(row, near[row], at))  # type: ignore[misc]
    return {row: (n, place) for n, members in enumerate(columns) for place, row in enumerate(members)}


def _columns(
    rows: Iterable[int], before: Mapping[int, list[int]], after: Mapping[int, list[int]]
) -> dict[int, int]:
    """The length of the longest way to each row; where a cycle closes, from whichever row comes first."""
    waits = {row: len(before[row]) for row in rows}
    column = dict.fromkeys(waits, 0)
    free = [row for row, count in waits.items() if not count]
    while waits:
        row = free.pop() if free else min(waits)
        if waits.pop(row, None) is None:
            continue
        for then in after[row]:
            if then in waits:
                column[then] = max(column[then], column[row] + 1)
                waits[then] -= 1
                if not waits[then]:
                    free.append(then)
    return column


def _middle(row: int, near: Sequence[int], at: Mapping[int, int]) -> tuple[float, int]:
    return (sum(at[one] for one in near) / len(near) if near else float(at[row])), at[row]
