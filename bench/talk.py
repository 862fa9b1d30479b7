"""What agents cost that talk all the time: the processor time of the daemon and of a shim for each, and the
shim's memory, while each agent prints a hundred events a second.

The agents are stand-ins under the name of a CLI whose events are read while it runs, for what they cost.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.harness import Table, against, mdorch
from bench.idle import cpu, living, memory
from mdorch.world.runs import Runs

AGENTS = 4
SECONDS = 20.0
PACE = 100  # events a second
CPU_GOAL = 3.0  # percent of a core, of the daemon for each agent
MEMORY_GOAL = 6.0  # MB for each agent
PROGRAM = f"""#!{sys.executable} -IS
import json, time
text = {{"type": "text", "sessionID": "s", "part": {{"text": "x" * 300}}}}
tokens = {{"input": 10, "output": 5}}
step = {{"type": "step_finish", "part": {{"reason": "tool-calls", "cost": 0.00001, "tokens": tokens}}}}
started = time.monotonic()
for number in range(10**9):
    print(json.dumps(step if number % 10 == 0 else text), flush=True)
    time.sleep(max(0.0, started + (number + 1) / {PACE} - time.monotonic()))
"""
CONFIG = '[run]\nsettle = "0s"\nmax_parallel = 100\n[agents.default]\ncli = "opencode"\n'
HEAD = "## Task Queue\n\n| ID | Task | Agent | Status |\n|---|---|---|---|\n"


def tables() -> Iterator[Table]:
    table = Table(
        f"Agents that print {PACE} events a second",
        ["agents", "daemon, % of a core for each", "shim, % of a core", "shim, MB"],
        f"Over {SECONDS:g} seconds. Memory is the proportional set size.",
    )
    with tempfile.TemporaryDirectory(prefix="mdorch-bench-") as folder:
        table.add(*row(AGENTS, SECONDS, Path(folder)))
    yield table


def row(agents: int, seconds: float, folder: Path) -> list[str]:
    if sys.platform != "linux":
        raise RuntimeError("only Linux tells what a living process costs")
    (folder / "CLAUDE.md").write_text(
        HEAD + "".join(f"| A-{n} | talk on | dev | Waiting |\n" for n in range(agents))
    )
    (folder / "mdorch.toml").write_text(CONFIG)
    program = folder / "opencode"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    try:
        with living(mdorch("up", "--yes"), folder, PATH=str(folder)) as daemon:
            shims = _shims(folder, agents)
            before, theirs = cpu(daemon), sum(map(cpu, shims))
            time.sleep(seconds)
            spent, used = cpu(daemon) - before, sum(map(cpu, shims)) - theirs
            size = sum(map(memory, shims)) / agents
    finally:
        _end(folder)
    return [
        str(agents),
        against(spent / seconds / agents * 100, CPU_GOAL),
        f"{used / seconds / agents * 100:.1f}",
        against(size, MEMORY_GOAL),
    ]


def _end(folder: Path) -> None:
    """Runs outlive their daemon."""
    runs = Runs(folder / ".mdorch")
    for run in runs.ids():
        runs.stop(run, "measured")
    until = time.monotonic() + 30
    while any(runs.poll(run).state == "running" for run in runs.ids()) and time.monotonic() < until:
        time.sleep(0.05)
    runs.close()


def _shims(folder: Path, count: int) -> list[int]:
    until = time.monotonic() + 60
    while len(begun := list(folder.glob(".mdorch/runs/*/begun"))) < count:
        if time.monotonic() > until:
            raise RuntimeError("the agents were not started")
        time.sleep(0.1)
    time.sleep(1.0)
    return [json.loads(path.read_text())["pid"] for path in begun]
