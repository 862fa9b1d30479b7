"""From a `Source` to its `Outline`: block rules alone, no inline pass, nothing raised whatever the bytes."""

from __future__ import annotations

from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING

from mdorch.frozen import many
from mdorch.page.outline import Block, Heading, NearTable, Outline, Row, Table
from mdorch.page.source import Source

if TYPE_CHECKING:
    from mdorch.page.rules import Reader

OPEN_ENDED = frozenset({"list", "quote", "code"})  # blocks to which blank lines behind them might count


def scan(source: Source) -> Outline:
    """The outline of a page. Takes time in proportion to the page's length."""
    from mdorch.page.state import State

    body = _after_front_matter(source.lines)
    state = State(source.normal.replace("\0", "\ufffd"), source.lines, _reader())
    state.md.block.tokenize(state, body, state.lineMax)
    headings: list[Heading] = []
    tables: list[Table] = []
    blocks: list[Block] = [Block("front_matter", 0, body)] if body else []
    for kind, line, end in state.found:
        if kind == "table":
            tables.append(_table(source, line, end))
        elif kind == "heading":
            headings.append(_atx(source, line))
        elif kind == "setext":
            headings.append(_setext(source, line, end))
        else:
            blocks.append(
                Block(kind, line, _last_line(source.lines, line, end) if kind in OPEN_ENDED else end)
            )
    near = tuple(NearTable(line, reason) for line, reason in state.near)
    return Outline(source, tuple(headings), tuple(tables), tuple(blocks), near)


@lru_cache(maxsize=3)
def outline_of(data: bytes) -> Outline:
    """The outline of a page, kept for a while: what is to be written is read to be verified, and again as
    the page that it then is."""
    return scan(Source(data))


def _last_line(lines: list[str], line: int, end: int) -> int:
    """The end of a block without the blank lines behind it: text appended after them changes no block."""
    while end > line + 1 and not lines[end - 1].strip(" \t"):
        end -= 1
    return end


@lru_cache(maxsize=1)
def _reader() -> Reader:
    from mdorch.page.rules import Reader

    return Reader()


def _after_front_matter(lines: list[str]) -> int:
    """The first line after front matter, 0 where there is none.

    As Pandoc has it: `---` (or `+++`) is the very first line, the next one is not blank, and a line
    `---` or `...` (or `+++`) closes it. An opening that nothing closes is what Markdown makes of it.
    """
    if len(lines) < 2 or not lines[1].strip():
        return 0
    opening = lines[0].rstrip(" \t")
    closing = {"---": ("---", "..."), "+++": ("+++",)}.get(opening)
    if closing is None:
        return 0
    return next((n + 1 for n, line in enumerate(lines) if n and line.rstrip(" \t") in closing), 0)


def _table(source: Source, line: int, end: int) -> Table:
    header = Row(line, source)
    rows = many(Row, end - line - 2, range(line + 2, end), repeat(source))
    return Table(line, end, header.width, header, Row(line + 1, source), tuple(rows))


def _atx(source: Source, line: int) -> Heading:
    marked = source.lines[line].strip(" \t")
    text = marked.lstrip("#")
    level = len(marked) - len(text)
    text = text.strip(" \t")
    unclosed = text.rstrip("#")
    if not unclosed or unclosed[-1] in " \t":
        text = unclosed.rstrip(" \t")
    return Heading(level, text, line, line + 1)


def _setext(source: Source, line: int, end: int) -> Heading:
    level = 1 if source.lines[end - 1].lstrip(" \t")[0] == "=" else 2
    text = "\n".join(part.strip(" \t") for part in source.lines[line : end - 1])
    return Heading(level, text, line, end, setext=True)
