"""The order of deployment with real processes: the makespan over its lower bound, beside make and ninja.

The boards are those of `makespan`, and every task really sleeps. Each tool gets a rehearsal, which is not
measured: mdorch and ninja remember how long a task took, make does not. What is measured lies between the
first start and the last end that the tasks themselves write down, so no tool pays for its own start.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import mean

from bench.harness import Table, bare_environment, mdorch, program, spend
from bench.makespan import SLOTS, Work, weeks, work

BOARDS = 3
GOAL, WEEKLY_GOAL = 1.02, 1.01

_TASK = """task=${1-$MDORCH_TASK}
read -r seconds < "$task.seconds"
: > "$task.start"
sleep "$seconds"
: > "$task.end"
"""
_SETTINGS = """[run]
max_parallel = {slots}
settle = "0s"


[budget]
launches_per_hour = 1000000

[agents.worker]
command = ["sh", "task.sh"]
"""


def tables() -> Iterator[Table]:
    table = Table(
        f"Makespan over its lower bound, {SLOTS} slots, real processes",
        ("", "mean", "worst", "Week 5–6"),
        f"{BOARDS} seeded boards of 60 sleeps of 0.2 to 1.0 s, after a rehearsal; twelve of one second for "
        f"the Week 5–6 plan. Goals {GOAL} and {WEEKLY_GOAL}.",
    )
    boards, here = [work(seed) for seed in range(BOARDS)], [name for name in TOOLS if _is_here(name)]
    found: dict[str, list[float]] = {name: [] for name in here}
    for given in (*boards, weeks()):
        for name in here:
            with tempfile.TemporaryDirectory(prefix="mdorch-bench-") as folder:
                found[name].append(ratio(TOOLS[name], given, Path(folder)))
    for name, ratios in found.items():
        table.add(name, *_shown(name, ratios[:-1], ratios[-1]))
    if missing := [name for name in TOOLS if name not in here]:
        table.notes += f" Not installed here: {', '.join(missing)}."
    yield table


def _shown(name: str, ratios: Sequence[float], weekly: float) -> list[str]:
    values = [(mean(ratios), GOAL), (max(ratios), 9.0), (weekly, WEEKLY_GOAL)]
    missed = [" ✗" if name == "mdorch" and value > goal else "" for value, goal in values]
    return [f"{value:.3f}{sign}" for (value, _), sign in zip(values, missed, strict=True)]


def ratio(prepare: Callable[[Path, Work], list[str]], given: Work, folder: Path) -> float:
    """The makespan of the second time that a tool does the work, over the lower bound."""
    (folder / "task.sh").write_text(_TASK, "utf-8")
    for number, seconds in enumerate(given.seconds):
        (folder / f"{number}.seconds").write_text(f"{seconds:.6f}\n", "utf-8")
    for _ in range(2):
        spend(prepare(folder, given), folder, bare_environment(folder))
    begin, end = _times(folder, "start"), _times(folder, "end")
    assert len(begin) == len(end) == len(given.seconds)
    return (max(end) - min(begin)) / given.bound


def _times(folder: Path, of: str) -> list[float]:
    """When each task wrote down that it began or ended: in no time of its own, to a few milliseconds."""
    return [path.stat().st_mtime for path in folder.glob(f"*.{of}")]


def _mdorch(folder: Path, given: Work) -> list[str]:
    """All rows are open; the journal of the rehearsal stays. (They get another word the second time: a page
    that says again what it said before is taken for an old buffer.)"""
    word = "Pending" if (folder / "CLAUDE.md").exists() else "Waiting"
    lines = ["## Task Queue\n\n| ID | Task | Prerequisites | Agent | Status |\n|--|--|--|--|--|\n"]
    for number, needs in enumerate(given.needs):
        needed = ", ".join(map(str, needs)) or "None"
        lines.append(f"| {number} | Sleep, part {number} | {needed} | worker | {word} |\n")
    (folder / "CLAUDE.md").write_text("".join(lines), "utf-8")
    (folder / "mdorch.toml").write_text(_SETTINGS.format(slots=SLOTS), "utf-8")
    return mdorch("up", "--until-idle", "--yes")


def _make(folder: Path, given: Work) -> list[str]:
    names = " ".join(f"t{n}" for n in range(len(given.needs)))
    lines = [f".PHONY: all {names}", f"all: {names}"]
    for number, needs in enumerate(given.needs):
        lines.append(f"t{number}: {' '.join(f't{n}' for n in needs)}\n\t@sh task.sh {number}")
    (folder / "Makefile").write_text("\n".join(lines) + "\n", "utf-8")
    return [program("make"), f"-j{SLOTS}", "--silent", "all"]


def _ninja(folder: Path, given: Work) -> list[str]:
    lines = ["rule sleep\n  command = sh task.sh $number"]
    for number, needs in enumerate(given.needs):
        wanted = " ".join(f"t{n}" for n in needs)
        lines.append(
            f"build t{number}: sleep" + (f" | {wanted}" if wanted else "") + f"\n  number = {number}"
        )
    (folder / "build.ninja").write_text("\n".join(lines) + "\n", "utf-8")
    return [program("ninja"), f"-j{SLOTS}"]


def _is_here(tool: str) -> bool:
    return tool == "mdorch" or bool(program(tool))


TOOLS: dict[str, Callable[[Path, Work], list[str]]] = {"mdorch": _mdorch, "make": _make, "ninja": _ninja}
