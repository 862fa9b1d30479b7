"""A damaged journal is noticed, kept and replaced; never read half and never thrown away.

`make storm` cuts at every byte, on a file system in memory where there is one: nothing here is about syncing.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from mdorch.facts import Run, RunState
from mdorch.world import database
from mdorch.world.database import NAME
from mdorch.world.journal import Journal

LOG_HEAD, LOG_FRAME = 32, 24 + 4096  # bytes of SQLite's log before its frames, and of each frame
FULL = os.environ.get("MDORCH_STORM") == "full"


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    memory = Path("/dev/shm")
    if not (FULL and os.access(memory, os.W_OK)):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def filled(folder: Path, rows: int = 40) -> bytes:
    """A journal of some pages, closed; its bytes."""
    journal = Journal.open(folder)
    with journal.batch():
        for number in range(rows):
            journal.claim(Run(f"T.{number}", "T", number, "agent" * 30, RunState.CLAIMED, 1.0))
            journal.note(1.0, "start", "T", f"T.{number}", "text " * 30)
    journal.close()
    return (folder / NAME).read_bytes()


class Noticed(Exception):
    """The damage was, and a new journal would be made now."""


@pytest.mark.storm
def test_wherever_it_is_cut_it_is_noticed(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = filled(scratch, rows=3)

    def make_anew(*_: object) -> NoReturn:
        raise Noticed

    monkeypatch.setattr(database, "_make_anew", make_anew)
    for cut in range(0, len(whole), 1 if FULL else 97):
        (scratch / NAME).write_bytes(whole[:cut])
        with pytest.raises(Noticed):
            Journal.open(scratch)
    (scratch / NAME).write_bytes(whole)
    assert len(Journal.open(scratch).runs()) == 3


def test_cut_anywhere_it_opens_and_says_what_happened(tmp_path: Path) -> None:
    whole = filled(tmp_path / "first")
    cuts = [0, 1, 15, 16, 50, 99, 100, 511, 512, 4095, 4096, *range(5000, len(whole), 4999), len(whole) - 1]
    for cut in cuts:
        folder = tmp_path / f"cut{cut}"
        folder.mkdir()
        (folder / NAME).write_bytes(whole[:cut])
        journal = Journal.open(folder)
        assert journal.made_anew
        assert journal.suffix
        assert journal.runs() == []
        kept = [path for path in folder.glob(f"{NAME}.damaged-*") if not path.name.endswith(("-wal", "-shm"))]
        assert [path.read_bytes() for path in kept] == [whole[:cut]]
        journal.claim(Run("T.1", "T", 1, "a", RunState.CLAIMED, 1.0))
        journal.close()
        again = Journal.open(folder)
        assert not again.made_anew
        assert again.suffix == journal_suffix(folder)
        assert len(again.runs()) == 1
        again.close()


def journal_suffix(folder: Path) -> str:
    peeked = Journal.peek(folder)
    assert peeked is not None
    return peeked.suffix


@pytest.mark.storm
def test_overwritten_pages_are_noticed_or_harmless(scratch: Path) -> None:
    whole = filled(scratch / "first")
    chance = random.Random(7)
    noticed, times = 0, 2000 if FULL else 25
    for number in range(times):
        folder = scratch / f"bad{number}"
        folder.mkdir()
        place = chance.randrange(0, len(whole) // 4096) * 4096
        (folder / NAME).write_bytes(whole[:place] + chance.randbytes(4096) + whole[place + 4096 :])
        journal = Journal.open(folder)
        if journal.made_anew:
            noticed += 1
            assert journal.runs() == []
        else:
            assert len(journal.runs()) == 40
        journal.close()
        shutil.rmtree(folder)
    assert noticed >= times * 0.6


def test_no_database_at_all(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"# some text that somebody put here\n" * 99)
    journal = Journal.open(tmp_path)
    assert journal.made_anew
    assert journal.get("made_anew")


def test_a_journal_that_vanished_is_missed_when_its_runs_are_there(tmp_path: Path) -> None:
    folder = tmp_path / ".mdorch"
    filled(folder)
    (folder / NAME).unlink()
    (folder / "runs" / "T.1").mkdir(parents=True)
    journal = Journal.open(folder)
    assert journal.made_anew
    assert journal.suffix


def test_peeking_at_damage_shows_nothing(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"x" * 5000)
    assert Journal.peek(tmp_path) is None


@pytest.mark.storm
def test_a_log_cut_anywhere_gives_whole_commits(scratch: Path) -> None:
    """And the same ones wherever it is cut within a frame of the log."""
    folder = scratch / ".mdorch"
    journal = Journal.open(folder)
    for number in range(2 if FULL else 6):
        with journal.batch():
            journal.claim(Run(f"T.{number}", "T", number, "a", RunState.CLAIMED, 1.0))
            journal.note(1.0, "start", "T", f"T.{number}")
    base, log = (folder / NAME).read_bytes(), (folder / f"{NAME}-wal").read_bytes()
    journal.close()
    found: dict[int, int] = {}  # whole frames -> commits
    for cut in range(0, len(log), 1 if FULL else 1777):
        copy = scratch / f"cut{cut}"
        copy.mkdir()
        (copy / NAME).write_bytes(base)
        (copy / f"{NAME}-wal").write_bytes(log[:cut])
        cut_journal = Journal.open(copy)
        runs, notes = cut_journal.runs(), cut_journal.history()
        assert [r.id for r in runs] == [n.run for n in notes] == [f"T.{i}" for i in range(len(runs))]
        assert found.setdefault(max(0, cut - LOG_HEAD) // LOG_FRAME, len(runs)) == len(runs)
        cut_journal.close()
        shutil.rmtree(copy)


KILLED = """
import os, sys
from pathlib import Path
from mdorch.world.journal import Journal
from mdorch.facts import Run, RunState
journal = Journal.open(Path(sys.argv[1]))
number = 0
while True:
    with journal.batch():
        journal.claim(Run(f"T.{number}", "T", number, "a", RunState.CLAIMED, 1.0))
        journal.note(1.0, "start", "T", f"T.{number}")
    print(number, flush=True)
    number += 1
