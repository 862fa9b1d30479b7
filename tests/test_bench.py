"""The measuring itself: costs are those of the command measured, not of who measures."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.harness import Table, against, bare_environment, in_turn, spend, timed

BURN = "import time\nwhile time.process_time() < 0.3: pass"
GROW = "b = bytearray(80_000_000); b[::4096] = b'x' * len(b[::4096])"


def python(folder: Path, code: str) -> tuple[float, float]:
    used = spend([sys.executable, "-S", "-c", code], folder, bare_environment(folder))
    return used.cpu, used.memory / 1e6


def test_time_and_memory_of_a_command(tmp_path: Path) -> None:
    idle_cpu, idle_memory = python(tmp_path, "pass")
    assert idle_cpu < 0.2
    assert 0.28 < python(tmp_path, BURN)[0] < 0.6
    assert 75 < python(tmp_path, GROW)[1] - idle_memory < 90


def test_the_memory_of_who_measures_does_not_count(tmp_path: Path) -> None:
    before = python(tmp_path, "pass")[1]
    ballast = bytearray(100_000_000)
    ballast[::4096] = b"x" * len(ballast[::4096])
    assert python(tmp_path, "pass")[1] < before + 10


def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        python(tmp_path, "raise SystemExit(3)")
    assert (
        spend([sys.executable, "-c", "exit(3)"], tmp_path, bare_environment(tmp_path), accept=(3,)).wall > 0
    )


def test_cases_take_turns() -> None:
    seen: list[str] = []
    results = in_turn({"a": lambda: seen.append("a"), "b": lambda: seen.append("b")}, 2)
    assert "".join(seen) == "ababab"
    assert [len(values) for values in results.values()] == [2, 2]


def test_one_call_of_a_function() -> None:
    short, long = timed(lambda: sum(range(1_000))), timed(lambda: sum(range(20_000)))
    assert 5 < long() / short() < 80


def test_tables_are_markdown() -> None:
    table = Table("T", ["what", "×"], "Note.")
    table.add("a", against(9.96, 10))
    table.add("bb", against(11, 10))
    assert table.markdown().splitlines() == [
        "### T",
        "",
        "Note.",
        "",
        "| what |            × |",
        "|------|-------------:|",
        "| a    |   10.0 of 10 |",
        "| bb   | 11.0 of 10 ✗ |",
    ]
