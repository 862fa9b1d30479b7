"""What one run costs when its agent does nothing: time and memory, durable as always.

The baseline starts the same program with nothing around it. "kept" is a run as the daemon starts it: a
folder made durable, a shim that outlives the daemon, a result made durable. Layers of ten are how a wide
board runs them; one after another shows the latency of a chain.
"""

from __future__ import annotations

import os
import select
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.harness import Table, in_turn, median
from mdorch.world.runs import Runs
from mdorch.world.runspec import RunSpec

ROUNDS, LAYERS, WIDTH, SLEEPERS = 7, 5, 10, 10
PROGRAM = "/bin/true"


def tables() -> Iterator[Table]:
    with tempfile.TemporaryDirectory(prefix="mdorch-bench-") as folder:
        runs = Runs(Path(folder))
        try:
            yield _times(runs)
            yield _memory(runs)
        finally:
            runs.close()


def _times(runs: Runs) -> Table:
    first = time.perf_counter()
    _layer(runs, 1)
    first = time.perf_counter() - first
    table = Table("One run, wall clock", ("", "bare", "kept", "added per run"))
    for name, width in (("one after another", 1), (f"layers of {WIDTH}", WIDTH)):
        spent = in_turn(
            {"bare": lambda w=width: _bare(w), "kept": lambda w=width: _kept(runs, w)},  # type: ignore[misc]
            ROUNDS,
        )
        bare, kept = median(spent["bare"]), median(spent["kept"])
        table.add(name, f"{bare * 1e3:.2f} ms", f"{kept * 1e3:.2f} ms", f"{(kept - bare) * 1e3:.2f} ms")
    table.notes = f"The first run of a daemon also starts the nursery: {first * 1e3:.0f} ms."
    return table


def _memory(runs: Runs) -> Table:
    """Proportional set size: what each process adds, shared pages divided among those that share them."""
    ids = [f"SLEEP.{number}" for number in range(SLEEPERS)]
    pids = [runs.start(_spec(run_id, ["sleep", "60"])) for run_id in ids]
    time.sleep(0.5)
    table = Table(
        "Memory of a run", ("", "PSS"), notes=f"{SLEEPERS} runs at once; the agent's own not counted."
    )
    table.add("shim of each run", f"{median([_pss(pid) for pid in pids]) / 1024:.1f} MB")
    for run_id in ids:
        runs.stop(run_id, "measured")
    _await(runs, set(ids))
    return table


def _bare(width: int) -> float:
    start = time.perf_counter()
    for _ in range(LAYERS):
        pids = [os.posix_spawn(PROGRAM, [PROGRAM], {}) for _ in range(width)]
        for pid in pids:
            os.waitpid(pid, 0)
    return (time.perf_counter() - start) / (LAYERS * width)


def _kept(runs: Runs, width: int) -> float:
    start = time.perf_counter()
    for _ in range(LAYERS):
        _layer(runs, width)
    return (time.perf_counter() - start) / (LAYERS * width)


def _layer(runs: Runs, width: int) -> None:
    ids = {f"RUN.{time.time_ns()}.{number}" for number in range(width)}
    runs.start_all([_spec(run_id, [PROGRAM]) for run_id in ids])
    _await(runs, ids)


def _await(runs: Runs, ids: set[str]) -> None:
    while ids:
        ready = select.select(list(fds := runs.watch_fds()), [], [], 10)[0]
        if not ready:
            raise RuntimeError("a run did not end")
        ids -= {fds[fd] for fd in ready if runs.poll(fds[fd]).state == "ended"}


def _spec(run_id: str, argv: list[str]) -> RunSpec:
    return RunSpec(run_id, argv, {"PATH": os.defpath}, "/", b"", 60.0, (0.1, 0.1))


def _pss(pid: int) -> int:
    """Kilobytes; 0 where the system does not say."""
    if sys.platform != "linux":
        return 0
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
