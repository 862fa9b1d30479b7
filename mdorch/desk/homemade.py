"""Boards that people made before they knew of a Task Queue: live tables whose columns look like tasks."""

from __future__ import annotations

from collections.abc import Sequence

from mdorch.board.columns import roles
from mdorch.board.handoffs import is_trapped
from mdorch.board.read import Reading, read
from mdorch.board.sections import AGENTS, TASKS, Sections
from mdorch.board.words import words
from mdorch.frozen import Frozen
from mdorch.page import cells
from mdorch.page.outline import Heading, Table


class CannotInit(Exception):
    """The page cannot be changed. `place` is (line, column), from 1; line 0: no line in particular."""

    def __init__(self, message: str, hint: str, place: tuple[int, int] = (0, 1)) -> None:
        super().__init__(message)
        self.hint = hint
        self.place = place


class NoBoard(CannotInit):
    """What was to be adopted is no board, or not one that can be."""


class HomeBoard(Frozen):
    """A live table outside of any Task Queue whose columns say that its rows are tasks.

    `line` is that of its header, from 1. Without an id column it cannot be adopted as it is.
    """

    line: int
    columns: tuple[str, ...]
    rows: int
    heading: str
    has_id: bool


class Layout:
    """A page, read, with its live headings and its sections. Lines count from 0."""

    def __init__(self, data: bytes) -> None:
        self.reading: Reading = read(data)
        self.board = self.reading.board
        self.source = self.reading.source
        self.tables = self.reading.outline.tables
        found = self.reading.outline.headings
        self.headings: list[Heading] = [h for h in found if not (h.setext and is_trapped(h.text))]
        self.sections = Sections(self.headings, self.source.line_count)

    def above(self, line: int) -> Heading | None:
        """The last heading before a line."""
        return next((h for h in reversed(self.headings) if h.line < line), None)

    def next_heading(self, line: int) -> int:
        """The line of the first heading after a line; the number of lines where there is none."""
        return next((h.line for h in self.headings if h.line > line), self.source.line_count)

    def table_at(self, line: int) -> Table | None:
        """The table that covers a line, or the first one in the section of the heading there."""
        under = next((h for h in self.headings if h.line <= line < h.end), None)
        if under is None:
            return next((t for t in self.tables if t.line <= line < t.end), None)
        following = (h.line for h in self.headings if h.line > line and h.level <= under.level)
        until = next(following, self.source.line_count)
        return next((t for t in self.tables if under.end <= t.line < until), None)


def home_boards(page: Layout) -> tuple[HomeBoard, ...]:
    """Tables that look like somebody's task board and are in no Task Queue, in page order.

    A table with a status and a column `Task`, but no ids, is named as well: it may be meant as one.
    """
    found = []
    for table in page.tables:
        region = page.sections.at(table.line).region
        header = tuple(map(cells.value, table.header.texts))
        columns = roles(header, "task")
        has_id = "id" in columns
        if "status" not in columns or not (has_id or any(words(name) == "task" for name in header)):
            continue
        among_agents = region is not None and region.kind == AGENTS
        if region is None or (among_agents and columns.get("id") == 0 and "title" in columns):
            above = page.above(table.line)
            title = " ".join(above.text.split()) if above else ""
            found.append(HomeBoard(table.line + 1, header, len(table.rows), title, has_id))
    return tuple(found)


def board_at(page: Layout, boards: Sequence[HomeBoard], line: int) -> HomeBoard | None:
    """The board that a line (from 1) belongs to; None where that line is in a Task Queue already.

    A blank line stands for the next one that is not, so that the line number still fits after the board
    was adopted. Raises NoBoard where there is none that can be adopted.
    """
    lines = page.source.lines
    if not 1 <= line <= len(lines):
        raise NoBoard(f"there is no line {line}: the page has {len(lines)}", _advice(boards))
    n = line - 1
    while n < len(lines) - 1 and not lines[n].strip():
        n += 1
    table = page.table_at(n)
    region = page.sections.at(table.line if table else n).region
    if region is not None and region.kind == TASKS:
        return None
    if table is None:
        raise NoBoard("no live table stands here", _advice(boards), (line, 1))
    board = next((b for b in boards if b.line == table.line + 1), None)
    if board is not None and board.has_id:
        return board
    if region is not None and board is None:
        raise NoBoard(f"this table belongs to the section “{region.title}”", _advice(boards), (line, 1))
    columns = roles(tuple(map(cells.value, table.header.texts)), "task")
    missing = " and ".join(f"no {role} column" for role in ("id", "status") if role not in columns)
    hint = "give it a column `ID` and a column `Status`, then adopt it"
    raise NoBoard(f"this table has {missing}: its rows cannot be tasks yet", hint, (line, 1))


def _advice(boards: Sequence[HomeBoard]) -> str:
    usable = [f"--adopt {b.line}" for b in boards if b.has_id]
    return f"boards on this page: {', '.join(usable)}" if usable else "mdorch tables lists the live tables"
