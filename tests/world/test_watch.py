"""The page is watched in every style of saving, without watchdog's half second, and without noise."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mdorch.world import watch as module
from mdorch.world.watch import Watch
from tests.world.conftest import eventually


class Bell:
    """Counts wake-ups, with the time of each."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.rung = threading.Event()

    def ring(self) -> None:
        self.times.append(time.monotonic())
        self.rung.set()

    def seconds_until_rung(self, act: Callable[[], object], patience: float = 5.0) -> float:
        """From the end of `act` to the first wake-up (which may come before that: then 0)."""
        self.rung.clear()
        self.times.clear()
        act()
        acted = time.monotonic()
        assert self.rung.wait(patience), "nobody was woken"
        return max(0.0, self.times[0] - acted)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".mdorch").mkdir(parents=True)
    (folder / "CLAUDE.md").write_text("one\n")
    return folder / "CLAUDE.md"


@pytest.fixture
def bell(page: Path) -> Iterator[Bell]:
    yield from watching(page)


def watching(path: Path, interval: float = 60.0) -> Iterator[Bell]:
    """By default without the slow look, so that events alone can wake."""
    made = Bell()
    watch = Watch(path, made.ring, interval=interval)
    watch.start()
    yield made
    watch.stop()


def vim(page: Path) -> None:
    os.rename(page, f"{page}~")
    page.write_text("vim\n")
    os.unlink(f"{page}~")


def rename(page: Path) -> None:
    page.with_name("temp").write_text("x")
    os.rename(page.with_name("temp"), page)


def rename_from_outside(page: Path) -> None:
    page.parent.with_name("temp").write_text("x")
    os.rename(page.parent.with_name("temp"), page)


def git(page: Path) -> None:
    page.unlink()
    page.write_text("git\n")


SAVES = {
    "append": lambda page: subprocess.run(["sh", "-c", f"echo x >> {page}"], check=True),
    "truncate": lambda page: page.write_text("two\n"),
    "rename": rename,
    "rename from outside": rename_from_outside,
    "vim": vim,
    "git": git,
    "pause": lambda page: (page.parent / ".mdorch" / "PAUSE").touch(),
}


@pytest.mark.parametrize("style", SAVES)
def test_a_save_wakes_at_once(page: Path, bell: Bell, style: str) -> None:
    assert bell.seconds_until_rung(lambda: SAVES[style](page)) < 0.3


def test_half_a_rename_does_not_hold_anything_back(page: Path, bell: Bell) -> None:
    """watchdog's observer would wait half a second for the other half, with all that comes after it."""

    def act() -> None:
        os.rename(page, page.parent.parent / "gone")
        page.write_text("back\n")

    assert bell.seconds_until_rung(act) < 0.3


def test_the_end_of_a_pause_wakes(page: Path, bell: Bell) -> None:
    pause = page.parent / ".mdorch" / "PAUSE"
    pause.touch()
    eventually(bell.rung.is_set)
    assert bell.seconds_until_rung(pause.unlink) < 0.3


def test_other_files_reading_and_our_own_do_not_wake(page: Path, bell: Bell) -> None:
    page.read_text()
    (page.parent / "other.md").write_text("x")
    (page.parent / ".mdorch" / "journal.db").write_text("x")
    run = page.parent / ".mdorch" / "runs" / "T.1"
    run.mkdir(parents=True)
    (run / "stdout.log").write_text("x")
    (page.parent.parent / "neighbour").write_text("x")
    time.sleep(0.2)
    assert bell.times == []


def test_a_page_behind_links(tmp_path: Path, page: Path) -> None:
    link = tmp_path / "elsewhere" / "PAGE.md"
    link.parent.mkdir()
    link.symlink_to(page)
    for bell in watching(link):
        assert bell.seconds_until_rung(lambda: page.write_text("two\n")) < 0.3
        assert bell.seconds_until_rung(lambda: link.write_text("three\n")) < 0.3
        assert bell.seconds_until_rung(lambda: rename(page)) < 0.3


def test_a_folder_moved_away_and_put_back(page: Path) -> None:
    folder = page.parent
    for bell in watching(page, interval=0.1):
        bell.seconds_until_rung(lambda: os.rename(folder, f"{folder}-away"))
        folder.mkdir()
        bell.seconds_until_rung(lambda: page.write_text("another\n"))
        time.sleep(0.3)  # one slow look later the new folder is watched itself
        assert bell.seconds_until_rung(lambda: page.write_text("again\n")) < 0.09


def test_without_events_it_looks(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """inotify exhausted, or a system without it."""

    def none_left() -> None:
        raise OSError(24, "inotify instance limit reached")

    monkeypatch.setattr(module, "_start_reader", none_left)
    bell = Bell()
    watch = Watch(page, bell.ring, interval=0.1)
    watch.start()
    assert "inotify instance limit reached" in watch.explain()
    assert bell.seconds_until_rung(lambda: page.write_text("two\n")) < 1.0
    assert bell.seconds_until_rung(page.unlink) < 1.0
    assert bell.seconds_until_rung(lambda: page.write_text("two\n")) < 1.0
    assert bell.seconds_until_rung((page.parent / ".mdorch" / "PAUSE").touch) < 1.0
    monkeypatch.undo()
    eventually(lambda: watch.explain().startswith("by events"))
    watch.stop()


def test_dropped_events_wake(page: Path, bell: Bell) -> None:
    watch = Watch(page, bell.ring)
    watch.on_queue_overflow()
    assert bell.rung.is_set()


def test_stopping_ends_threads_and_descriptors(page: Path) -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/fd")) + threading.active_count()

    before = count()
    for _ in range(3):
        bell = Bell()
        watch = Watch(page, bell.ring)
        watch.start()
        watch.stop()
        watch.stop()
    page.write_text("unheard\n")
    time.sleep(0.1)
    assert bell.times == []
    assert count() <= before


def test_how_long_nobody_has_watched(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that finds the page as it was says that nothing was missed; others tell between which two it was
    saved, once or often."""
    now = [100.0]
    monkeypatch.setattr(module, "elapsed", lambda: now[0])
    watch = Watch(page, lambda: None, interval=0.01)
    monkeypatch.setattr(watch, "_state", lambda: ((), (now[0] > 150.0, now[0] > 205.0)))  # saved then
    assert watch.unwatched(90.0) == 10.0, "it has not looked yet"
    watch.start()
    try:
        now[0] = 130.0
        eventually(lambda: watch.unwatched(100.0) == 0.0)
        now[0] = 190.0  # nobody had a chance to look for a minute
        assert watch.unwatched(120.0) == 60.0
        eventually(lambda: watch._spans[1] == (190.0, 190.0))
        now[0] = 200.0  # now they have, and nothing more was saved: that is known
        eventually(lambda: watch.unwatched(195.0) == 0.0)
        assert watch.unwatched(120.0) == 60.0
        assert watch.unwatched(150.0) == 40.0
        assert watch.unwatched(90.0) == 110.0, "before it began to look"
        now[0] = 210.0
        eventually(lambda: watch._spans[1] == (210.0, 210.0))
        assert watch.unwatched(195.0) == 10.0
        assert watch.unwatched(120.0) == 90.0, "saved twice since"
    finally:
        watch.stop()
