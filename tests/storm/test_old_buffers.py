"""An editor saves the page of a moment ago, with one change: the daemon's facts come back, it stays."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.storm.conftest import FULL
from tests.storm.lives import Lives
from tests.storm.page import NOTES, Seen, set_notes, tag_line

DEATHS = ["page.recorded", "page.leased", "page.written", "shown", "recorded"]  # of the daemon that folds


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Lives]:
    """Of two rows one is complete, and one is the row of a run that goes on."""
    found = Lives(tmp_path / "page", rows=2)
    (found.folder / "gate").touch()
    found.spawn()
    found.wait(lambda: "B-01.1" in found.starts() and found.seen().status["B-00"] == "Complete", "not so far")
    time.sleep(0.3)  # the page is at rest
    yield found
    found.close()


def add_line(page: bytes) -> bytes:
    return page.replace(NOTES, NOTES + tag_line("typed"))


def change_other_row(page: bytes) -> bytes:
    return set_notes(page, "B-00", "typed")


def change_same_row(page: bytes) -> bytes:
    return set_notes(page, "B-01", "typed")


@pytest.mark.storm
@pytest.mark.parametrize("change", [add_line, change_other_row, change_same_row])
def test_a_result_outlives_an_old_buffer(lives: Lives, change: Callable[[bytes], bytes]) -> None:
    buffer = lives.page.read_bytes()
    (lives.folder / "go").touch()
    lives.wait(lambda: lives.seen().status["B-01"] == "Complete", "not folded")
    time.sleep(0.3)
    lives.page.write_bytes(change(buffer))
    lives.wait(lambda: is_right(lives.seen()), "not put right")
    lives.check_starts()
    assert lives.starts().count("B-01.1") == 1


@pytest.mark.storm
def test_a_result_outlives_two_editors_with_one_old_buffer(lives: Lives) -> None:
    """The second one read what the first had saved, and saves after that was put right."""
    buffer = lives.page.read_bytes()
    (lives.folder / "go").touch()
    lives.wait(lambda: lives.seen().status["B-01"] == "Complete", "not folded")
    time.sleep(0.3)
    first = add_line(buffer)
    lives.page.write_bytes(first)
    lives.wait(lambda: is_right(lives.seen()), "not put right")
    lives.page.write_bytes(set_notes(first, "B-00", "second"))
    lives.wait(lambda: is_right(lives.seen()) and "second" in lives.seen().cells.values(), "not again", 10)


@pytest.mark.storm
@pytest.mark.parametrize("point", DEATHS if FULL else DEATHS[2:4])
def test_a_result_outlives_an_old_buffer_and_a_daemon_that_dies(lives: Lives, point: str) -> None:
    """While it writes the result, or just then; the buffer is saved before the next daemon looks."""
    buffer = lives.page.read_bytes()
    lives.kill(lives.children[0])
    second = lives.spawn(MDORCH_CRASH_AT=point)
    (lives.folder / "go").touch()
    assert second.wait(120) == -signal.SIGKILL, lives.told()
    lives.page.write_bytes(add_line(buffer))
    assert lives.to_the_end() == 0, lives.told()
    assert is_right(lives.seen()), lives.told()
    lives.check_starts()
    assert lives.starts().count("B-01.1") == 1


def is_right(seen: Seen) -> bool:
    typed = "typed" in seen.tags or "typed" in seen.cells.values()
    return typed and set(seen.status.values()) == {"Complete"} and not seen.agents and not seen.flaws
