"""Which commits of the journal are synced one by one (`world.commits`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mdorch.world.journal import Journal

SYNCED, LOOSE = 2, 1  # as `PRAGMA synchronous` says: FULL, NORMAL


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal.open(tmp_path / ".mdorch")) as opened:
        yield opened


def level(journal: Journal) -> int:
    """Of the batch that is open."""
    assert journal._db.in_transaction
    return int(journal._db.execute("PRAGMA synchronous").fetchone()[0])


def test_a_batch_is_synced(journal: Journal) -> None:
    with journal.batch():
        assert level(journal) == SYNCED


def test_a_loose_one_is_not_and_the_next_is_again(journal: Journal) -> None:
    for _ in range(2):
        with journal.loosely(), journal.batch():
            assert level(journal) == LOOSE
        with journal.batch():
            assert level(journal) == SYNCED


def test_what_is_loose_inside_a_batch_is_part_of_it(journal: Journal) -> None:
    with journal.batch(), journal.loosely(), journal.batch():
        assert level(journal) == SYNCED


def test_loose_within_loose_ends_with_the_outer_one(journal: Journal) -> None:
    with journal.loosely():
        with journal.loosely(), journal.batch():
            assert level(journal) == LOOSE
        with journal.batch():
            assert level(journal) == LOOSE
    with journal.batch():
        assert level(journal) == SYNCED


def test_an_exception_leaves_nothing_loose(journal: Journal) -> None:
    with pytest.raises(ZeroDivisionError), journal.loosely(), journal.batch():
        raise ZeroDivisionError
    with journal.batch():
        assert level(journal) == SYNCED
