"""`mdorch status --json`: what asking costs, on a page that did not change and on one that did.

Asking must be cheap, because prompts, status bars and agents ask all the time. The measure is CPU seconds
as multiples of a bare interpreter's (`python -S -c pass`), which travels between machines.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.harness import Table, Usage, against, bare_environment, in_turn, mdorch, median, spend

GOALS = {10: None, 100: 10.0, 1_000: 25.0, 10_000: 130.0}  # tasks -> multiples of bare Python's CPU
ROUNDS = 11
FINE = (0, 1)  # a page may have problems and still be answered for


def page(tasks: int, version: int = 0) -> str:
    """A board in phases of 25 rows that need one another, a part done; `version` changes one cell."""
    lines = ["# Plan\n", "\n## Task Queue\n"]
    for number in range(tasks):
        if number % 25 == 0:
            lines += [
                f"\n### Phase {number // 25 + 1}\n\n",
                "| Task ID | Description | Status | Prerequisites | Assigned To | Priority | Notes |\n",
                "|---|---|---|---|---|---|---|\n",
            ]
        status = "✅ Complete" if number < tasks // 3 else "⏳ Waiting"
        needs = ", ".join(f"WORK-{n:05}" for n in (number - 1, number - 7) if n >= 0) or "None"
        changed = f" (edited {version})" if number == tasks // 2 else ""
        lines.append(
            f"| WORK-{number:05} | Build part {number} of the plan{changed} | {status} | {needs} "
            f"| backend-developer | P{number % 4} | - |\n"
        )
    return "".join(lines)


def tables() -> Iterator[Table]:
    table = Table(
        "mdorch status --json",
        ["tasks", "page", "unchanged (× bare)", "changed (× bare)", "seconds", "bare", "memory"],
        "CPU as multiples of `python -S -c pass` in the same run, beside its goal. Seconds of CPU and memory "
        "at the peak are those of an unchanged page.",
    )
    for tasks, goal in GOALS.items():
        with tempfile.TemporaryDirectory() as folder:
            table.add(*row(tasks, goal, Path(folder)))
    yield table


def verify(ask: list[str], tasks: int, place: Path, env: dict[str, str]) -> None:
    """RuntimeError unless the answer is complete: a failure would be quick."""
    answer = subprocess.run(ask, cwd=place, env=env, capture_output=True, text=True, check=False)
    if not answer.stdout or len(json.loads(answer.stdout)["tasks"]) != tasks:
        raise RuntimeError(f"nothing to measure, status does not show {tasks} tasks: {answer.stderr[-500:]}")


def row(tasks: int, goal: float | None, folder: Path) -> list[str]:
    env = bare_environment(folder)
    quiet, busy = folder / "quiet", folder / "busy"
    for place in (quiet, busy):
        place.mkdir()
        (place / "CLAUDE.md").write_text(page(tasks), "utf-8")
    ask = mdorch("status", "--json")
    versions = itertools.count(1)

    def changed() -> Usage:
        (busy / "CLAUDE.md").write_text(page(tasks, next(versions)), "utf-8")
        return spend(ask, busy, env, FINE)

    for _ in range(2):  # the second is the kind that is measured
        verify(ask, tasks, quiet, env)
    results = in_turn(
        {
            "bare": lambda: spend([sys.executable, "-S", "-c", "pass"], folder, env),
            "unchanged": lambda: spend(ask, quiet, env, FINE),
            "changed": changed,
        },
        ROUNDS,
    )
    cpu = {name: median(usage.cpu for usage in usages) for name, usages in results.items()}
    memory = median(usage.memory for usage in results["unchanged"])
    ratios = [(cpu["unchanged"] / cpu["bare"], goal), (cpu["changed"] / cpu["bare"], goal and 2 * goal)]
    return [
        f"{tasks:,}",
        f"{(quiet / 'CLAUDE.md').stat().st_size / 1000:,.0f} KB",
        *(against(ratio, limit) if limit else f"{ratio:.1f}" for ratio, limit in ratios),
        f"{cpu['unchanged']:.3f}",
        f"{cpu['bare']:.3f}",
        f"{memory / 1e6:.0f} MB",
    ]
