"""Splices: the frame around them, their undoing, and where they go when somebody else saved meanwhile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdorch.page.splice import Splice, Stale, apply, carry
from tests.page.pages import any_bytes, board

PAGE = b"# Q\r\n\r\n| a | b |\r\n|--|--|\r\n| 1 | x |\r\n| 2 | y |\r\n"


@st.composite
def spliced(draw: st.DrawFn) -> tuple[bytes, list[Splice]]:
    data = draw(any_bytes() | board())
    places = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6).filter(lambda p: len(p) % 2 == 0)))
    splices = [
        Splice(start, end, data[start:end], draw(st.binary(max_size=5)))
        for start, end in zip(places[::2], places[1::2], strict=True)
    ]
    return data, draw(st.permutations(splices))


@given(spliced())
def test_bytes_outside_do_not_change(case: tuple[bytes, list[Splice]]) -> None:
    data, splices = case
    new = apply(data, splices)
    at = there = 0
    for splice in sorted(splices, key=lambda s: (s.start, s.end)):
        length = splice.start - at
        assert new[there : there + length] == data[at : splice.start]
        there += length + len(splice.new)
        at = splice.end
    assert new[there:] == data[at:]


@given(spliced())
def test_splices_can_be_undone(case: tuple[bytes, list[Splice]]) -> None:
    data, splices = case
    shift, back = 0, []
    for splice in sorted(splices, key=lambda s: (s.start, s.end)):
        start = splice.start + shift
        back.append(Splice(start, start + len(splice.new), splice.new, splice.old))
        shift += len(splice.new) - len(splice.old)
    assert apply(apply(data, splices), back) == data


def test_old_bytes_must_be_there() -> None:
    with pytest.raises(Stale, match="line 5, column 7"):
        apply(PAGE, [Splice(PAGE.index(b"x"), PAGE.index(b"x") + 1, b"z", b"y")])
    with pytest.raises(Stale):
        apply(b"", [Splice(1, 1, b"", b"a")])


def test_splices_must_not_overlap() -> None:
    with pytest.raises(ValueError, match="overlap"):
        apply(b"abcd", [Splice(0, 2, b"ab", b""), Splice(1, 3, b"bc", b"")])


def test_insertions_at_one_place_keep_their_order() -> None:
    assert (
        apply(b"ab", [Splice(1, 2, b"b", b"3"), Splice(1, 1, b"", b"1"), Splice(1, 1, b"", b"2")]) == b"a123"
    )


def replaced(old: bytes, new: bytes, page: bytes = PAGE) -> Splice:
    start = page.index(old)
    return Splice(start, start + len(old), old, new)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (b"# Other\r\n" + PAGE, b"# Other\r\n" + PAGE.replace(b"x", b"z")),
        (
            PAGE.replace(b"| 2 | y |", b"| 2 | done |"),
            PAGE.replace(b"| 2 | y |", b"| 2 | done |").replace(b"x", b"z"),
        ),
        (PAGE.replace(b"\r\n", b"\n"), PAGE.replace(b"\r\n", b"\n").replace(b"x", b"z")),
        (b"\xef\xbb\xbf" + PAGE, b"\xef\xbb\xbf" + PAGE.replace(b"x", b"z")),
        (PAGE + b"\r\nmore", PAGE.replace(b"x", b"z") + b"\r\nmore"),
        (PAGE.replace(b"| 1 | x |\r\n| 2 | y |", b"| 2 | y |\r\n| 1 | x |"), None),
        (PAGE.replace(b"| 1 | x |", b"| 1 | w |"), None),
        (PAGE.replace(b"| 1 | x |\r\n", b""), None),
        (b"", None),
    ],
)
def test_a_cell_goes_with_its_row(new: bytes, expected: bytes | None) -> None:
    moved = carry(PAGE, new, [replaced(b"x", b"z")])
    if expected is None:
        assert moved is None or apply(new, moved).count(b"| 1 | z |") == 1
    else:
        assert moved is not None
        assert apply(new, moved) == expected


def test_of_equal_lines_only_one_that_is_sure_is_found() -> None:
    """Equal rows: the first is known by the line before it; the second may be the one that was taken away."""
    page = b"1\nu\nx\nb\nx\nv\n2\n"
    second = page.rindex(b"x")
    for new, place in ((b"3\nu\nx\nv\n4\n", 4), (b"3\nx\n4\n", None)):
        first = carry(page, new, [replaced(b"x", b"z", page)])
        assert first == (None if place is None else [Splice(place, place + 1, b"x", b"z")])
        assert carry(page, new, [Splice(second, second + 1, b"x", b"z")]) is None


def test_a_row_appended_goes_with_the_row_before_it() -> None:
    end = Splice(len(PAGE), len(PAGE), b"", b"| 3 | z |\r\n")
    new = b"intro\r\n" + PAGE + b"\r\n## Handoff\r\n"
    moved = carry(PAGE, new, [end])
    assert moved is not None
    assert apply(new, moved) == b"intro\r\n" + PAGE + b"| 3 | z |\r\n\r\n## Handoff\r\n"


def test_a_row_appended_without_a_last_line_ending() -> None:
    page = PAGE.rstrip()
    moved = carry(page, PAGE + b"more\r\n", [Splice(len(page), len(page), b"", b"\r\n| 3 | z |")])
    assert moved is not None
    assert apply(PAGE + b"more\r\n", moved) == PAGE + b"| 3 | z |\r\nmore\r\n"


def test_an_insertion_before_everything() -> None:
    moved = carry(b"a\n", b"\xef\xbb\xbfb\na\n", [Splice(0, 0, b"", b"x\n")])
    assert moved is not None
    assert apply(b"\xef\xbb\xbfb\na\n", moved) == b"\xef\xbb\xbfx\nb\na\n"


@given(
    spliced(), st.binary(max_size=5).map(lambda b: b + b"\n"), st.binary(max_size=5).map(lambda b: b"\n" + b)
)
def test_what_is_carried_fits(case: tuple[bytes, list[Splice]], before: bytes, after: bytes) -> None:
    data, splices = case
    for new in (data, before + data, data + after, before + data + after, before, after):
        moved = carry(data, new, splices)
        if moved is not None:
            assert [(s.old, s.new) for s in moved] == [(s.old, s.new) for s in splices]
            apply(new, moved)
