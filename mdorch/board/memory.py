"""Reading task tables again: what a row said need not be found out twice.

A page is read anew with every save, and nearly all of its rows say what they said before. Two things are
kept for that from one reading to the next. What the cells of a row say depends on its text and its table
alone. What it requires depends on the ids and groups of all rows besides: if none of those has changed, and
no wildcard is in use, the old `Task` holds, but for its place.

The outcome is the same as that of a first reading; a test compares the two on random edits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from mdorch.board.problem import Problem
from mdorch.board.requires import Requirements
from mdorch.board.rownames import NOTHING_ARCHIVED, Archived
from mdorch.board.sheets import Sheet
from mdorch.board.statuses import StatusText
from mdorch.board.task import Task
from mdorch.frozen import Frozen, many, replace

Kind = tuple[object, ...]


@dataclass(slots=True)
class Said:
    """What the text of one row says in tables of one kind."""

    cells: dict[str, str]  # role -> value of the cell, for the roles that the table has
    id: str
    status: StatusText
    status_text: str
    short: bool  # fewer cells than the header has, or a placeholder in one of them
    broken: str  # why the row is broken, "" for a sound one


class Known(Frozen):
    """What is known besides the page: names that mean agents, in lower case, and what it had before."""

    agents: frozenset[str] = frozenset()
    archived: Archived = NOTHING_ARCHIVED


@dataclass(slots=True)
class Memory:
    """What one reading leaves for the next. `tasks`, `said` and `problems` have an entry for each row."""

    known: Known
    rows: dict[Kind, dict[str, Said]] = field(default_factory=dict)  # kind of table -> text -> what it says
    shape: list[tuple[Kind, int]] = field(default_factory=list)  # of each table, with its number of rows
    said: list[Said] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    problems: dict[int, list[Problem]] = field(default_factory=dict)
    requirements: Requirements | None = None  # None where they mean something else on another page

    def keep_problems(self, index: int, problems: list[Problem]) -> None:
        if problems:
            self.problems[index] = problems


def kind_of(sheet: Sheet) -> Kind:
    """All that decides, besides its text, what a row of the table says."""
    return (
        sheet.index >= 0,
        sheet.table.columns,
        tuple(sheet.columns.items()),
        sheet.phase,
        sheet.groups,
        sheet.group_column,
        sheet.people,
        sheet.links,
        sheet.more,
    )


def moved(tasks: Sequence[Task], tables: Sequence[int], lines: Sequence[int]) -> list[Task]:
    """The same tasks at other places."""
    given = {"table": tables, "line": lines}
    columns = (given.get(name) or map(attrgetter(name), tasks) for name in Task.__slots__)
    return many(Task, len(tasks), *columns)


def moved_problems(problems: list[Problem], lines: int) -> list[Problem]:
    """The same problems so many lines further down."""
    return [replace(one, line=one.line + lines) for one in problems] if lines else problems
