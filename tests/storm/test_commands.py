"""Commands in any number beside a daemon that is being killed, and commands that are killed themselves."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.storm.conftest import FULL, Figure
from tests.storm.lives import Lives, kill_at_chance
from tests.storm.page import row_id
from tests.storm.zygote import Zygote

pytestmark = pytest.mark.storm
WORKERS = 3
COMMANDS = 120 if FULL else 3  # of each
# Where the daemon dies that meets a stop or a retry, and where the command itself does.
MEETING = [
    "page.recorded",
    "page.leased",
    "page.written",
    "shown",
    "recorded",
    "started",
    "runs.made",
    "claimed",
]
ITSELF = ["page.recorded", "page.leased", "page.written"]


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Lives]:
    """Of four rows B-01 is one whose run goes on until it is let go; the others are quick."""
    found = Lives(tmp_path / "page", rows=4)
    yield found
    found.close()


class Worker:
    """Sets the notes of a row of its own and adds rows, one command after the other."""

    def __init__(self, lives: Lives, number: int, seed: int) -> None:
        self.lives = lives
        self.row = row_id(number)
        self.chance = random.Random(f"{seed}/{number}")
        self.number = number
        self.noted = ""  # what the last command that said so wrote
        self.unsure: list[str] = []  # commands that gave up
        self.added: list[str] = []
        self.count = 0

    def work(self) -> None:
        with Zygote(self.lives.environ()) as zygote:
            while self.count < COMMANDS:
                self.count += 1
                text = f"c{self.number}x{self.count}"
                adds = self.chance.random() < 0.2
                words = ["add", text, "--agent", "dev"] if adds else ["set", self.row, f"notes={text}"]
                log = self.lives.folder / f"commands{self.number}.log"
                command = [*words, "--page", str(self.lives.page)]
                code = zygote.run(command, self.lives.environ(), str(log))
                assert code in (0, 3), f"{words}: exit {code}\n{log.read_text()[-2000:]}"
                if code:
                    self.unsure.append(text)
                elif adds:
                    self.added.append(text)
                else:
                    self.noted = text


def test_every_command_that_said_so_wrote_the_page(tmp_path: Path, figure: Figure) -> None:
    lives, seed, began = Lives(tmp_path / "page"), int(time.time()), time.monotonic()
    workers = [Worker(lives, number, seed) for number in range(WORKERS)]
    chance, kills = random.Random(seed), 0
    try:
        with ThreadPoolExecutor(WORKERS) as pool:
            parts = [pool.submit(worker.work) for worker in workers]
            while not all(part.done() for part in parts):
                kill_at_chance(lives, chance)
                kills += 1
            for part in parts:
                part.result()
        lives.to_the_end()
        lives.check_starts()
        lives.check_gone()
        check_written(lives, workers)
    finally:
        lives.close()
    done, unsure = sum(w.count for w in workers), sum(len(w.unsure) for w in workers)
    seconds = time.monotonic() - began
    text = f"{done} commands in {seconds:.0f} s, {kills} kills: 0 lost, 0 written twice, {unsure} gave up"
    figure("commands beside kills", text)
    assert unsure < done / 2


def check_written(lives: Lives, workers: list[Worker]) -> None:
    """The last word of each worker is in its row, and each row that it added is there once."""
    text = lives.page.read_text()
    rows = [line.split("|") for line in text.splitlines() if re.match(r"\| B-\d+ \|", line)]
    ids = Counter(row[1].strip() for row in rows)
    titles = Counter(row[2].strip() for row in rows)
    assert set(ids.values()) == {1}, f"{ids}\n{lives.told()}"
    for worker in workers:
        notes = next(row[6].strip() for row in rows if row[1].strip() == worker.row)
        assert notes in (worker.noted, *worker.unsure), f"{worker.row}: {notes}, not {worker.noted}\n{text}"
        lost = [title for title in worker.added if titles[title] != 1]
        assert not lost, f"{ {title: titles[title] for title in lost} }\n{lives.told()}"


def meet(lives: Lives, point: str, *words: str) -> subprocess.CompletedProcess[str]:
    """B-01 is at work; a daemon dies at this point, if it comes by, while a command is given."""
    (lives.folder / "gate").touch()
    first = lives.spawn()
    lives.wait(lambda: "B-01.1" in lives.starts(), "B-01 does not start")
    lives.wait(lambda: {s for r, s in lives.seen().status.items() if r != "B-01"} == {"Complete"}, "not done")
    lives.kill(first)
    second = lives.spawn(MDORCH_CRASH_AT=point)
    done = lives.command_now(*words)
    try:
        second.wait(3 if FULL else 1.5)
    except subprocess.TimeoutExpired:
        lives.kill(second)
    return done


@pytest.mark.parametrize("point", MEETING if FULL else MEETING[3:4])
def test_a_stop_holds_whatever_becomes_of_the_daemon(lives: Lives, point: str) -> None:
    done = meet(lives, point, "stop", "B-01")
    assert done.returncode == 0, done.stderr
    lives.to_the_end()
    lives.check_starts()
    lives.check_gone()
    assert lives.starts().count("B-01.1") == len([r for r in lives.starts() if r.startswith("B-01")]) == 1
    assert lives.seen().status["B-01"] == "On Hold", lives.told()
    assert not lives.seen().agents, lives.told()


@pytest.mark.parametrize("point", MEETING if FULL else MEETING[:1])
def test_a_retry_starts_once_more_whatever_becomes_of_the_daemon(lives: Lives, point: str) -> None:
    done = meet(lives, point, "retry", "B-01")
    assert done.returncode == 0, done.stderr
    (lives.folder / "go").touch()
    assert lives.to_the_end() == 0, lives.told()
    lives.check_starts()
    lives.check_gone()
    assert len([r for r in lives.starts() if r.startswith("B-01")]) == 2, f"{lives.starts()}\n{lives.told()}"
    assert not lives.seen().agents, lives.told()


@pytest.mark.parametrize("point", ITSELF if FULL else ITSELF[-1:])
@pytest.mark.parametrize(
    "words", [("set", "B-02", "notes=mine"), ("add", "mine", "--agent", "dev")], ids=lambda words: words[0]
)
def test_a_command_that_dies_half_way_can_be_given_again(
    lives: Lives, words: tuple[str, ...], point: str
) -> None:
    """And leaves a page that is whole, on which what it meant to write stands once or not at all."""
    assert lives.command_now(*words, MDORCH_CRASH_AT=point).returncode == -signal.SIGKILL
    assert lives.page.read_text().count("mine") == (point == "page.written")
    before = lives.page.read_bytes()
    assert lives.command_now("status", "--json").returncode == 0
    assert lives.page.read_bytes() == before
    if words[0] == "set" or point != "page.written":
        assert lives.command_now(*words).returncode == 0
    assert lives.to_the_end() == 0, lives.told()
    assert lives.page.read_text().count("mine") == 1
    lives.check_starts()
    lives.check_gone()


TREE = r"""#!/bin/sh
echo "$MDORCH_RUN" >> "$1/starts.log"
( setsid sh -c 'sleep 300 & sleep 300' & )
( nohup sh -c 'sleep 300' >/dev/null 2>&1 & )
sh -c '( setsid setsid sleep 300 & ) & exit'
sleep 300
"""


@pytest.mark.parametrize("daemon", ["killed", "alive"] if FULL else ["killed"])
def test_down_kill_leaves_nobody_of_a_tree_that_forked_itself_away(lives: Lives, daemon: str) -> None:
    (lives.folder / "agent.sh").write_text(TREE)
    before = lives.page.read_bytes()
    child = lives.spawn()
    lives.wait(lambda: len(lives.starts()) == 4, "not all start")
    lives.wait(lambda: len(sleepers(lives)) >= 4 * 5, "the trees do not grow")
    if daemon == "killed":
        lives.kill(child)
    done = lives.command_now("down", "--kill")
    assert done.returncode == 0, done.stderr
    lives.check_gone()
    lives.check_starts()
    assert set(lives.seen().status.values()) == {"On Hold"}
    assert lives.page.read_bytes().replace(b"On Hold", b"Waiting") == before
    said = json.loads(lives.command_now("status", "--json").stdout)
    assert said["paused"]
    assert not said["daemon"]["running"]


def sleepers(lives: Lives) -> list[int]:
    found = []
    for pid in lives.processes():
        try:
            if Path("/proc", str(pid), "cmdline").read_bytes().startswith(b"sleep\0"):
                found.append(pid)
        except OSError:
            continue
    return found
