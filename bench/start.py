"""What a command costs before it does anything: start-up, on a page of a hundred tasks that was read before.

The measure is CPU seconds as multiples of a bare interpreter's (`python -S -c pass`).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.harness import Table, bare_environment, in_turn, mdorch, median, spend
from bench.status import FINE, page

ROUNDS = 7
TASKS = 100
COMMANDS = (
    ("--version",),
    ("--help",),
    ("status",),
    ("why", f"WORK-{TASKS // 2:05}"),
    ("plan", "--json"),
    ("lint",),
)


def tables() -> Iterator[Table]:
    table = Table(
        "Start-up", ["mdorch …", "× bare"], f"CPU as multiples of `python -S -c pass`, {TASKS} tasks."
    )
    with tempfile.TemporaryDirectory(prefix="mdorch-bench-") as folder:
        for cells in rows(ROUNDS, Path(folder)):
            table.add(*cells)
    yield table


def rows(rounds: int, folder: Path) -> Iterator[list[str]]:
    (folder / "CLAUDE.md").write_text(page(TASKS), "utf-8")
    env = bare_environment(folder)
    spend(mdorch("status"), folder, env, FINE)
    cases = {
        " ".join(words): lambda words=words: spend(mdorch(*words), folder, env, FINE) for words in COMMANDS
    }
    bare = {"bare": lambda: spend([sys.executable, "-S", "-c", "pass"], folder, env)}
    spent = in_turn({**bare, **cases}, rounds)
    cpu = {name: median(usage.cpu for usage in usages) for name, usages in spent.items()}
    yield from ([name, f"{cpu[name] / cpu['bare']:.1f}"] for name in cases)
