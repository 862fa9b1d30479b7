"""What the daemon stands on: noticed when it goes, put back when it may be, never in somebody's way."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from mdorch.daemon import ground as module
from mdorch.daemon.ground import Ground
from mdorch.world.errors import Elsewhere
from mdorch.world.journal import Journal
from mdorch.world.lock import AlreadyHeld, DaemonLock, Holder, holder


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "CLAUDE.md").write_text("# Page\n")
    return tmp_path / "project" / "CLAUDE.md"


@pytest.fixture
def dot(page: Path) -> Path:
    return page.parent / ".mdorch"


@pytest.fixture
def ground(page: Path, dot: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    monkeypatch.setattr(module, "GRACE", 0.0)
    made = Ground(page, dot, lambda: Journal.open(dot))
    made.journal.set("fact", "kept")
    yield made
    made.release()


def test_it_is_firm_while_nothing_happens(ground: Ground, dot: Path) -> None:
    assert ground.is_firm()
    Journal.open(dot).set("other", "process")
    assert ground.is_firm()


def test_after_a_fall_the_daemon_begins_again_once(ground: Ground) -> None:
    assert "full" in ground.fall(sqlite3.OperationalError("database or disk is full"))
    assert [ground.is_firm(), ground.is_firm()] == [False, True]


@pytest.mark.parametrize("gone", ["lock", "journal.db", ""])
def test_what_is_gone_is_put_back(ground: Ground, dot: Path, gone: str) -> None:
    started = holder(dot)
    assert started is not None
    shutil.rmtree(dot) if not gone else (dot / gone).unlink()
    assert [ground.is_firm(), ground.is_firm()] == [False, True]
    now = holder(dot)
    assert now is not None
    assert (now.pid, now.started) == (os.getpid(), started.started), "the same daemon, since the same time"
    assert ground.journal.get("fact") == "kept"
    assert Journal.open(dot).get("fact") == "kept"
    assert (dot / ".gitignore").read_text() == "*\n"


def test_not_before_all_of_it_is_over(
    ground: Ground, page: Path, dot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE", 1000.0)
    shutil.rmtree(dot)
    for _ in range(2):
        with pytest.raises(Elsewhere):
            ground.is_firm()
    monkeypatch.setattr(module, "GRACE", 0.0)
    page.unlink()
    with pytest.raises(Elsewhere):
        ground.is_firm()
    assert not dot.exists()
    page.write_text("# Back\n")
    assert not ground.is_firm()
    assert dot.exists()


def test_it_does_not_give_way_to_itself(ground: Ground, page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that comes back between two looks has a lock in it: our own."""
    away = page.parent.rename(page.parent.with_name("away"))
    real = module.holder

    def back(dot: Path) -> Holder | None:
        away.rename(page.parent) if away.exists() else None
        return real(dot)

    monkeypatch.setattr(module, "holder", back)
    page.parent.mkdir()
    with pytest.raises(Elsewhere):
        ground.is_firm()
    assert ground.is_firm()


def test_nor_where_its_lock_comes_back_as_it_is_taken_anew(
    ground: Ground, dot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (dot / "lock").rename(dot / "aside")
    real = DaemonLock.again

    def back(lock: DaemonLock) -> DaemonLock:
        (dot / "aside").rename(dot / "lock")
        return real(lock)

    monkeypatch.setattr(DaemonLock, "again", back)
    with pytest.raises(Elsewhere):
        ground.is_firm()
    assert [ground.is_firm(), ground.is_firm()] == [False, True]


def test_where_another_daemon_has_come_it_gives_way(ground: Ground, dot: Path) -> None:
    shutil.rmtree(dot)
    dot.mkdir()
    other = DaemonLock.take(dot)
    other.tell(pid=1)
    with pytest.raises(AlreadyHeld):
        ground.is_firm()
    assert not (dot / "journal.db").exists()
    other.release()


def test_another_folder_is_waited_out(ground: Ground, page: Path) -> None:
    away = page.parent.rename(page.parent.with_name("away"))
    with pytest.raises(Elsewhere, match="is gone"):
        ground.is_firm()
    page.parent.mkdir()
    page.write_text("# Another\n")
    with pytest.raises(Elsewhere, match="another folder"):
        ground.is_firm()
    assert os.listdir(page.parent) == ["CLAUDE.md"]
    shutil.rmtree(page.parent)
    away.rename(page.parent)
    assert ground.is_firm()


@pytest.mark.parametrize("closed", [False, True])
def test_a_journal_that_is_damaged_is_opened_anew(ground: Ground, dot: Path, closed: bool) -> None:
    (dot / "runs" / "A.1").mkdir(parents=True)
    if closed:  # what mending it before, cut off in its middle, leaves
        ground.journal.close()
    else:
        ground.journal.close()
        (dot / "journal.db").write_bytes(b"no database" * 1000)
    with pytest.raises(sqlite3.DatabaseError) as caught:
        ground.journal.get("fact")
    ground.fall(caught.value)
    assert [ground.is_firm(), ground.is_firm()] == [False, True]
    assert (ground.journal.get("fact") == "kept") == closed
    assert bool(ground.journal.suffix) != closed


def test_a_pause_is_put_back_before_the_lock(
    ground: Ground, dot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (dot / "PAUSE").write_text("lunch\n")
    assert ground.is_firm()
    shutil.rmtree(dot)

    def crash(_: DaemonLock) -> DaemonLock:
        raise KeyboardInterrupt

    monkeypatch.setattr(DaemonLock, "again", crash)
    with pytest.raises(KeyboardInterrupt):
        ground.is_firm()
    assert (dot / "PAUSE").read_text() == "lunch\n"


def test_a_pause_that_is_the_first_to_be_deleted_is_put_back(
    ground: Ground, dot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (dot / "PAUSE").write_text("lunch\n")
    assert ground.is_firm()
    (dot / "PAUSE").unlink()
    monkeypatch.setattr(module.time, "sleep", lambda _: shutil.rmtree(dot))
    assert not ground.is_firm()
    assert (dot / "PAUSE").read_text() == "lunch\n"


def test_a_pause_that_is_taken_back_stays_so(ground: Ground, dot: Path) -> None:
    (dot / "PAUSE").write_text("lunch\n")
    assert ground.is_firm()
    (dot / "PAUSE").unlink()
    assert ground.is_firm()
    shutil.rmtree(dot)
    assert not ground.is_firm()
    assert not (dot / "PAUSE").exists()
