"""Measuring whole commands and single functions, and showing it as a table.

A command's CPU seconds and memory come from `wait4`, asked by a small launcher process: on Linux the peak
memory of a process is never less than that of the process which started it, so the starter must be bare.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[1]
T = TypeVar("T")

LONG_ENOUGH = 0.05  # seconds that one timing of a function should last

_LAUNCHER = """
import os, sys, time
start = time.perf_counter()
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - start
print([os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, wall, used.ru_maxrss])
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one command took: seconds, and bytes at the peak."""

    cpu: float
    wall: float
    memory: int


def spend(argv: Sequence[str], cwd: Path, env: Mapping[str, str], accept: Iterable[int] = (0,)) -> Usage:
    """Run a command, its output thrown away. RuntimeError if its exit code is not one to accept."""
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *argv]
    done = subprocess.run(launcher, cwd=cwd, env=dict(env), capture_output=True, text=True, check=True)
    code, cpu, wall, memory = json.loads(done.stdout)
    if code not in accept:
        raise RuntimeError(f"{' '.join(argv)} ended with {code}: {done.stderr.strip()}")
    return Usage(cpu, wall, memory * (1 if sys.platform == "darwin" else 1024))


def in_turn(cases: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """The results of every case, called A B C A B C …; one round before that is not counted."""
    for case in cases.values():
        case()
    results: dict[str, list[T]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            results[name].append(case())
    return results


def timed(function: Callable[[], object]) -> Callable[[], float]:
    """A case for `in_turn`: the CPU seconds of one call, averaged over enough of them to be told apart."""
    calls = 1
    while (spent := _burn(function, calls)) < LONG_ENOUGH:
        calls = max(calls * 2, int(calls * LONG_ENOUGH / max(spent, 1e-6)))
    return lambda: _burn(function, calls) / calls


def _burn(function: Callable[[], object], calls: int) -> float:
    collecting = gc.isenabled()
    gc.disable()
    try:
        start = time.process_time()
        for _ in range(calls):
            function()
        return time.process_time() - start
    finally:
        if collecting:
            gc.enable()


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def bare_environment(home: Path) -> dict[str, str]:
    """The environment of measured commands: this program, and no habits of whoever measures."""
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": path, "HOME": str(home), "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}


def mdorch(*arguments: str) -> list[str]:
    """The command line of the program, as this interpreter runs it."""
    return [sys.executable, "-m", "mdorch", *arguments]


def program(name: str) -> str:
    """Where a program to compare with is, those made for benches first; empty where it is not."""
    return shutil.which(name, path=f"{sys.prefix}/bench/bin:{os.environ['PATH']}") or ""


@dataclass(slots=True)
class Table:
    """One table of results, with what must be known to read it."""

    title: str
    columns: Sequence[str]
    notes: str = ""
    rows: list[Sequence[str]] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        self.rows.append(cells)

    def markdown(self) -> str:
        """A GFM table; the first column reads to the left, figures to the right."""
        lines = [self.columns, *self.rows]
        widths = [max(3, *(len(line[at]) for line in lines)) for at in range(len(self.columns))]
        shown = [
            "| "
            + " | ".join(f"{cell:{'>' if at else '<'}{widths[at]}}" for at, cell in enumerate(line))
            + " |"
            for line in lines
        ]
        rule = (
            "|" + "|".join("-" * (width + 1) + (":" if at else "-") for at, width in enumerate(widths)) + "|"
        )
        head = f"### {self.title}\n\n" + (f"{self.notes}\n\n" if self.notes else "")
        return head + "\n".join([shown[0], rule, *shown[1:]]) + "\n"


def against(value: float, goal: float) -> str:
    """A ratio beside its goal: `7.9 of 10`, or `11.2 of 10 ✗`."""
    return f"{value:.1f} of {goal:g}" + ("" if value <= goal else " ✗")
