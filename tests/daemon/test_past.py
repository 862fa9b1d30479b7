"""What the next daemon takes for the page as it was left."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from shutil import rmtree

import pytest

from mdorch.daemon.past import Past
from mdorch.world.journal import Journal
from mdorch.world.versions import Versions

FIRST, SECOND, THIRD = (f"# Project\n\n- said {word}\n".encode() for word in ("one", "two", "three"))


def past_of(journal: Journal, folder: Path) -> Past:
    return Past(journal, Versions(folder), lambda: 1000.0, lambda _: False, lambda _: 0.0)


def test_a_write_that_was_kept_and_not_written_down_is_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two deaths, the second after the record of the write was taken away: its version alone is left."""
    with closing(Journal.open(tmp_path)) as journal:
        past = past_of(journal, tmp_path)
        past.replaced((FIRST,), SECOND)
        assert past_of(journal, tmp_path).last == SECOND
        monkeypatch.setattr(journal, "set", dies)
        with pytest.raises(KeyboardInterrupt):
            past.replaced((SECOND,), THIRD)
        assert past_of(journal, tmp_path).last == THIRD


def test_what_a_write_made_is_known_before_its_record_goes(tmp_path: Path) -> None:
    with closing(Journal.open(tmp_path)) as journal:
        past_of(journal, tmp_path).replaced((FIRST,), SECOND)
        record = journal.begin(SECOND, THIRD)
        past_of(journal, tmp_path).recovered(THIRD)
        journal.done(record)
        assert past_of(journal, tmp_path).last == THIRD


def test_nothing_is_known_without_the_journal(tmp_path: Path) -> None:
    Versions(tmp_path).keep(FIRST, 1000.0)
    with closing(Journal.open(tmp_path)) as journal:
        assert past_of(journal, tmp_path).last is None


def dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_was_saved_unwatched_is_no_single_save(tmp_path: Path) -> None:
    """Whether somebody cleaned up in one of many saves, or saved one old buffer, is a matter of watching."""
    old = "".join(f"- old {n}\n" for n in range(20))
    row = "| A-1 | Waiting |\n"
    noted = f"{row}- later\n{old}".encode()
    done = noted.replace(b"Waiting", b"Complete")
    cleaned = f"{row}- typed\n".encode()
    for seconds, is_back in ((2.0, True), (60.0, False)):
        with closing(Journal.open(tmp_path)) as journal:
            now = [1000.0]
            past = Past(journal, Versions(tmp_path), lambda: now[0], lambda _: False, lambda _: seconds)  # noqa: B023
            past.replaced((f"{row}{old}".encode(), noted), done)
            now[0] += 3600.0
            found = past.believe(cleaned)
            assert found is not None
            assert (b"- later\n" in found.merged) is is_back, seconds
            assert b"Complete" in found.merged
        rmtree(tmp_path / "versions")


def test_where_nothing_is_to_be_put_back_the_save_is_believed(tmp_path: Path) -> None:
    """What was typed stands in all that it undid. A repair that changes nothing would be made for ever."""
    row = "| A-1 | one | {} | None | noted |\n".format
    old = ("| B-1 | two | Ready | None | - |\n" + row("Ready")).encode()
    left = row("Failed").encode()
    saved = ("| A-1 | new | Ready | None | said |\n" + row("On Hold")).encode()
    with closing(Journal.open(tmp_path)) as journal:
        past = past_of(journal, tmp_path)
        past.replaced((old,), left)
        assert past.believe(saved) is None
        assert past.last == saved


def test_a_save_is_as_old_as_its_file_says(tmp_path: Path) -> None:
    """Whoever comes up late has not seen two saves in one moment; a time that is to come is now."""
    now = [500.0]
    with closing(Journal.open(tmp_path)) as journal:
        past = Past(journal, Versions(tmp_path), lambda: now[0], lambda _: False, lambda _: 0.0)
        past.replaced((), FIRST)
        now[0] = 1000.0
        for page, saved, time in ((SECOND, 900.0, 900.0), (THIRD, 2000.0, 1000.0)):
            assert past.believe(page, saved) is None
            assert next(iter(Versions(tmp_path).newest())).time == time
