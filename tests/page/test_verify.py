"""Verification lets through what was meant, on boards of all styles, and nothing that looks like it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mdorch.page.cells import norm, replace, value
from mdorch.page.outline import Outline
from mdorch.page.scan import scan
from mdorch.page.source import Source
from mdorch.page.splice import Splice, apply
from mdorch.page.verify import Intent, Refused, verify
from tests.page.pages import CELLS, board

PAGE = b"# Q\n\n| a | b |\n|---|---|\n| 1 | x |\n| 2 | y |\n\ntext\n"


def put(outline: Outline, table: int, row: int, column: int, wish: str) -> bytes:
    cell = outline.tables[table].rows[row].cells[column]
    data = outline.source.data
    new = replace(cell.text, wish).encode("utf-8", "surrogateescape")
    return apply(data, [Splice(cell.start, cell.end, data[cell.start : cell.end], new)])


@st.composite
def cells(draw: st.DrawFn) -> tuple[Outline, int, int, int]:
    outline = scan(Source(draw(board())))
    rows = [(t, r) for t, table in enumerate(outline.tables) for r in range(len(table.rows))]
    assume(rows)
    table, row = draw(st.sampled_from(rows))
    return outline, table, row, draw(st.integers(0, outline.tables[table].rows[row].width - 1))


@given(cells(), st.sampled_from(CELLS) | st.text(max_size=8))
def test_set_and_get(place: tuple[Outline, int, int, int], wish: str) -> None:
    """A cell that was written says what was wished and all others what they said, or the write is refused."""
    outline, table, row, column = place
    new = put(outline, table, row, column, wish)
    try:
        after = verify(outline, new, Intent(cells={(table, row, column): wish}))
    except Refused:
        piped = outline.source.lines[outline.tables[table].rows[row].line].lstrip().startswith("|")
        assert not piped or not norm(wish), "only where no pipe holds a cell can a value end its row"
        return
    assert value(after.tables[table].rows[row].texts[column]) == norm(wish)
    assert len(after.tables) == len(outline.tables)


@given(cells(), st.sampled_from(CELLS))
def test_other_cells_must_not_change(place: tuple[Outline, int, int, int], wish: str) -> None:
    outline, table, row, column = place
    new = put(outline, table, row, column, wish)
    assume(new != outline.source.data)
    with pytest.raises(Refused):
        verify(outline, new, Intent())
    with pytest.raises(Refused):
        verify(outline, new, Intent(cells={(table, row, column): wish + "?"}))


@given(cells())
def test_rows_added_and_removed(place: tuple[Outline, int, int, int]) -> None:
    outline, table, row, _ = place
    source, found = outline.source, outline.tables[table]
    line = found.rows[row].line
    width = found.rows[row].width
    cells_of_it = [value(text) for text in found.rows[row].texts]
    start, stop = source.line_start(line), source.next_line_start(line)
    text = source.data[start : source.line_end(line)] + (source.ending(line) or source.newline).encode()
    doubled = apply(source.data, [Splice(start, start, b"", text)])
    after = verify(outline, doubled, Intent(added={(table, row): [cells_of_it]}))
    assert len(after.tables[table].rows) == len(found.rows) + 1
    back = apply(doubled, [Splice(start, start + len(text), text, b"")])
    assert back == source.data
    verify(after, back, Intent(removed=frozenset({(table, row)})))
    with pytest.raises(Refused):
        verify(outline, doubled, Intent(added={(table, row): [["?"] * width]}))
    joined = source.data[:start].endswith(b"\r") and source.data[stop:].startswith(b"\n")
    if source.ending(line) and not joined:  # CR and LF that come to stand together are one ending: refused
        gone = apply(source.data, [Splice(start, stop, source.data[start:stop], b"")])
        verify(outline, gone, Intent(removed=frozenset({(table, row)})))
        with pytest.raises(Refused):
            verify(outline, gone, Intent())


OUTLINE = scan(Source(PAGE))
BLOCK = ["", "## Handoff", "", "**From**: a"]


@pytest.mark.parametrize(
    ("new", "intent"),
    [
        (PAGE + b"\n## Handoff\n\n**From**: a\n", Intent(lines={8: BLOCK})),
        (PAGE.replace(b"# Q\n", b"# Q\n<!-- taken -->\n"), Intent(lines={1: ["<!-- taken -->"]})),
        (PAGE.replace(b"\ntext", b"| 3 | z |\n\ntext"), Intent(added={(0, 2): [["3", "z"]]})),
        (
            PAGE.replace(b"| x", b"| z").replace(b"| 2 | y |\n", b"") + b"\n## Handoff\n\n**From**: a\n",
            Intent(cells={(0, 0, 1): "z"}, removed=frozenset({(0, 1)}), lines={8: BLOCK}),
        ),
        (PAGE, Intent()),
    ],
)
def test_meant(new: bytes, intent: Intent) -> None:
    assert verify(OUTLINE, new, intent).source.data == new


@pytest.mark.parametrize(
    ("new", "intent", "why"),
    [
        (PAGE.replace(b"# Q", b"## Q"), Intent(), "line 1 "),
        (PAGE + b"\n", Intent(), "9 lines"),
        (PAGE[:-6], Intent(), "6 lines"),
        (PAGE.replace(b"x", b"x | z"), Intent(cells={(0, 0, 1): "x"}), "line 5 "),
        (PAGE.replace(b"x", b"`x`"), Intent(cells={(0, 0, 1): "z"}), "line 5 "),
        (PAGE.replace(b"| 1 | x", b"| 3 | x"), Intent(cells={(0, 0, 1): "x"}), "line 5 "),
        (PAGE.replace(b"\n\ntext", b"\n|\n\ntext"), Intent(added={(0, 2): [[]]}), "tables"),
        (PAGE.replace(b"| 2", b"```\n| 2"), Intent(lines={5: ["```"]}), "tables"),
        (PAGE.replace(b"\n| a", b"<!--\n| a"), Intent(lines={2: ["<!--"]}), "lines"),
        (PAGE.replace(b"text", b"```\ntext"), Intent(lines={7: ["```"]}), "blocks"),
        (PAGE + b"---\n", Intent(lines={8: ["---"]}), "headings"),
    ],
)
def test_not_meant(new: bytes, intent: Intent, why: str) -> None:
    with pytest.raises(Refused, match=why):
        verify(OUTLINE, new, intent)


def test_a_block_must_be_live() -> None:
    for page in (b"<!-- \ntext\n", b"```\ntext\n", b"<div>\ntext\n"):
        outline = scan(Source(page))
        with pytest.raises(Refused):
            verify(outline, page + b"## Handoff\n\n**From**: a\n", Intent(lines={2: BLOCK[1:]}))
