"""A source gives back its bytes, whatever they are, and both coordinates mean the same place."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mdorch.page.source import Source
from tests.page.pages import any_bytes


@given(any_bytes())
@example(b"\xef\xbb\xbfa\nb")
def test_lines_and_endings_are_the_page(data: bytes) -> None:
    source = Source(data)
    lines = range(source.line_count)
    text = "".join(source.line(n) + source.ending(n) for n in lines)
    assert text == source.text
    assert (b"\xef\xbb\xbf" if source.bom else b"") + text.encode("utf-8", "surrogateescape") == data
    for n in lines:
        assert source.data[source.line_start(n) : source.line_end(n)].decode(
            "utf-8", "surrogateescape"
        ) == source.line(n)
        assert source.line_end(n) + len(source.ending(n)) == source.next_line_start(n)


@given(any_bytes(), st.data())
def test_offset_and_position_are_inverse(data: bytes, draws: st.DataObject) -> None:
    source = Source(data)
    if source.line_count:
        line = draws.draw(st.integers(0, source.line_count - 1))
        column = draws.draw(st.integers(0, len(source.line(line))))
        offset = source.offset(line, column)
        assert (
            source.data[source.line_start(line) : offset].decode("utf-8", "surrogateescape")
            == source.line(line)[:column]
        )
        assert source.position(offset) == (line + 1, column + 1)


@pytest.mark.parametrize("char", ["\u2028", "\u2029", "\x85", "\f", "\v", "\x1c", "\x1e"])
def test_only_cr_and_lf_end_lines(char: str) -> None:
    assert Source(f"a{char}b\nc".encode()).lines == [f"a{char}b", "c"]


@pytest.mark.parametrize(
    ("data", "newline"),
    [(b"", "\n"), (b"a", "\n"), (b"a\r\nb\r\nc\n", "\r\n"), (b"a\rb\rc\n", "\r"), (b"a\r\nb\n", "\n")],
)
def test_new_lines_get_the_ending_used_most(data: bytes, newline: str) -> None:
    assert Source(data).newline == newline


def test_the_end_of_the_page_has_a_position() -> None:
    assert Source(b"a\n").position(2) == (2, 1)
    assert Source(b"\xef\xbb\xbf").position(0) == (1, 1)
    assert Source(b"").line_count == 0


def test_the_digest_is_of_the_bytes() -> None:
    assert Source(b"").digest == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Source(b"a\n").digest != Source(b"a\r\n").digest
