from hypothesis import given
from hypothesis import strategies as st

from mdorch.world.keeper.words import last_words


@given(st.binary(max_size=400))
def test_never_a_control_character(tail: bytes) -> None:
    words = last_words(tail)
    assert len(words) <= 200
    assert all(char == " " or char.isprintable() or not char.isascii() for char in words)
    assert not any("\x00" <= char < " " or "\x7f" <= char <= "\x9f" for char in words)


def test_the_last_line_that_says_anything() -> None:
    assert last_words(b"first\n\x1b[31;1mError:\x1b[0m no\tsuch  host\r\n\n  \n") == "Error: no such host"


def test_titles_and_directions_are_passed_over() -> None:
    assert last_words(b"\x1b]0;evil\x07done \xe2\x80\xaeback") == "done back"
    assert last_words(b"\x1b") == ""
