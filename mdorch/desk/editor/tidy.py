"""The tables of a page in line: blanks alone, and only when somebody asks for it.

Every cell keeps its text. A column is as wide as its widest cell, up to a bound: rows are read by agents,
too, and what they read is paid for. A table that would read otherwise afterwards stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from mdorch.board.read import Reading
from mdorch.desk.editor.change import Change
from mdorch.page import cells
from mdorch.page.outline import Row, Table
from mdorch.page.scan import scan
from mdorch.page.source import Source

WIDEST = 60  # columns of the screen that a cell is filled up to
_LEAST = 3  # of a delimiter


def tidied(reading: Reading, first: int = 0, last: int | None = None) -> list[Change]:
    """Changes that put the live tables in line which touch the lines from `first` to `last`; one a row."""
    changes: list[Change] = []
    for table in reading.outline.tables:
        if table.end > first and (last is None or table.line <= last):
            lines = _lines(table)
            changes += _of(reading.source, table, lines) if _reads_alike(table, lines) else []
    return changes


def _of(source: Source, table: Table, lines: Sequence[str]) -> list[Change]:
    olds = enumerate(source.lines[table.line : table.end], table.line)
    return [Change(n, 0, n, len(old), new) for (n, old), new in zip(olds, lines, strict=True) if old != new]


def _lines(table: Table) -> list[str]:
    rows = [table.header, table.delimiter, *table.rows]
    texts = [[text.strip(cells.BLANK) for text in row.texts] for row in rows]
    widths = [_LEAST] * table.columns
    for number, row in enumerate(texts):
        for at, text in enumerate(row[: table.columns] if number != 1 else ()):
            widths[at] = max(widths[at], min(cells.display_width(text), WIDEST))
    return [_line(row, said, widths, n == 1) for n, (row, said) in enumerate(zip(rows, texts, strict=True))]


def _line(row: Row, texts: Sequence[str], widths: Sequence[int], ruled: bool) -> str:
    line = row.text
    start = cells.split_row(line)[0][0] if texts else 0
    before, piped = line[:start], line.rstrip(cells.BLANK).endswith("|")
    opened = before.strip(cells.BLANK) == "|"
    parts = []
    for at, text in enumerate(texts):
        width = widths[at] if at < len(widths) else 0
        parts.append(_rule(text, width) if ruled else text + " " * (width - cells.display_width(text)))
    inner = " | ".join(parts)
    return f"{before}{' ' if opened else ''}{inner}{' |' if piped else ''}".rstrip(cells.BLANK)


def _rule(text: str, width: int) -> str:
    left, right = text.startswith(":"), text.endswith(":") and len(text) > 1
    return f"{':' * left}{'-' * (width - left - right)}{':' * right}"


def _reads_alike(table: Table, lines: Sequence[str]) -> bool:
    """Whether the lines by themselves are a table with the same texts."""
    source = Source("\n".join(lines).encode("utf-8", "surrogateescape"))
    found = scan(source).tables
    if len(found) != 1 or (found[0].line, found[0].end) != (0, len(lines)):
        return False
    pairs = zip((table.header, *table.rows), (found[0].header, *found[0].rows), strict=True)
    return found[0].columns == table.columns and all(_says(one) == _says(other) for one, other in pairs)


def _says(row: Row) -> list[str]:
    return [text.strip(cells.BLANK) for text in row.texts]
