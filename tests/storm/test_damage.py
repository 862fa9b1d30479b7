"""A journal that was cut or overwritten: the daemon starts or says what to do, and launches nothing twice."""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.storm.conftest import FULL, Figure
from tests.storm.lives import Lives
from tests.storm.zygote import Zygote

SECONDS = 60 if FULL else 2  # for each kind of damage
PAGE = 4096  # bytes of a database page
LOG_HEAD, LOG_FRAME = 32, 24 + PAGE  # bytes of the log before its frames, and of each frame
Damage = tuple[str, bytes, str]  # file, its new content, what was done to it


class Scene:
    """A page whose daemon was killed with three runs ended and not folded, one alive, one row to start.

    It is put back as it was before each damage; what runs, runs on.
    """

    def __init__(self, folder: Path) -> None:
        self.lives = Lives(folder, rows=5)
        (folder / "gate").touch()
        child = self.lives.spawn(MDORCH_CRASH_AT="recorded")
        assert child.wait(120) == -signal.SIGKILL, self.lives.told()
        self.lives.wait(lambda: len(self.ended()) == 3, "three runs end")
        self.page = self.lives.page.read_bytes()
        self.files = {path.name: path.read_bytes() for path in self.lives.dot.glob("journal.db*")}
        self.files.pop("journal.db-shm", None)
        self.folders = set(self.runs())
        self.logs = {name: (folder / name).read_bytes() for name in ("starts.log", "ends.log", "blocks.log")}

    def ended(self) -> list[Path]:
        return list(self.lives.dot.glob("runs/*/exit.json"))

    def runs(self) -> list[Path]:
        return list((self.lives.dot / "runs").iterdir())

    def restore(self) -> None:
        """Wait for what was started since, then put all back."""
        self.lives.wait(lambda: len(self.ended()) == len(self.runs()) - 1, "a run does not end")
        for folder in set(self.runs()) - self.folders:
            shutil.rmtree(folder)
        for path in self.lives.dot.iterdir():
            if path.name.startswith("journal.db"):
                path.unlink()
        shutil.rmtree(self.lives.dot / "versions", ignore_errors=True)
        for name, data in self.files.items():
            (self.lives.dot / name).write_bytes(data)
        for name, data in self.logs.items():
            (self.lives.folder / name).write_bytes(data)
        (self.lives.folder / "failed.B-03").mkdir(exist_ok=True)
        self.lives.page.write_bytes(self.page)
        self.lives.log.write_bytes(b"")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    found = Scene(tmp_path / "page")
    yield found
    found.lives.close()


def cuts(scene: Scene) -> Iterator[Damage]:
    """Every length that makes a difference: cut within a frame of the log, it says what it says cut at its
    start, and any page that is not whole is noticed (`tests/world/test_journal_damage.py` cuts at each byte).
    In an order of chance, so that the first ones are a fair part."""
    places = [
        (name, data, at)
        for name, data in scene.files.items()
        for edge in (
            range(LOG_HEAD, len(data), LOG_FRAME) if name.endswith("-wal") else range(0, len(data), PAGE)
        )
        for at in {0, max(0, edge - 1), edge, edge + 1}
    ]
    random.Random(7).shuffle(places)
    for name, data, at in places:
        yield name, data[:at], f"{name} cut at byte {at} of {len(data)}"


def overwritten(scene: Scene) -> Iterator[Damage]:
    """Some pages, or parts of them, filled with zeros, noise, or another page."""
    chance = random.Random(11)
    while True:
        name, whole = chance.choice(list(scene.files.items()))
        data = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            start = chance.randrange(0, max(1, len(data)), chance.choice([PAGE, 512, 1]))
            size = min(chance.choice([PAGE, 512, 16]), len(data) - start)
            other = chance.randrange(0, len(data) - size + 1)
            data[start : start + size] = chance.choice(
                [bytes(size), chance.randbytes(size), data[other : other + size]]
            )
        yield name, bytes(data), f"{name} overwritten, the last at byte {start} ({size} bytes)"


@pytest.mark.storm
@pytest.mark.parametrize("damages", [cuts, overwritten])
def test_a_damaged_journal_launches_nothing_twice(
    scene: Scene, figure: Figure, damages: Callable[[Scene], Iterator[Damage]]
) -> None:
    lives, codes, until, done = scene.lives, Counter[int](), time.monotonic() + SECONDS, 0
    with Zygote(lives.environ()) as zygote:
        for name, data, what in damages(scene):
            scene.restore()
            (lives.dot / name).write_bytes(data)
            for _ in range(1 if done % 4 else 2):  # now and then once more, with what the damage left
                code = zygote.run(
                    ["up", "--yes", "--once", "--page", str(lives.page)], lives.environ(), str(lives.log)
                )
                check(lives, code, what)
                codes[code] += 1
            done += 1
            if time.monotonic() > until:
                break
    scene.restore()
    seconds = time.monotonic() - until + SECONDS
    text = f"{done} damages in {seconds:.0f} s, exit codes {dict(sorted(codes.items()))}"
    figure(f"journal {damages.__name__}", text)


def check(lives: Lives, code: int, what: str) -> None:
    told = f"{what}: exit {code}\n{lives.told()}"
    assert code in (0, 1, 3), told
    assert "Traceback" not in lives.log.read_text(errors="replace"), told
    if code == 3:
        assert lives.log.read_text().strip(), f"{what}: refused without a word"
    starts = lives.starts()  # once: some are just beginning
    tasks = Counter(run.partition(".")[0] for run in starts)
    assert len(set(starts)) == len(starts), f"started twice: {starts}; {told}"
    assert tasks.pop("B-03") <= 2, told  # its first attempt failed
    assert set(tasks.values()) == {1}, f"launched twice: {lives.starts()}; {told}"
    assert not lives.seen().flaws, f"{lives.seen().flaws}: {told}"
