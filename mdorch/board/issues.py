"""Known Issues: where a page lists what is wrong, a task that failed is listed as well.

The table is found by the words of the heading above it. Whoever keeps that list keeps the rows of mdorch in
it, too: none is ever changed or taken away, and what stands there already is not said again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mdorch.board.columns import roles
from mdorch.board.handoffs import is_trapped
from mdorch.board.newrows import filled, is_closed
from mdorch.board.read import Reading
from mdorch.board.sections import is_issues
from mdorch.board.wishes import AddIssue
from mdorch.page import cells
from mdorch.page.outline import Table


def issue_row(reading: Reading, wish: AddIssue) -> tuple[int, list[str]] | None:
    """The table, as its index in the outline, and the cells of the row that is to be added; None where there
    is no such table, or the issue stands in it."""
    index = next(_tables(reading), None)
    if index is None:
        return None
    table = reading.outline.tables[index]
    columns = _columns(table)
    said = {
        "id": wish.task,
        "title": wish.text if "id" in columns else f"{wish.task}: {wish.text}",
        "agent": wish.agent,
        "status": "Open",
        "when": wish.time[:10],
    }
    values = [""] * table.columns
    for role, column in columns.items():
        values[column] = said[role]
    named = [column for role, column in columns.items() if role in ("id", "title")]
    for row in table.rows:
        there = [cells.norm(cells.value(text)) for text in row.texts]
        if all(n < len(there) and there[n] == cells.norm(values[n]) for n in named):
            return None
    return index, values if is_closed(table) else filled(table, values)


def _tables(reading: Reading) -> Iterator[int]:
    """Tables of issues in page order: below such a heading, and neither tasks nor agents nor a handoff."""
    outline = reading.outline
    ours = {s.index for s in reading.sheets} | {s.index for s in reading.agent_tables}
    blocks = [range(h.line - 1, h.end - 1) for h in reading.board.handoffs]
    headings = [h for h in outline.headings if not (h.setext and is_trapped(h.text))]
    ends = [*(h.line for h in headings[1:]), outline.source.line_count]
    for heading, end in zip(headings, ends, strict=False):
        if is_issues(heading.text) and not any(heading.line in block for block in blocks):
            for index, table in enumerate(outline.tables):
                if heading.end <= table.line < end and index not in ours and "title" in _columns(table):
                    yield index


def _columns(table: Table) -> Mapping[str, int]:
    return roles(tuple(map(cells.value, table.header.texts)), "issue")
