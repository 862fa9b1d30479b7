"""No edit is lost, by whatever program it was saved, while the daemon writes and while it is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

import pytest

from tests.storm.conftest import FULL, Figure
from tests.storm.torture import MDORCH

ROUNDS = 10  # of either kind, where chance has a part
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Answer:
    code: int
    line: str
    found: dict[str, Any]
    errors: str


def torture(folder: Path, *options: str) -> Answer:
    """The program as anybody would call it."""
    command = [sys.executable, "-m", "tests.storm.torture", "--folder", str(folder), *options]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    line, _, found = done.stdout.partition("\n")
    return Answer(done.returncode, line, json.loads(found), done.stderr)


@pytest.mark.storm
@pytest.mark.parametrize(
    ("options", "short", "long"),
    [
        ("", 0, 4000),
        ("--kills", 200, 4000),
        ("--hold-open", 0, 4000),
        ("--hold-open --kills", 200, 4000),
        ("--symlink --kills", 0, 2000),
        ("--metadata --kills", 0, 2000),
    ],
)
def test_mdorch_loses_nothing(tmp_path: Path, figure: Figure, options: str, short: int, long: int) -> None:
    """So many edits; by number and not by time, so that a busy machine tries as much as an idle one."""
    edits = long if FULL else short
    if not edits:
        pytest.skip("in the full storm")
    limits = ("--edits", str(edits), "--seconds", "240")
    answer = torture(tmp_path, "--daemon", MDORCH, *limits, *options.split())
    figure(f"torture {options or 'plain'}", answer.line)
    assert answer.code == 0, f"{answer.line}\n{_brief(answer.found)}\n{answer.errors}"
    assert answer.found["runs"], "the daemon had nothing to do"


@pytest.mark.storm
@pytest.mark.skipif(not FULL, reason="in the full storm")
def test_without_turns_no_more_is_lost_than_among_the_writers_themselves(
    tmp_path: Path, figure: Figure
) -> None:
    """Writers that overwrite each other lose edits with no daemon at all; one that writes, too, gives some
    back. Chance has a large part in it: the same seeds for both, many rounds, and red beyond chance alone."""
    shares: dict[str, list[float]] = {"": [], MDORCH: []}
    for number in range(ROUNDS):
        for daemon, found in shares.items():
            folder = tmp_path / f"{number}{'beside' if daemon else 'alone'}"
            folder.mkdir()
            options = ("--unlocked", "--seconds", "4", "--styles", "append,truncate,rename,sed")
            answer = torture(folder, *options, "--seed", str(number), "--daemon", daemon)
            found.append(100 * len(answer.found["lost"]) / answer.found["edits"])
            assert not answer.found["twice"]
    alone, beside = shares[""], shares[MDORCH]
    for name, found in (("no daemon", alone), ("beside mdorch", beside)):
        spread = f"median {median(found):.1f}, {min(found):.0f} to {max(found):.0f}, s = {stdev(found):.1f}"
        figure(f"unlocked, {name}", f"{mean(found):.1f} % lost on average of {ROUNDS} rounds ({spread})")
    better = [a - b for a, b in zip(alone, beside, strict=True)]
    error = stdev(better) / ROUNDS**0.5
    figure("unlocked, difference", f"{mean(better):.1f} ± {error:.1f} points fewer lost beside mdorch")
    assert mean(better) > -2 * error


@pytest.mark.storm
@pytest.mark.parametrize("way", ["rename", "in-place", "check"] if FULL else ["check"])
def test_a_guilty_writer_is_found_within_seconds(tmp_path: Path, figure: Figure, way: str) -> None:
    command = f"{sys.executable} -m tests.storm.guilty {way} {{page}}"
    answer = torture(tmp_path, "--daemon", command, "--seconds", "1.5")
    figure(f"guilty on purpose: {way}", answer.line)
    assert answer.code == 1
    assert answer.found["lost"]


@pytest.mark.storm
def test_a_writer_that_repeats_lines_is_found_too(tmp_path: Path) -> None:
    """By a number of edits, not by time: it goes on until its rows are done, and repeats what it finds."""
    command = f"{sys.executable} -m tests.storm.guilty repeat {{page}}"
    answer = torture(tmp_path, "--daemon", command, "--edits", "24", "--styles", "append")
    assert answer.code == 1
    assert answer.found["duplicated"]


def _brief(found: dict[str, Any]) -> str:
    return "\n".join(
        f"{key}: {value[:10]}" for key, value in found.items() if isinstance(value, list) and value
    )
