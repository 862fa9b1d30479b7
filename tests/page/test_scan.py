"""The outline: places that fit the bytes, what is live, near tables, front matter. And nothing raises."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import example, given

from mdorch.page.outline import DEAD, Outline
from mdorch.page.scan import scan
from mdorch.page.source import Source
from tests.page.pages import any_bytes, board, shared_pages


def read(page: str) -> Outline:
    return scan(Source(page.encode()))


def check_places(outline: Outline) -> None:
    source = outline.source
    for table in outline.tables:
        assert [row.line for row in table.rows] == list(range(table.line + 2, table.end))
        assert table.header.width == table.delimiter.width == table.columns
        for row in (table.header, table.delimiter, *table.rows):
            assert source.data[row.start : row.end].decode("utf-8", "surrogateescape") == source.line(
                row.line
            )
            assert [cell.text for cell in row.cells] == row.texts
            assert len(row.cells) == row.width > 0
            for cell in row.cells:
                assert source.data[cell.start : cell.end].decode("utf-8", "surrogateescape") == cell.text


def check_blocks(outline: Outline) -> None:
    source = outline.source
    places = sorted(
        [(h.line, h.end) for h in outline.headings]
        + [(t.line, t.end) for t in outline.tables]
        + [(b.line, b.end) for b in outline.blocks]
    )
    at = 0
    for line, end in [*places, (source.line_count, source.line_count)]:
        assert not "".join(source.lines[at:line]).strip(" \t"), "text in no block"
        assert at <= line <= end
        at = end
    assert all(outline.live(h.line) for h in outline.headings)
    assert all(outline.live(n) for t in outline.tables for n in range(t.line, t.end))
    assert not any(outline.live(n) for b in outline.blocks if b.kind in DEAD for n in range(b.line, b.end))


@given(any_bytes() | board())
@example(b"\xef\xbb\xbf| a |\r|---|\r\n| \xff |")
@example(b"| \0 | b |\n|---|---|\n| \0 | \xc3\xa9 |")
def test_places_fit_the_bytes(data: bytes) -> None:
    check_places(scan(Source(data)))


@given(any_bytes() | board())
def test_blocks_cover_all_text_once(data: bytes) -> None:
    check_blocks(scan(Source(data)))


@pytest.mark.parametrize(
    ("page", "headings"),
    [
        ("# a #\n##\tb  \n### #\n####### c\n#d", [(1, "a", 0, 1), (2, "b", 1, 2), (3, "", 2, 3)]),
        ("  # a \\#\n", [(1, "a \\#", 0, 1)]),
        ("# a#\n#  b ## \n", [(1, "a#", 0, 1), (1, "b", 1, 2)]),
        ("a\n b  \n===\n", [(1, "a\nb", 0, 3)]),
        ("[a]: b\nc\n---\n", [(2, "c", 1, 3)]),
        ("**Status**: COMPLETE\n---\n", [(2, "**Status**: COMPLETE", 0, 2)]),
        ("- # a\n> # b\n    # c\n```\n# d\n", []),
    ],
)
def test_headings(page: str, headings: list[tuple[int, str, int, int]]) -> None:
    found = read(page).headings
    assert [(h.level, h.text, h.line, h.end) for h in found] == headings
    assert [h.setext for h in found] == [h.end > h.line + 1 for h in found]


@pytest.mark.parametrize(
    ("page", "dead"),
    [
        ("a\n```\nb\n```\nc", [1, 2, 3]),
        ("a\n~~~\nb\n\n# c", [1, 2, 3, 4]),
        ("a\n\n    b\n\n    c\nd", [2, 3, 4]),
        ("<!-- a\n\nb -->\nc", [0, 1, 2]),
        ("<div>\na\n\nb", [0, 1]),
        ("> a\nb\n\nc", [0, 1]),
        ("- a\nb\n\n  c\n\nd", [0, 1, 2, 3]),
        ("1. a\n\n   ```\nb", [0, 1, 2]),
        ("---\na: b\n---\nc", [0, 1, 2]),
        ("| a |\n|---|\n# b\n***\n[r]: s", []),
    ],
)
def test_live_lines(page: str, dead: list[int]) -> None:
    outline = read(page)
    lines = range(outline.source.line_count)
    text = [n for n in lines if outline.source.line(n)]
    assert [n for n in text if not outline.live(n)] == [n for n in dead if n in text]
    assert outline.live(len(lines))


@pytest.mark.parametrize(
    ("page", "end"),
    [
        ("---\na: b\n---\n", 3),
        ("--- \na: b\n...\n# c", 3),
        ("+++\na = 1\n+++\n", 3),
        ("\ufeff---\na: b\n---\n", 3),
        ("---\n---\n", 2),
        ("---\n\na\n---\n", 0),
        ("---\na: b\n", 0),
        ("\n---\na: b\n---\n", 0),
        ("+++\na: b\n---\n", 0),
        ("----\na: b\n----\n", 0),
        ("---", 0),
    ],
)
def test_front_matter(page: str, end: int) -> None:
    found = [b for b in read(page).blocks if b.kind == "front_matter"]
    assert [(b.line, b.end) for b in found] == ([(0, end)] if end else [])


def test_near_tables_are_told() -> None:
    outline = read("text\n| a | b |\n|---|\n| c | d |\n\n| a | b |\n|--|--|\n\n> | a | b |\n> |---|\n")
    assert [(near.line, near.reason) for near in outline.near_tables] == [
        (1, "the header has 2 cells, the delimiter row below it 1")
    ]
    assert [table.line for table in outline.tables] == [5]
    assert not read("a\n|---|---|\n").near_tables, "prose above a delimiter row"


def test_ragged_rows_are_as_written() -> None:
    table = read("| a | b |\n|---|---|\n| 1 |\n| 1 | 2 | 3 |\n| |\n").tables[0]
    assert [row.width for row in table.rows] == [1, 3, 1]
    assert table.columns == 2


def test_all_rows_of_a_very_ragged_table_are_there() -> None:
    page = "|" + "a|" * 50 + "\n|" + "-|" * 50 + "\n" + "| x |\n" * 40_000
    assert len(read(page).tables[0].rows) == 40_000


@pytest.mark.parametrize("marker", ["> ", "- ", "1. ", "> - "])
def test_a_deep_container_does_not_swallow_the_page(marker: str) -> None:
    for depth in (20, 60, 99, 150, 400):
        outline = read(marker * depth + "a\n\n# b\n\n| c |\n|---|\n| d |\n")
        assert [h.text for h in outline.headings] == ["b"]
        assert [t.line for t in outline.tables] == [4]


def test_quotes_on_an_ordinary_page_end_where_they_should() -> None:
    outline = read(">\nx\n" * 20_000 + "> # a\nb\n\n" * 2_000)
    assert [b.kind for b in outline.blocks] == ["quote", "paragraph"] * 22_000


def test_depth_does_not_use_up_the_stack() -> None:
    limit = sys.getrecursionlimit()
    page = Source(b"> - " * 5_000 + b"a\n")
    scan(page)

    def deeper(left: int) -> None:
        if left:
            deeper(left - 1)
        else:
            scan(page)

    deeper(limit // 3)
    assert sys.getrecursionlimit() == limit


@pytest.mark.skipif(not shared_pages("corpus"), reason="no shared corpus here")
@pytest.mark.parametrize("path", shared_pages("corpus") + shared_pages("history"), ids=lambda path: path.name)
def test_real_pages(path: Path) -> None:
    outline = scan(Source(path.read_bytes()))
    check_places(outline)
    check_blocks(outline)
