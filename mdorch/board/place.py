"""Where wishes land: collects what is to change on one version of a page and turns it into splices.

Everything is kept twice, as splices (what to do) and as an intent (what it means), because the page's
verification compares the two through a second reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from mdorch.page import cells
from mdorch.page.outline import Outline, Table
from mdorch.page.splice import Splice
from mdorch.page.verify import Intent


class Changes:
    """The changes wished on one outline. Rows and lines that are added keep the order of the calls."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._source = outline.source
        self._cells: dict[tuple[int, int, int], str] = {}
        self._removed: set[tuple[int, int]] = set()
        self._rows: dict[tuple[int, int], list[tuple[str, list[str]]]] = {}  # (table, row) -> put before it
        self._lines: dict[int, list[str]] = {}
        self._items: dict[int, list[str]] = {}
        self._texts: dict[int, str] = {}
        self._gone: set[int] = set()
        self._widths: dict[tuple[int, int], Counter[int]] = {}

    def set_cell(self, table: int, row: int, column: int, value: str) -> None:
        """Wish a value into a cell; a later wish for the same cell replaces an earlier one."""
        self._cells[table, row, column] = value

    def wished(self, table: int, row: int, column: int) -> str | None:
        return self._cells.get((table, row, column))

    def remove_row(self, table: int, row: int) -> bool:
        """Take a row away; False where that is wished already."""
        if (table, row) in self._removed:
            return False
        self._removed.add((table, row))
        return True

    def add_row(self, table: int, values: list[str], first: bool = False) -> None:
        """Put a row at the end of a table, or at its head, in the table's own style."""
        sheet = self._outline.tables[table]
        widths = [self.width(table, column) for column in range(sheet.columns)]
        at = (table, 0 if first else len(sheet.rows))
        self._rows.setdefault(at, []).append((render_row(sheet, values, widths), values))

    def added_rows(self, table: int) -> list[list[str]]:
        return [values for (at, _), rows in self._rows.items() if at == table for _, values in rows]

    def add_items(self, line: int, texts: Sequence[str]) -> None:
        """Put items, a line each, before the item at `line` of a list."""
        self._items.setdefault(line, []).extend(texts)

    def set_text(self, line: int, text: str) -> None:
        """Let a line say something else."""
        self._texts[line] = text

    def remove_lines(self, lines: Iterable[int]) -> None:
        self._gone.update(lines)

    def add_lines(self, line: int, texts: Sequence[str]) -> None:
        """Put lines before `line`; `line_count` stands for the end of the page."""
        self._lines.setdefault(line, []).extend(texts)

    def lines_at(self, line: int) -> list[str]:
        return self._lines.get(line, [])

    def width(self, table: int, column: int, without: str | None = None) -> int | None:
        """The display width that the cells of a column share, header included; None where they share none.

        `without` is the text of one cell that is left out. A lone header is compared with the delimiter row.
        """
        widths = self._column_widths(table, column).copy()
        if without is not None:
            widths[cells.display_width(without)] -= 1
        shared = [width for width, count in widths.items() if count > 0]
        if len(shared) != 1:
            return None
        if widths[shared[0]] == 1:
            delimiter = self._outline.tables[table].delimiter.texts[column]
            return shared[0] if cells.display_width(delimiter) == shared[0] else None
        return shared[0]

    def _column_widths(self, table: int, column: int) -> Counter[int]:
        """How many cells have which width, as far as it can matter: three different ones are never shared."""
        found = self._widths.get((table, column))
        if found is None:
            found = self._widths[table, column] = Counter()
            sheet = self._outline.tables[table]
            at = min((row for where, row, _ in self._cells if where == table), default=0)  # there they differ
            for row in (sheet.header, *sheet.rows[at:], *sheet.rows[:at]):
                texts = row.texts
                if column < len(texts):
                    found[cells.display_width(texts[column])] += 1
                    if len(found) > 2:
                        break
        return found

    def intent(self) -> Intent:
        return Intent(
            cells=self._cells,
            removed=frozenset(self._removed),
            added={at: [values for _, values in rows] for at, rows in self._rows.items()},
            lines=self._lines,
            items=self._items,
            texts=self._texts,
            gone=frozenset(self._gone),
        )

    def splices(self) -> list[Splice]:
        return [*self._cell_splices(), *self._text_splices(), *self._removals(), *self._insertions()]

    def _text_splices(self) -> list[Splice]:
        source = self._source
        found = []
        for line, text in self._texts.items():
            new = text.encode("utf-8", "surrogateescape")
            found.append(self._splice(source.line_start(line), source.line_end(line), new))
        return [s for s in found if s.old != s.new]

    def _cell_splices(self) -> list[Splice]:
        splices = []
        for (table, row, column), value in self._cells.items():
            cell = self._outline.tables[table].rows[row].cell(column)
            new = cells.replace(cell.text, value, self.width(table, column, cell.text)).encode(
                "utf-8", "surrogateescape"
            )
            splices.append(self._splice(cell.start, cell.end, new))
        return [s for s in splices if s.old != s.new]

    def _splice(self, start: int, end: int, new: bytes) -> Splice:
        return Splice(start, end, self._source.data[start:end], new)

    def _removals(self) -> list[Splice]:
        """A row goes with its line ending; one that ends the page without any takes the ending before it.
        Other lines leave the page as it was before somebody appended them."""
        source = self._source
        rows = {self._outline.tables[table].rows[row].line for table, row in self._removed}
        lines = sorted(rows | self._gone)
        splices = []
        for first, last in _runs(lines):
            if source.ending(last) or first == 0 or last in self._gone:
                splices.append(self._splice(source.line_start(first), source.next_line_start(last), b""))
            else:
                splices.append(self._splice(source.line_end(first - 1), source.line_end(last), b""))
        return splices

    def _insertions(self) -> list[Splice]:
        source = self._source
        at: dict[int, list[tuple[str, str]]] = {}  # line -> (text, ending)
        for (table, row), rows in self._rows.items():
            line = self._outline.tables[table].line + 2 + row
            ending = self._ending_at(line, source.ending(line - 1) or source.newline)
            at.setdefault(line, []).extend((text, ending) for text, _ in rows)
        for line, texts in (*self._lines.items(), *self._items.items()):
            ending = self._ending_at(line, source.newline)
            at.setdefault(line, []).extend((text, ending) for text in texts)
        return [self._insertion(line, parts, line in self._lines) for line, parts in at.items()]

    def _ending_at(self, line: int, usual: str) -> str:
        """The usual ending for lines put before `line`, unless a lone CR and a LF would meet there as one."""
        source = self._source
        after_cr = line > 0 and source.ending(line - 1) == "\r"
        before_lf = line < source.line_count and not source.lines[line] and source.ending(line) == "\n"
        return "\r\n" if (usual == "\n" and after_cr) or (usual == "\r" and before_lf) else usual

    def _insertion(self, line: int, parts: list[tuple[str, str]], closed: bool) -> Splice:
        """`closed`: the last line gets an ending though the page had none (text, but not a lone row)."""
        source = self._source
        text = "".join(part + ending for part, ending in parts)
        if line < source.line_count:
            start = source.line_start(line)
        else:
            start = len(source.data)
            if line and not source.ending(line - 1):
                text = "".join(ending + part for part, ending in parts) + (parts[-1][1] if closed else "")
        return self._splice(start, start, text.encode("utf-8", "surrogateescape"))


