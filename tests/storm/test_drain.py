"""Killed between the exchange of the page and its drain: who saves into the displaced file loses nothing."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.storm.conftest import FULL
from tests.storm.lives import Lives
from tests.storm.page import NOTES, seal, tag_line

pytestmark = pytest.mark.storm
NEXT = ["", "page.recorded", "page.leased", "page.written", "exchange.drafted", "exchange.swapped"]


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Lives]:
    found = Lives(tmp_path / "page", rows=4)
    yield found
    found.close()


def append(displaced: Path) -> None:
    """`>>`, opened before the exchange."""
    with displaced.open("ab") as file:
        file.write(tag_line("late"))


def rewrite(displaced: Path) -> None:
    """An editor that was in the middle of its save: truncated, and now it writes."""
    data = displaced.read_bytes()
    displaced.write_bytes(data.replace(NOTES, NOTES + tag_line("late")))


def truncate(displaced: Path) -> None:
    """One that truncated it, and dies: this is no wish."""
    displaced.write_bytes(b"")


@pytest.mark.parametrize("then", NEXT if FULL else NEXT[-1:])
@pytest.mark.parametrize("save", [append, rewrite, truncate] if FULL else [append, rewrite])
def test_a_late_save_is_on_the_page_once(lives: Lives, save: Callable[[Path], None], then: str) -> None:
    """`then`: the daemon that drains dies as well, at this point, if it comes by."""
    with lives.page.open("rb"):  # somebody reads: no write lease, so the page is exchanged
        first = lives.spawn(MDORCH_CRASH_AT="exchange.swapped")
        assert first.wait(120) == -signal.SIGKILL, lives.told()
    (displaced,) = lives.dot.glob("exchange/*/page")
    assert displaced.stat().st_ino != lives.page.stat().st_ino
    save(displaced)
    if then:
        reader = lives.page.open("rb") if then.startswith("exchange") else None
        second = lives.spawn("--until-idle", MDORCH_CRASH_AT=then)
        try:
            second.wait(120)
        except subprocess.TimeoutExpired:
            lives.kill(second)
        if reader is not None:
            reader.close()
    assert lives.to_the_end() == 0, lives.told()
    lives.check_starts()
    lives.check_gone()
    seen = lives.seen()
    assert not seen.flaws, f"{seen.flaws}\n{lives.told()}"
    assert lives.page.read_text().count(seal("late")) == (save is not truncate), lives.told()
    assert set(seen.status.values()) == {"Complete"}, lives.told()
    assert not (lives.dot / "exchange").exists(), "something displaced is kept for ever"


def test_a_late_save_outlives_a_buffer_from_before_it_was_folded_in(lives: Lives) -> None:
    """Two saves while the daemon does not look: one late, one of the new page, on which a third is based."""
    (lives.folder / "gate").touch()
    reader = lives.page.open("rb")
    child = lives.spawn()
    lives.wait(lambda: swapped(lives) is not None, "the page is not exchanged")
    child.send_signal(signal.SIGSTOP)
    displaced = swapped(lives)
    reader.close()
    assert displaced is not None
    append(displaced)
    buffer = lives.page.read_bytes().replace(NOTES, NOTES + tag_line("between"))
    lives.page.write_bytes(buffer)
    child.send_signal(signal.SIGCONT)
    lives.wait(lambda: seal("late") in lives.page.read_text(), "not folded in")
    lives.page.write_bytes(buffer.replace(NOTES, NOTES + tag_line("typed")))
    (lives.folder / "go").touch()
    lives.wait(lambda: "B-01.1" in lives.starts(), "not started")
    lives.wait(
        lambda: all(seal(tag) in lives.page.read_text() for tag in ("late", "between", "typed")), "lost", 8
    )


def swapped(lives: Lives) -> Path | None:
    """The file that was the page, while it is kept."""
    for page in lives.dot.glob("exchange/*.*/page"):
        if page.stat().st_ino != int(page.parent.name.partition(".")[2]):
            return page
    return None
