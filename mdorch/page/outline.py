"""The `Outline`: what a scan found on a page, every part with its place.

Lines count from 0; `end` is the first line after. Spans are byte offsets into `Source.data`.
Only what stands at the top level of the document is a heading or a table here.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from mdorch.frozen import Frozen
from mdorch.page.cells import split_row, texts
from mdorch.page.source import Source

# Blocks whose lines are not live: nothing in them is a heading, a table or a handoff of the page.
DEAD = frozenset({"fence", "code", "html", "quote", "list", "front_matter"})


class Cell(NamedTuple):
    """The raw text between two separators, padding included; `start` and `end` are bytes."""

    start: int
    end: int
    text: str


class Row(Frozen):
    """One line of a table. Cells are as written: there may be fewer or more than the header has."""

    line: int
    source: Source = field(repr=False, compare=False)

    @property
    def start(self) -> int:
        return self.source.line_start(self.line)

    @property
    def end(self) -> int:
        """Byte offset of the line's ending."""
        return self.source.line_end(self.line)

    @property
    def text(self) -> str:
        """The line as written."""
        return self.source.lines[self.line]

    @property
    def texts(self) -> list[str]:
        """The raw texts of the cells: cheaper than `cells` where no place is needed."""
        return texts(self.source.lines[self.line])

    @property
    def cells(self) -> list[Cell]:
        return [self._cell(*span) for span in split_row(self.text)]

    def cell(self, column: int) -> Cell:
        """One of `cells`: cheaper where the others are not needed."""
        return self._cell(*split_row(self.text)[column])

    def _cell(self, start: int, end: int) -> Cell:
        source, line = self.source, self.line
        return Cell(source.offset(line, start), source.offset(line, end), source.lines[line][start:end])

    @property
    def width(self) -> int:
        """The number of cells as written."""
        return len(texts(self.source.lines[self.line]))


class Table(Frozen):
    """`columns` is the number of cells of the header, which the delimiter row shares."""

    line: int
    end: int
    columns: int
    header: Row
    delimiter: Row
    rows: tuple[Row, ...]


class Heading(Frozen):
    """`text` is the inline source, trimmed; the lines of a setext heading are joined by LF."""

    level: int
    text: str
    line: int
    end: int
    setext: bool = False


class Block(NamedTuple):
    """Any other top-level block.

    `kind` is one of fence code html quote list paragraph rule front_matter reference.
    """

    kind: str
    line: int
    end: int


class NearTable(NamedTuple):
    """A paragraph that looks like a table but is none; `line` is that of its header."""

    line: int
    reason: str


@dataclass(frozen=True)
class Outline:
    source: Source
    headings: tuple[Heading, ...]
    tables: tuple[Table, ...]
    blocks: tuple[Block, ...]
    near_tables: tuple[NearTable, ...] = ()

    @cached_property
    def _dead(self) -> tuple[list[int], list[int]]:
        dead = [b for b in self.blocks if b.kind in DEAD]
        return [b.line for b in dead], [b.end for b in dead]

    def live(self, line: int) -> bool:
        """Whether `line` stands in no fence, indented code, HTML block, quote, list or front matter."""
        starts, ends = self._dead
        n = bisect_right(starts, line) - 1
        return n < 0 or line >= ends[n]
