from hypothesis import given
from hypothesis import strategies as st

from mdorch.world import merge as module
from mdorch.world.merge import changes, merge

texts = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"d\n", b"e"]), max_size=8).map(b"".join)


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
    assert len(old) * len(new) > module._EFFORT
    assert changes(old, new) == [(0, 3000, 0, 3000)]