"""


def test_what_was_said_to_be_written_survives_a_kill(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(50)]
        process.kill()
        said += [int(line) for line in process.stdout.read().split()]
    journal = Journal.open(tmp_path)
    assert not journal.made_anew
    assert [n.run for n in journal.history()] == [r.id for r in journal.runs()]
    assert len(journal.runs()) >= len(said)


@pytest.mark.parametrize("locked", [True, False])
def test_trouble_that_is_no_damage_throws_nothing_away(tmp_path: Path, locked: bool) -> None:
    whole = filled(tmp_path)
    if locked:
        other = sqlite3.connect(tmp_path / NAME, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        (tmp_path / NAME).chmod(0o000)
    journal = None
    try:
        journal = Journal.open(tmp_path)
        assert len(journal.runs()) == 40
    except sqlite3.OperationalError:
        assert not locked
    finally:
        (tmp_path / NAME).chmod(0o644)
        if journal is not None:
            journal.close()
        if locked:
            other.close()
    assert (tmp_path / NAME).read_bytes() == whole


def test_the_log_of_a_deleted_journal_is_not_replayed_into_the_new_one(tmp_path: Path) -> None:
    filled(tmp_path)
    old = Journal.open(tmp_path)
    old.set("from", "the old one")
    (tmp_path / NAME).unlink()
    assert (tmp_path / f"{NAME}-wal").exists()
    new = Journal.open(tmp_path)
    assert new.runs() == []
    assert new.get("from") == ""
    old.close()
    new.set("from", "the new one")
    new.close()
    assert Journal.open(tmp_path).get("from") == "the new one"
    assert len(list(tmp_path.glob(f"{NAME}.damaged-*-wal"))) == 1


@pytest.mark.parametrize("also", ["nothing", "folder", "successor"])
def test_a_journal_deleted_under_its_user_is_put_back_whole(tmp_path: Path, also: str) -> None:
    folder = tmp_path / ".mdorch"
    filled(folder)
    journal = Journal.open(folder)
    journal.set("told", "before")
    (folder / NAME).unlink()
    if also == "folder":
        shutil.rmtree(folder)
    if also == "successor":
        Journal.open(folder).set("told", "by another process")
    journal.set("told", "after")
    back = journal.put_back(folder)
    back.set("more", "is written")
    other = Journal.open(folder)
    assert (other.get("told"), other.get("more"), len(other.runs())) == ("after", "is written", 40)
    assert not other.made_anew
    aside = [path for path in folder.glob(f"{NAME}.damaged-*") if path.name[-1].isdigit()]
    assert len(aside) == (also == "successor")


def test_a_commit_that_finds_no_room_leaves_the_journal_usable(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal._db.execute("PRAGMA max_page_count = 20")

    def write() -> None:
        with journal.batch():
            journal.set("half", "done")
            journal.set("much", "x" * 200_000)

    with pytest.raises(sqlite3.OperationalError, match="full"):
        write()
    journal._db.execute("PRAGMA max_page_count = 100000")
    journal.set("much", "x" * 200_000)
    assert (journal.get("half"), len(journal.get("much"))) == ("", 200_000)
