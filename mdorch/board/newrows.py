"""What a new row says where the wish says nothing: the next id, the table's none-word, dashes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.board.words import is_none
from mdorch.page import cells
from mdorch.page.outline import Table

FIX = "FIX-"  # what the id of a row begins with that mdorch makes for mending another

_NUMBER = re.compile(r"(.*?)(\d{1,9})", re.DOTALL)


def next_id(table: int, tasks: Sequence[Task], taken: Iterable[str]) -> str:
    """One more than the highest number behind the prefix of the table's (else the page's) last id.

    The ids of fix tasks are made of others: `FIX-A-2` would be taken for the fix of A-2.
    """
    prefix, width = "TASK-", 3
    own = [t for t in tasks if t.id and not t.id.startswith(FIX)]
    for task in [t for t in own if t.table == table] or own:
        found = _NUMBER.fullmatch(task.id)
        if found:
            prefix, width = found[1], len(found[2])
    numbers = [0]
    for name in taken:
        found = _NUMBER.fullmatch(name)
        if found and found[1] == prefix:
            numbers.append(int(found[2]))
    return f"{prefix}{max(numbers) + 1:0{width}d}"


def table_for(tables: Sequence[int], tasks: Iterable[Task]) -> int:
    """Where new work goes: to the last table, but not to one of rows that are all done (*Completed*), unless
    all are of that kind."""
    done: dict[int, bool] = {}
    for task in tasks:
        is_done = task.status is Status.COMPLETE or task.cancelled
        done[task.table] = done.get(task.table, True) and is_done
    return next((table for table in reversed(tables) if not done.get(table)), tables[-1])


def none_word(table: int, tasks: Iterable[Task]) -> str:
    """What the table writes where nothing is required."""
    said = (t.requires_text for t in tasks if t.table == table and t.requires_text)
    return next((text for text in said if is_none(text)), "")


def is_closed(table: Table) -> bool:
    """Whether rows have both outer pipes, so that an empty cell at either end is a cell."""
    line = table.header.source.line(table.header.line).strip(cells.BLANK)
    return line.startswith("|") and line.endswith("|")


def filled(table: Table, values: list[str]) -> list[str]:
    """The values with a dash in each empty cell; a long one where a short one would begin a list."""
    filled = [value if cells.norm(value) else "-" for value in values]
    line = table.header.source.line(table.header.line).lstrip(cells.BLANK)
    if filled[0] == "-" and not line.startswith("|"):
        filled[0] = "—"
    return filled
