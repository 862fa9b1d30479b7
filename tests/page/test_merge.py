import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdorch.page import diff
from mdorch.page import merge as merging
from mdorch.page.diff import changes


def merge(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    return merging.merge(base, ours, theirs).data


texts = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"\n", b" \n", b"e"]), max_size=8).map(b"".join)


@given(texts, texts)
def test_what_one_side_alone_changed_is_taken(base: bytes, other: bytes) -> None:
    assert merge(base, other, base) == other
    assert merge(base, base, other) == other
    assert merge(base, other, other) == other


@given(texts, texts, texts)
def test_no_line_of_theirs_is_lost(base: bytes, ours: bytes, theirs: bytes) -> None:
    def count(text: bytes) -> dict[bytes, int]:
        lines = text.splitlines()
        return {line: lines.count(line) for line in lines}

    tag = b"only theirs\n"
    merged = merge(base, ours, theirs + (b"" if not theirs or theirs.endswith(b"\n") else b"\n") + tag)
    assert count(merged).get(b"only theirs") == 1


@given(texts, texts)
def test_lines_added_are_not_added_twice(base: bytes, more: bytes) -> None:
    """After a crash the same late save may be folded in twice."""
    base += b"\n"
    tagged = base + b"tag\n"
    once = merge(base, base + more, tagged)
    assert merge(base, once, tagged) == once
    assert once.count(b"tag\n") == 1


@given(texts, texts)
def test_changes_turn_one_into_the_other(old: bytes, new: bytes) -> None:
    one, other = old.splitlines(True), new.splitlines(True)
    made, done = [], 0
    for a, b, c, d in changes(one, other):
        assert a >= done
        assert a < b or c < d
        made += one[done:a] + other[c:d]
        done = b
    assert made + one[done:] == other


def test_changes_in_different_places_are_both_kept() -> None:
    assert merge(b"1\n2\n3\n", b"1!\n2\n3\n", b"1\n2\n3?\n") == b"1!\n2\n3?\n"


def test_lines_added_in_one_place_are_all_kept() -> None:
    assert merge(b"1\n", b"1\nours\n", b"1\ntheirs\n") == b"1\nours\ntheirs\n"


def test_what_both_added_beside_a_changed_line_is_taken_once() -> None:
    assert merge(b"1\n2\n", b"1\n2\nnew\n", b"1\n2!\nnew\n") == b"1\n2!\nnew\n"
    assert merge(b"1\n2\n", b"1!\nnew\n2\n", b"1\nnew\n2\n") == b"1!\nnew\n2\n"
    assert merge(b"1\n2\n", b"1\nnew\n2\n", b"1\nnew\n2!\n") == b"1\nnew\n2!\n"


def test_where_both_changed_one_line_theirs_stands() -> None:
    assert merge(b"| a | waiting |\n", b"| a | started |\n", b"| a | done |\n") == b"| a | done |\n"


def test_two_long_texts_that_share_nothing() -> None:
    old, new = [b"%d\n" % n for n in range(3000)], [b"x%d\n" % n for n in range(3000)]
    assert len(old) * len(new) > diff._EFFORT
    assert changes(old, new) == [(0, 3000, 0, 3000)]


ROW = b"| A-1 | build | Waiting |  |\n"
DONE = ROW.replace(b"Waiting", b"Done")


@pytest.mark.parametrize(
    ("theirs", "merged"),
    [
        # another cell of the same row
        (b"| A-1 | build | Waiting | typed |\n", b"| A-1 | build | Done | typed |\n"),
        # their way of padding stays
        (b"|A-1   |build 2|Waiting|  |\n", b"|A-1   |build 2| Done |  |\n"),
        # a row of theirs before it, and behind it
        (
            b"| D-1 | new | Draft |  |\n| A-1 | build | Waiting | typed |\n",
            b"| D-1 | new | Draft |  |\n| A-1 | build | Done | typed |\n",
        ),
        (
            b"| A-1 | built | Waiting |  |\n| D-1 | new | Draft |  |\n",
            b"| A-1 | built | Done |  |\n| D-1 | new | Draft |  |\n",
        ),
        # a row that they took away stays away
        (b"", b""),
        # a pipe that separates nothing, and bytes that are no text
        (b"| A-1 | a \\| b | Waiting |  |\n", b"| A-1 | a \\| b | Done |  |\n"),
        (b"| A-1 | b\xc3\xbc\xff | Waiting |  |\n", b"| A-1 | b\xc3\xbc\xff | Done |  |\n"),
    ],
)
def test_rows_are_merged_by_cells(theirs: bytes, merged: bytes) -> None:
    assert merge(ROW, DONE, theirs) == merged
    around = b"| id | title | status | notes |\n", b"| B-1 | other | Waiting |  |\n"
    assert (
        merge(*(around[0] + text + around[1] for text in (ROW, DONE, theirs)))
        == around[0] + merged + around[1]
    )


def test_neighbours_are_not_taken_for_each_other() -> None:
    """Two rows in one change on both sides, and one of theirs between them."""
    base = b"| A-1 | Waiting |  |\n| B-1 | Waiting |  |\n"
    ours = b"| A-1 | Done |  |\n| B-1 | In Progress |  |\n"
    theirs = b"| A-1 | Waiting | a |\n| N-1 | Waiting | n |\n| B-1 | Waiting | b |\n"
    assert (
        merge(base, ours, theirs) == b"| A-1 | Done | a |\n| N-1 | Waiting | n |\n| B-1 | In Progress | b |\n"
    )


def test_a_clash_tells_what_gave_way() -> None:
    base, ours, theirs = (
        b"head\n| A-1 | %s | %s |\n" % pair for pair in ((b"x", b"1"), (b"y", b"2"), (b"z", b"1"))
    )
    found = merging.merge(base, ours, theirs)
    assert found.data == b"head\n| A-1 | z | 2 |\n"
    assert found.clashes == (merging.Clash(1, 1, stands=b"z", gave_way=b"y"),)
    assert merging.merge(b"p\n", b"p1\n", b"p2\n") == merging.Merged(
        b"p2\n", (merging.Clash(0, None, stands=b"p2", gave_way=b"p1"),)
    )


cells = st.sampled_from([b"A", b"B", b"x", b"y", b""])
rows = st.lists(st.tuples(cells, cells, cells).map(lambda row: b"|%s|%s|%s|\n" % row), max_size=5).map(
    b"".join
)


@given(rows, rows, rows)
def test_every_cell_of_theirs_stands_or_was_theirs_to_change(base: bytes, ours: bytes, theirs: bytes) -> None:
    """What they changed is there; what is there is somebody's."""
    found = merging.merge(base, ours, theirs)
    merged = [diff.row_cells(line) or [] for line in found.data.splitlines()]
    for edit in diff.edits(base.splitlines(True), theirs.splitlines(True)):
        if edit.text is not None and edit.cell is not None and edit.text:
            assert any(edit.text in row for row in merged)
    assert {cell for row in merged for cell in row} <= set(
        (base + ours + theirs).replace(b"\n", b"").split(b"|")
    )


@given(rows, rows)
def test_no_edit_between_equal_texts_alone(old: bytes, new: bytes) -> None:
    before, after = old.splitlines(True), new.splitlines(True)
    assert bool(diff.edits(before, after)) == (before != after)
