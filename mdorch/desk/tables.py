"""Every live table of a page, as answers show it."""

from __future__ import annotations

from typing import Any

from mdorch.board.board import Board
from mdorch.board.read import read
from mdorch.board.sections import KINDS
from mdorch.desk.site import Site
from mdorch.page.cells import plain
from mdorch.page.outline import Row


def tables_answer(site: Site) -> list[dict[str, Any]]:
    """`mdorch tables --json`: cells trimmed, `\\|` as `|`, decoration kept.

    As in GFM every row has as many cells as the header: missing ones are empty, and what stands beyond
    is left out (`mdorch lint` tells of both).
    """
    reading = read(site.page_file().read().data, site.companions(), site.known_agents())
    return [
        {
            "line": table.line + 1,
            "section": _section(reading.board, table.line + 1),
            "header": _cells(table.header, table.columns),
            "rows": [_cells(row, table.columns) for row in table.rows],
        }
        for table in reading.outline.tables
    ]


def _section(board: Board, line: int) -> str | None:
    """The name of the innermost known section around a line."""
    around = [s for s in board.sections if s.line <= line < s.end]
    return KINDS[max(around, key=lambda s: s.line).kind][0] if around else None


def _cells(row: Row, columns: int) -> list[str]:
    texts = [plain(text) for text in row.texts[:columns]]
    return texts + [""] * (columns - len(texts))
