"""Nothing is launched twice and no result is lost, whenever the daemon is killed and whatever is deleted."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import mdorch
from tests.storm.conftest import FULL, Figure
from tests.storm.lives import Lives, kill_at_chance

POINTS = sorted(
    {
        name
        for path in Path(mdorch.__file__).parent.rglob("*.py")
        for name in re.findall(r'crash_point\("([^"]+)"\)', path.read_text(encoding="utf-8"))
        if not name.startswith(
            ("upkeep.", "shelf.", "run.stopped", "run.removed", "tree.")
        )  # see test_archive, test_trees, below
    }
)
EXCHANGE = [name for name in POINTS if name.startswith("exchange.")]
pytestmark = pytest.mark.storm


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Lives]:
    found = Lives(tmp_path / "page")
    yield found
    found.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Lives]:
    """One row of each kind."""
    found = Lives(tmp_path / "page", rows=4)
    yield found
    found.close()


def storm(folder: Path, kills: int, seed: int) -> Lives:
    """One page through many lives, judged at the end."""
    lives, chance = Lives(folder), random.Random(seed)
    try:
        for _ in range(kills):
            kill_at_chance(lives, chance)
            if chance.random() < 0.9:
                lives.reopen()
        assert lives.to_the_end() == 0, lives.told()
        lives.check_starts()
        lives.check_page()
        lives.check_results()
        lives.check_gone()
    finally:
        lives.close()
    return lives


@pytest.mark.parametrize("half", [1, 2])
def test_killed_at_any_instant(tmp_path: Path, figure: Figure, half: int) -> None:
    kills, began = (250 if FULL else 6), time.monotonic()
    lives = storm(tmp_path / "page", kills, began_at(half))
    starts, ids = len(lives.starts()), len(set(lives.starts()))
    text = f"{kills} kills in {time.monotonic() - began:.0f} s, {starts} starts of {ids} runs, all folded"
    figure(f"kills of the daemon, {half}", text)
    assert starts >= kills / 4


def began_at(number: int) -> int:
    """A seed: another one each time, told by pytest when a test fails with it."""
    return int(time.time()) * 10 + number


@pytest.mark.parametrize("visit", [1, 3] if FULL else [1])
@pytest.mark.parametrize("point", POINTS if FULL else POINTS[::2])  # the simulation dies at all of them
def test_every_crash_point_heals(small: Lives, point: str, visit: int) -> None:
    """Crash there (and in the full storm once more in the life after), then live on."""
    lives = small
    if point not in EXCHANGE:
        crash_at(lives, point, visit)
    if not lives.crashed():
        lives.reopen()
        with lives.page.open("rb"):  # a reader: the page is exchanged as a whole
            crash_at(lives, point, visit)
    lives.to_the_end()
    lives.check_starts()
    lives.check_gone()
    seen = lives.seen()
    assert not seen.flaws, lives.told()
    assert not seen.agents, f"{seen.agents}\n{lives.told()}"
    lost = {run.task for run in lives.runs().values() if run.end == "lost"}
    assert {row for row, status in seen.status.items() if status != "Complete"} == lost, lives.told()
    assert point in lives.crashed() or visit > 1, f"{point}: nothing here passes by it"
    assert point.startswith("shim.") or not lost


def test_a_crash_after_a_stop_heals(small: Lives) -> None:
    lives = small
    (lives.folder / "gate").touch()
    child = lives.spawn(MDORCH_CRASH_AT="run.stopped")
    lives.wait(lambda: "B-01.1" in lives.starts(), "not started")
    assert lives.command_now("set", "B-01", "status=On Hold").returncode == 0
    assert child.wait(120) == -9
    lives.to_the_end()
    lives.check_starts()
    lives.check_gone()
    assert lives.seen().status["B-01"] == "On Hold"
    assert lives.runs()["B-01.1"].end == "stopped"


def test_a_crash_while_folders_are_cleared_away_heals(small: Lives) -> None:
    lives = small
    config = lives.folder / "mdorch.toml"
    config.write_text(config.read_text().replace("archive = false", "archive = false\nkeep_runs = 4"))
    for _ in range(3):
        assert lives.to_the_end() == 0
        lives.reopen()
    before = lives.runs()
    child = lives.spawn("--until-idle", MDORCH_CRASH_AT="run.removed#2")
    assert child.wait(120) == -9
    assert lives.to_the_end() == 0
    lives.check_starts()
    lives.check_page()
    lives.check_results()
    lives.check_gone()
    assert set(lives.runs()) > set(before)
    last = {f"{task}.{n}" for task, n in attempts(lives).items()}
    assert {path.name for path in (lives.dot / "runs").iterdir()} == last


def attempts(lives: Lives) -> dict[str, int]:
    """The number of each task's last run."""
    found: dict[str, int] = {}
    for run in lives.runs().values():
        found[run.task] = max(run.attempt, found.get(run.task, 0))
    return found


def crash_at(lives: Lives, point: str, visit: int) -> None:
    """Lives that end there, if they come by: late in the first, at once in the second."""
    for number in (visit, 1) if FULL else (visit,):
        child = lives.spawn("--until-idle", MDORCH_CRASH_AT=f"{point}#{number}")
        try:
            child.wait(120)
        except subprocess.TimeoutExpired:
            lives.kill(child)


def test_of_daemons_started_at_once_one_lives(lives: Lives) -> None:
    for _ in range(8 if FULL else 1):
        born = [lives.spawn() for _ in range(3)]
        lives.wait(lambda born=born: sum(c.poll() is None for c in born) == 1, "not one daemon")  # type: ignore[misc]
        alive = next(child for child in born if child.poll() is None)
        assert [c.returncode for c in born if c is not alive] == [3, 3]
        assert str(alive.pid) in lives.told()
        lives.kill(alive)
        lives.reopen()
    assert lives.to_the_end() == 0
    lives.check_starts()
    lives.check_page()
    lives.check_results()
    lives.check_gone()


@pytest.mark.parametrize(
    "alive", [True, False] if FULL else [True], ids=lambda alive: "alive" if alive else "idle"
)
@pytest.mark.parametrize("gone", ["journal", "everything", "runs"] if FULL else ["journal", "everything"])
def test_what_is_deleted_between_lives_starts_nothing_twice(lives: Lives, gone: str, alive: bool) -> None:
    """`alive`: while a run goes on. Its row is B-01; B-05 does the same and waits until all is done."""
    if alive:
        (lives.folder / "gate").touch()
    child = lives.spawn()
    others = {f"B-{n:02d}" for n in range(lives.rows)} - {"B-01", "B-05"}
    done = others if alive else others | {"B-01", "B-05"}
    lives.wait(lambda: {r for r, s in lives.seen().status.items() if s == "Complete"} >= done, "not done")
    lives.wait(lambda: len(set(lives.starts())) >= lives.rows, "not started")
    lives.kill(child)
    before = lives.starts()
    delete(lives.dot, gone)
    (lives.folder / "go").touch()
    lives.to_the_end()
    assert lives.starts() == before, lives.told()
    lives.check_starts()
    lives.check_gone()
    seen = lives.seen()
    assert not seen.flaws, lives.told()
    assert seen.status["B-00"] == "Complete"
    assert seen.status["B-01"] == "Complete", lives.told()


def delete(dot: Path, gone: str) -> None:
    if gone == "everything":
        shutil.rmtree(dot)
    elif gone == "runs":
        shutil.rmtree(dot / "runs")
    else:
        for path in dot.glob("journal.db*"):
            path.unlink()
