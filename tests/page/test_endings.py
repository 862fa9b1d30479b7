"""Line endings of whole texts."""

from __future__ import annotations

import pytest

from mdorch.page.endings import ended, usual
from mdorch.page.merge import merge

BASE, OURS, THEIRS, BOTH = b"a\n\nb\nc\n", b"a\n\nB\nc\n", b"a\n\nb\nc\nd\n", b"a\n\nB\nc\nd\n"


@pytest.mark.parametrize(
    ("data", "ending"),
    [(b"", b"\n"), (b"a", b"\n"), (b"a\nb\r\nc\r\n", b"\r\n"), (b"a\rb\rc\n", b"\r"), (b"a\nb\n\rc", b"\n")],
)
def test_the_ending_that_most_lines_have(data: bytes, ending: bytes) -> None:
    assert usual(data) == ending
    assert ended(data, ending) == data


@pytest.mark.parametrize("ending", [b"\r\n", b"\r"])
def test_whoever_changed_all_endings_has_changed_no_line(ending: bytes) -> None:
    theirs, ours = THEIRS.replace(b"\n", ending), OURS.replace(b"\n", ending)
    for merged in (merge(BASE, OURS, theirs), merge(BASE, ours, THEIRS), merge(BASE, ours, theirs)):
        assert merged.data == BOTH.replace(b"\n", ending)
        assert not merged.clashes


def test_one_odd_ending_is_a_line_that_differs() -> None:
    assert merge(BASE, OURS, b"a\n\nb\nc\r\n").data == b"a\n\nB\nc\r\n"
