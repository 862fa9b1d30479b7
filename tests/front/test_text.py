"""Laws of text for terminals."""

from __future__ import annotations

import io
import re

from hypothesis import given
from hypothesis import strategies as st

from mdorch.front.cli.screen import Ink, Screen
from mdorch.front.text import clean, clean_lines, fit, width, without_escapes, wrap

DANGEROUS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
anything = st.text(st.characters(blacklist_categories=()), max_size=60)
nasty = st.lists(
    st.sampled_from(
        ["a", "日", "👩‍💻", "e\u0301", "\x1b[31m", "\x9b", "\u202e", "\udc80", "\n", "\t", " ", "\x7f"]
    )
).map("".join)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError("not a real one")


@given(anything | nasty)
def test_nothing_that_a_terminal_obeys_gets_through(text: str) -> None:
    assert not DANGEROUS.search(clean(text))
    assert clean(clean(text)) == clean(text)
    assert not DANGEROUS.search(clean_lines(text).replace("\n", "").replace("\t", ""))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_harmless_text_stays(text: str) -> None:
    assert clean(text) == text


@given(anything | nasty, st.integers(0, 40))
def test_a_fitted_text_takes_no_more_than_its_columns(text: str, columns: int) -> None:
    cut = fit(clean(text), columns)
    assert width(cut) <= columns
    assert cut == clean(text) or width(clean(text)) > columns


@given(anything | nasty, st.integers(2, 40))
def test_wrapping_loses_no_word_and_keeps_the_margin(text: str, columns: int) -> None:
    lines = wrap(clean(text), columns)
    assert all(width(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join(clean(text).split())


def test_escape_sequences_of_a_program_are_taken_out_whole() -> None:
    said = "\x1b[1;31mred\x1b[0m \x1b]0;title\x07left \x1b]8;;http://x\x1b\\link\x1b(B 10 %\r20 %\r\ndone"
    assert without_escapes(said) == "red left link 10 %\n20 %\ndone"


# A mark without a letter before it joins whatever stands to its left: no width is right for it alone.
lettered = st.text(st.characters(blacklist_categories=("M",)), max_size=60)


@given(st.lists(st.lists(lettered | nasty, min_size=1, max_size=4), max_size=5), st.integers(20, 100))
def test_columns_stand_in_line_and_no_row_breaks(rows: list[list[str]], columns: int) -> None:
    file = Terminal()
    screen = Screen(file, {"COLUMNS": str(columns), "NO_COLOR": "1"})
    screen.rows(rows, flexible={0: 1, 1: 1, 2: 1, 3: 1})
    lines = file.getvalue().split("\n")[:-1]
    assert len(lines) == len(rows)
    assert all(width(line) <= max(columns, 2 + 8 + 3 * 3) for line in lines)
    assert not any(DANGEROUS.search(line) for line in lines)


def test_columns_are_aligned_by_what_eyes_see() -> None:
    file = Terminal()
    Screen(file, {"COLUMNS": "80"}).rows([["日本", "x"], ["ab", "y"], ["abcdef", "z"]], indent=0)
    assert file.getvalue() == "日本    x\nab      y\nabcdef  z\n"


def test_colours_are_for_terminals_alone_and_for_who_wants_them() -> None:
    def painted(environ: dict[str, str], file: io.StringIO) -> str:
        Screen(file, environ).line(Ink("x", "bad"))
        return file.getvalue()

    assert "\x1b[31m" in painted({}, Terminal())
    assert painted({}, io.StringIO()) == "x\n"
    assert painted({"NO_COLOR": "1"}, Terminal()) == "x\n"
    assert painted({"TERM": "dumb"}, Terminal()) == "x\n"


def test_a_terminal_without_unicode_gets_ascii() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="latin-1")
    screen = Screen(file, {})
    screen.line(screen.sign("done"), " Größe 日本 ", screen.sign("to"))
    screen.flush()
    assert raw.getvalue() == "+ Größe ?? ->\n".encode("latin-1")
