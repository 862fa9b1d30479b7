"""Columns of tables that change places: who moves a column has changed no cell.

Rows of two versions are compared cell by cell, by place. Where a table has the same columns in another order,
that would compare a status with a title; so before versions are compared, their columns are put in one order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from mdorch.page.cells import split_row

_DELIMITER = re.compile(rb"(?m)^[ ]{0,3}\|?[ \t]*:?-+:?[ \t]*\|[-:| \t]*\r?$")

Names = tuple[bytes, ...]  # of the columns of a table, in their order


def orders(data: bytes) -> Mapping[frozenset[bytes], Names]:
    """Of each set of columns the order in which a table has them; sets with two orders, or where two columns
    have one name, are left out."""
    found: dict[frozenset[bytes], set[Names]] = {}
    for start, end in _heads(data):
        names = tuple(cell.strip() for cell in _cells(data[start:end])[1])
        if len(set(names)) == len(names):
            found.setdefault(frozenset(names), set()).add(names)
    return {columns: next(iter(some)) for columns, some in found.items() if len(some) == 1}


def relaid(data: bytes, wanted: Mapping[frozenset[bytes], Names]) -> bytes:
    """The text with the columns of its tables in the order that is wanted of them."""
    have = orders(data)
    moved = {have[columns]: names for columns, names in wanted.items() if have.get(columns, names) != names}
    if not moved:
        return data
    lines = data.splitlines(keepends=True)
    places: Sequence[int] = ()
    for n, line in enumerate(lines):
        cells = _cells(line)[1]
        names = tuple(cell.strip() for cell in cells)
        if names in moved and n + 1 < len(lines) and _DELIMITER.match(lines[n + 1].rstrip(b"\r\n")):
            places = [names.index(name) for name in moved[names]]
        elif b"|" not in line:
            places = ()
        if places and len(cells) == len(places):
            lines[n] = _permuted(line, places)
    return b"".join(lines)


def _heads(data: bytes) -> Iterator[tuple[int, int]]:
    """Where the lines are that stand above a line of dashes."""
    for found in _DELIMITER.finditer(data):
        end = found.start() - 1
        if end > 0:
            yield data.rfind(b"\n", 0, end) + 1, end


def _cells(line: bytes) -> tuple[list[tuple[int, int]], list[bytes]]:
    spans = split_row(line.rstrip(b"\r\n").decode("latin-1"))  # one character a byte
    return spans, [line[start:end] for start, end in spans]


def _permuted(line: bytes, places: Sequence[int]) -> bytes:
    spans, cells = _cells(line)
    return line[: spans[0][0]] + b"|".join(cells[n] for n in places) + line[spans[-1][1] :]
