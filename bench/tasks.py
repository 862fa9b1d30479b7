"""A thousand tasks that do nothing, in layers of ten: what each tool adds to starting them plainly.

Every task needs all ten of the layer before. The baseline starts the ten of a layer, waits for them, and
starts the next ten, with nothing written down anywhere. The build tools keep nothing durable, either: a
power failure takes what they did. mdorch is the whole program from its start to its end, on a page of a
thousand rows, with every claim, result and write of the page synced.

doit, luigi and ninja come with `make bench` (`requirements-bench.txt`), in an environment of their own;
what is not there is left out.

Where thousands of files were just deleted (by a test suite, or by this bench), ext4 takes up to five minutes
until making new ones is quick again; TMPDIR can name a folder elsewhere.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from bench.harness import ROOT, Table, bare_environment, in_turn, mdorch, median, program, spend

TASKS, WIDTH, ROUNDS = 1_000, 10, 3
GOAL = 2.0  # milliseconds that mdorch may add to each task
PROGRAM = "/bin/true"

_LUIGI = """
import subprocess
import luigi

class Part(luigi.Task):
    layer, part = luigi.IntParameter(), luigi.IntParameter()

    def requires(self):
        return [Part(self.layer - 1, part) for part in range({width})] if self.layer else []

    def output(self):
        return luigi.LocalTarget(f"{{self.layer}}.{{self.part}}")

    def run(self):
        subprocess.run(["{program}"], check=True)
        self.output().open("w").close()

class All(luigi.WrapperTask):
    def requires(self):
        return [Part({last}, part) for part in range({width})]
"""
_DOIT = """
def task_part():
    for number in range({tasks}):
        first = number // {width} * {width}
        needs = [f"part:{{n}}" for n in range(first - {width}, first) if n >= 0]
        yield {{"name": str(number), "actions": [["{program}"]], "task_dep": needs}}
"""
SETTINGS = f"""[run]
max_parallel = {WIDTH}
settle = "0s"

[budget]
launches_per_hour = 1000000

[agents.worker]
command = ["{PROGRAM}"]
"""


def tables() -> Iterator[Table]:
    table = Table(
        f"{TASKS:,} tasks that do nothing, in layers of {WIDTH}",
        ["", "per task", "added per task", "spread", "durable"],
        f"Wall clock over the whole command, beside the same processes started plainly; medians of {ROUNDS} "
        "rounds, the spread is that of what is added.",
    )
    with tempfile.TemporaryDirectory(prefix="mdorch-bench-") as folder:
        for cells in rows(TASKS, ROUNDS, Path(folder)):
            table.add(*cells)
    if missing := [name for name in TOOLS if not _is_here(name)]:
        table.notes += f" Not installed here: {', '.join(missing)}."
    yield table


def rows(tasks: int, rounds: int, folder: Path) -> Iterator[list[str]]:
    """One line for each tool that is there."""
    numbers = count()

    def case(prepare: Callable[[Path, int], list[str]]) -> Callable[[], float]:
        def run() -> float:
            place = folder / str(next(numbers))  # kept to the end: deleting thousands of files slows the rest
            place.mkdir()
            argv = prepare(place, tasks)
            env = {**bare_environment(folder), "PYTHONPATH": f"{ROOT}:{place}"}
            return spend(argv, place, env).wall / tasks * 1e3

        return run

    cases = {name: case(prepare) for name, prepare in TOOLS.items() if _is_here(name)}
    results = in_turn({"plain": lambda: _plain(tasks) / tasks * 1e3, **cases}, rounds)
    plain = results.pop("plain")
    yield ["started plainly", f"{median(plain):.2f} ms", "", "", "no"]
    for name, took in results.items():
        added = [one - bare for one, bare in zip(took, plain, strict=True)]
        ours = name == "mdorch"
        goal = (f" of {GOAL:g} ms" + ("" if median(added) <= GOAL else " ✗")) if ours else " ms"
        spread = f"{min(added):.1f} to {max(added):.1f} ms"
        yield [name, f"{median(took):.2f} ms", f"{median(added):.1f}{goal}", spread, "yes" if ours else "no"]


def _plain(tasks: int) -> float:
    start = time.perf_counter()
    for _ in range(tasks // WIDTH):
        for pid in [os.posix_spawn(PROGRAM, [PROGRAM], {}) for _ in range(WIDTH)]:
            os.waitpid(pid, 0)
    return time.perf_counter() - start


def _needs(number: int) -> range:
    """The tasks of the layer before."""
    first = number // WIDTH * WIDTH
    return range(max(0, first - WIDTH), first)


def page(tasks: int) -> str:
    lines = ["# Plan\n\n## Task Queue\n\n"]
    lines.append("| Task ID | Description | Prerequisites | Assigned To | Status |\n|---|---|---|---|---|\n")
    for number in range(tasks):
        needs = ", ".join(f"T-{n:04}" for n in _needs(number)) or "None"
        lines.append(f"| T-{number:04} | Do nothing, part {number} | {needs} | worker | Waiting |\n")
    return "".join(lines)


def _mdorch(folder: Path, tasks: int) -> list[str]:
    (folder / "CLAUDE.md").write_text(page(tasks), "utf-8")
    (folder / "mdorch.toml").write_text(SETTINGS, "utf-8")
    return mdorch("up", "--until-idle", "--yes")


def _make(folder: Path, tasks: int) -> list[str]:
    names = " ".join(f"t{n}" for n in range(tasks))
    lines = [f".PHONY: all {names}", f"all: {names}"]
    lines += [
        f"t{number}: {' '.join(f't{n}' for n in _needs(number))}\n\t@{PROGRAM}" for number in range(tasks)
    ]
    (folder / "Makefile").write_text("\n".join(lines) + "\n", "utf-8")
    return [program("make"), f"-j{WIDTH}", "--silent", "all"]


def _ninja(folder: Path, tasks: int) -> list[str]:
    lines = [f"rule nothing\n  command = {PROGRAM}"]
    for number in range(tasks):
        needs = " ".join(f"t{n}" for n in _needs(number))
        lines.append(f"build t{number}: nothing" + (f" | {needs}" if needs else ""))
    (folder / "build.ninja").write_text("\n".join(lines) + "\n", "utf-8")
    return [program("ninja"), f"-j{WIDTH}"]


def _doit(folder: Path, tasks: int) -> list[str]:
    (folder / "dodo.py").write_text(_DOIT.format(tasks=tasks, width=WIDTH, program=PROGRAM), "utf-8")
    return [program("doit"), "-n", str(WIDTH)]


def _luigi(folder: Path, tasks: int) -> list[str]:
    text = _LUIGI.format(width=WIDTH, program=PROGRAM, last=tasks // WIDTH - 1)
    (folder / "layers.py").write_text(text, "utf-8")
    options = ["--module", "layers", "All", "--local-scheduler", "--workers", str(WIDTH), "--no-lock"]
    return [program("luigi"), *options]


def _is_here(tool: str) -> bool:
    return tool == "mdorch" or bool(program(tool))


TOOLS: dict[str, Callable[[Path, int], list[str]]] = {
    "mdorch": _mdorch, "make": _make, "ninja": _ninja, "doit": _doit, "luigi": _luigi,
}  # fmt: skip
