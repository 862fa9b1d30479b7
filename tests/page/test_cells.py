"""Cell text and cell value: what is taken off, what is put back, and the laws between the two."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mdorch.page.cells import (
    display_width,
    encode,
    link_target,
    norm,
    plain,
    replace,
    split_row,
    texts,
    value,
)
from tests.page.pages import CELLS, line

PIECES = (
    "a",
    "b",
    " ",
    "|",
    "\\",
    "\\|",
    "*",
    "**",
    "`",
    "``",
    "~~",
    "_",
    "[",
    "]",
    "(u)",
    "<br>",
    "\n",
    "\t",
    "é",
    "表",
    "🔄",
)
messy = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
anything = messy | st.text(max_size=20) | st.sampled_from(CELLS)
cell = messy.map(encode).map(lambda t: f" {t} ") | st.sampled_from(CELLS).map(lambda t: f" {t}  ")


@given(line | st.text(st.characters(exclude_characters="\r\n"), max_size=30))
def test_spans_are_the_row(text: str) -> None:
    spans = split_row(text)
    assert [text[a:b] for a, b in spans] == texts(text)
    at = spans[0][0] if spans else 0
    for start, end in spans:
        assert start == at
        at = end + 1
        assert text[end : end + 1] in ("|", "")
    if spans:
        assert text[: spans[0][0]].strip(" \t") in ("", "|")
        assert text[spans[-1][1] :].strip(" \t\v\f") in ("", "|")


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("| a | b |", [" a ", " b "]),
        ("a|b", ["a", "b"]),
        ("  | a | ", [" a "]),
        ("| a | b", [" a ", " b"]),
        ("|a\\|b|c|", ["a\\|b", "c"]),
        ("|a\\\\|b|", ["a\\\\|b"]),
        ("| `a|b` |", [" `a", "b` "]),
        ("||", [""]),
        ("| |", [" "]),
        ("|", []),
        ("|  ", []),
        ("", []),
        ("  ", []),
        ("|||", ["", ""]),
        ("a\\|", ["a\\|"]),
    ],
)
def test_split(row: str, cells: list[str]) -> None:
    assert texts(row) == cells


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Waiting ", "Waiting"),
        ("**TSK-1.1**", "TSK-1.1"),
        ("`T-3`", "T-3"),
        ("`` a`b ``", "a`b"),
        ("[#603](url)", "#603"),
        ("[#603]", "#603"),
        ("[a][ref]", "a"),
        ("**[`T-1`](x(y).md)**", "T-1"),
        ("***a***", "a"),
        ("__a__", "a"),
        ("~~**a**~~", "a"),
        ("a\\|b", "a|b"),
        ("`a\\|b`", "a|b"),
        ("a<br>b<BR />c", "a\nb\nc"),
        ("**DONE** (9 tests)", "**DONE** (9 tests)"),
        ("**a** and **b**", "**a** and **b**"),
        ("*a* *b*", "*a* *b*"),
        ("`a` `b`", "`a` `b`"),
        ("[a](b) [c](d)", "[a](b) [c](d)"),
        ("** a **", "** a **"),
        ("**a\\**", "**a\\**"),
        ("[x]", "[x]"),
        ("[X]", "[X]"),
        ("[ ]", "[ ]"),
        ("![i](u)", "![i](u)"),
        ("****", "****"),
        ("``", "``"),
        ("_a_b_", "_a_b_"),
        ("*", "*"),
        ("~~python-pro~~ → backend-developer", "~~python-pro~~ → backend-developer"),
    ],
)
def test_value(text: str, expected: str) -> None:
    assert value(text) == expected


def test_plain_keeps_decoration() -> None:
    assert plain("  **a\\|b**<br>c\t") == "**a|b**<br>c"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("[T-1](docs/t-1.md)", "docs/t-1.md"),
        ("**[`T-1`](<a b.md> 'title')**", "a b.md"),
        ("see [the spec](spec.md#x 'title') and [b](c)", "spec.md#x"),
        ("[a](b(c).md)", "b(c).md"),
        ("![shot](a.png) [a](b)", "b"),
        ("[a]()", ""),
        ("[a]", ""),
        ("plain", ""),
    ],
)
def test_link_target(text: str, target: str) -> None:
    assert link_target(text) == target


@given(cell, anything)
@example(" **x** ", "a**b")
@example("`x`", "a`b")
@example("[x](u)", "a]b")
@example("**x**", "a\\")
@example("|", "\\\\|")
@example("x", "<b\0r>")
@example("x", "\ud800\udcc3\udca9")
def test_put_then_get(text: str, wish: str) -> None:
    new = replace(text, wish)
    assert value(new) == norm(wish)


@given(cell, anything, st.none() | st.integers(0, 12))
def test_a_written_cell_is_one_cell(text: str, wish: str, width: int | None) -> None:
    """Whatever is written: it does not end its line, its cell or its row."""
    new = replace(text, wish, width)
    assert not set(new) & {"\n", "\r", "\0", "\t"} - set(text)
    assert "\\\\|" not in encode(wish)
    if new.strip(" "):
        assert texts(f"| a |{new}| b |") == [" a ", new, " b "]
    new.encode("utf-8", "surrogateescape")


@given(anything)
def test_norm_is_what_is_read_back(wish: str) -> None:
    assert norm(norm(wish)) == norm(wish)
    assert value(encode(wish)) == norm(wish)


pads = st.integers(0, 4).map(" ".__mul__)
contents = st.sampled_from([c for c in CELLS if c and c != "x\\"])
bare = contents.filter(
    lambda c: value(c) == plain(c).replace("<br>", "\n")
)  # a wish with decoration leaves it there


@given(contents, bare, pads, pads, st.none() | st.integers(0, 16))
@example("T-1", "進行中", " ", "    ", 8)
def test_set_and_set_back_is_nothing(old: str, new: str, lead: str, trail: str, width: int | None) -> None:
    text = lead + old + trail
    have = display_width(text)
    in_line = have == width and (trail or not lead)
    too_long = width is not None and have > width and trail == lead[:1]
    assume(width is None or in_line or too_long)  # any other cell is out of line, and may come into it
    assert replace(replace(text, new, width), plain(old), width) == text


@given(pads, contents, st.none() | st.integers(1, 16))
def test_filling_and_emptying_is_nothing(empty: str, new: str, width: int | None) -> None:
    assume(width is None or len(empty) >= width)
    assert replace(replace(empty, new, width), "", width) == empty


@given(bare, bare, st.integers(0, 3))
def test_a_cell_in_line_stays_in_line_while_its_value_fits(old: str, new: str, spare: int) -> None:
    width = max(display_width(old), display_width(new)) + 2 + spare
    text = f" {old}" + " " * (width - 1 - display_width(old))
    assert display_width(replace(text, plain(new), width)) == width


@pytest.mark.parametrize(
    ("text", "wish", "width", "expected"),
    [
        (" Waiting ", "Done", None, " Done "),
        (" Waiting     ", "Done", None, " Done     "),
        (" Waiting ", "Done", 9, " Done    "),
        (" Done    ", "In Progress", 9, " In Progress "),
        (" In Progress ", "Done", 9, " Done    "),
        (" ✅ Done  ", "表", 10, " 表       "),
        (" **Waiting** ", "Done", None, " **Done** "),
        (" **Waiting** ", "`Done`", None, " `Done` "),
        ("a", "b|c", None, "b\\|c"),
        ("a", "b\\", None, "b\\ "),
        (" abc", "x", 4, " x"),
        ("", "x", None, "x"),
        (" ", "x", None, " x "),
        (" [#1](u) ", "#2", None, " [#2](u) "),
        (" a ", "b\r\nc\td", None, " b<br>c d "),
    ],
)
def test_replace(text: str, wish: str, width: int | None, expected: str) -> None:
    assert replace(text, wish, width) == expected


def test_width_is_of_the_display() -> None:
    assert [display_width(t) for t in ("abc", "表", "🔄", "é", "e\u0301", "a\x07é")] == [3, 2, 2, 1, 1, 2]
