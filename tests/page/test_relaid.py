"""Columns that change places."""

from __future__ import annotations

import pytest

from mdorch.page.merge import merge
from mdorch.page.relaid import orders, relaid

PAGE = b"# P\n\n| ID | Task | Status |\n|:--|---|--:|\n| A-1 | one \\| two | Ready |\n| half\n\nsaid | so\n"
MOVED = b"# P\n\n| ID | Status | Task |\n|:--|--:|---|\n| A-1 | Ready | one \\| two |\n| half\n\nsaid | so\n"
ORDER = (b"ID", b"Status", b"Task")


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_whole_columns_are_moved_and_nothing_else(ending: bytes) -> None:
    page, moved = PAGE.replace(b"\n", ending), MOVED.replace(b"\n", ending)
    assert relaid(page, {frozenset(ORDER): ORDER}) == moved
    assert relaid(moved, orders(page)) == page
    assert relaid(page, orders(page)) == page


@pytest.mark.parametrize("other", [b"| Task | Status | ID |\n|---|---|---|\n", b"| ID | ID |\n|---|---|\n"])
def test_where_it_is_not_clear_which_column_is_which_all_stay(other: bytes) -> None:
    assert relaid(PAGE, orders(MOVED + b"\n" + other)) == (PAGE if b"Task" in other else MOVED)
    assert relaid(PAGE + b"\n" + other, orders(MOVED)).endswith(other)


def test_a_moved_column_and_a_new_status_are_both_kept() -> None:
    """Whoever of the two was first."""
    done, both = PAGE.replace(b"Ready", b"Complete"), MOVED.replace(b"Ready", b"Complete")
    assert merge(PAGE, done, MOVED).data == both
    assert merge(PAGE, MOVED, done).data == both