def _runs(lines: Sequence[int]) -> list[tuple[int, int]]:
    """Neighbouring lines as (first, last)."""
    runs: list[tuple[int, int]] = []
    for line in lines:
        if runs and runs[-1][1] == line - 1:
            runs[-1] = (runs[-1][0], line)
        else:
            runs.append((line, line))
    return runs


def render_row(table: Table, values: Sequence[str], widths: Sequence[int | None]) -> str:
    """A row as the table writes its rows: outer pipes, spaces and widths like those of its header."""
    header = table.header
    line = header.source.line(header.line)
    spans = cells.split_row(line)
    before, after = line[: spans[0][0]], line[spans[-1][1] :]
    parts = []
    for number, ((start, end), value, width) in enumerate(zip(spans, values, widths, strict=True)):
        text = line[start:end]
        lead = text[:1] if text[0] in cells.BLANK else ""
        trail = lead or (" " if value.endswith("\\") or (number == 0 and _is_bare(before, text)) else "")
        cell = lead + cells.encode(value) + trail
        parts.append(cell + " " * max((width or 0) - cells.display_width(cell), 0))
    if not after.strip(cells.BLANK):
        parts[-1] = parts[-1].rstrip(cells.BLANK)
    return before + "|".join(parts) + after.rstrip(cells.BLANK)


def _is_bare(before: str, text: str) -> bool:
    """Whether the first cell has no pipe before it, but a blank behind its text."""
    return not before.strip(cells.BLANK) and text[-1] in cells.BLANK
