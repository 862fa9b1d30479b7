"""A torn write is told from a person's edit, and only then finished."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from mdorch.world.boot import boot_id
from mdorch.world.redo import BLOCK, Redo, delta, digest, finish

pages = st.binary(max_size=60) | st.binary(min_size=1, max_size=9).map(lambda b: b * 500)


def record(before: bytes, after: bytes, boot: str | None = None) -> Redo:
    return Redo(
        1, 100.0, digest(before), digest(after), *delta(before, after), boot_id() if boot is None else boot
    )


@given(pages, pages)
def test_a_delta_makes_one_side_of_the_other(before: bytes, after: bytes) -> None:
    offset, old, new = delta(before, after)
    rest = before[offset + len(old) :]
    assert before[:offset] + old + rest == before
    assert before[:offset] + new + rest == after
    assert len(before) == len(after) or rest == b""


def test_a_delta_is_no_longer_than_need_be() -> None:
    assert delta(b"abcdef", b"abXdef") == (2, b"c", b"X")
    assert delta(b"same", b"same") == (4, b"", b"")
    assert delta(b"abc", b"abcd") == (3, b"", b"d")


def torn_by_kill(redo: Redo, before: bytes, after: bytes, cut: int) -> bytes:
    """New bytes up to `cut`, old ones behind it, as `pwrite` leaves them."""
    return after[:cut] + before[cut:]


@given(pages, pages, st.integers(0, 12))
def test_a_write_cut_off_at_a_block_is_finished(before: bytes, after: bytes, blocks: int) -> None:
    redo = record(before, after)
    cut = min(blocks * BLOCK, len(after))
    torn = torn_by_kill(redo, before, after, cut)
    assume(torn not in (before, after))
    assert finish(redo, torn, 100.5) == after


@given(pages, pages)
def test_a_whole_side_is_never_changed(before: bytes, after: bytes) -> None:
    redo = record(before, after)
    assert finish(redo, before, 100.5) is None
    assert finish(redo, after, 100.5) is None


def test_blocks_in_any_order_only_after_a_power_failure() -> None:
    before, after = b"a" * 4096, b"b" * 4096
    torn = b"a" * 1024 + b"b" * 512 + b"a" * 2560
    assert finish(record(before, after, boot="another"), torn, 100.5) == after
    assert finish(record(before, after), torn, 100.5) is None


def test_an_edit_is_no_torn_write() -> None:
    before = b"| a | waiting |\n" + b"x" * 600 + b"| b | waiting |\n"
    after = before.replace(b"waiting", b"complete")
    redo = record(before, after)
    edited = after.replace(b"| b | complete |", b"| b | waiting  |")
    assert finish(redo, edited, 100.5) is None
    assert finish(redo, after[:-1] + b"!", 100.5) is None


def test_what_was_changed_much_later_is_no_torn_write() -> None:
    before, after = b"a" * 4096, b"b" * 4096
    torn = torn_by_kill(record(before, after), before, after, 512)
    assert finish(record(before, after), torn, 101.0) == after
    assert finish(record(before, after), torn, 200.0) is None
    assert finish(record(before, after), torn, 50.0) is None
