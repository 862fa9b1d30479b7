"""What the daemon costs while nothing happens: processor time, wake-ups and memory.

It sleeps until the page is saved or a run ends, but for a look at the page's `stat` every second or two,
which finds what no event tells. The baseline of memory is an interpreter that sleeps.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.harness import Table, against, bare_environment, mdorch
from bench.tasks import SETTINGS, page

SIZES = (100, 1_000, 10_000)
SECONDS = 10.0  # for which an idle daemon is watched
START = 120.0  # seconds for it to become idle
CPU_GOAL = 1.0  # milliseconds of processor time in a second
MEMORY_GOAL = 45.0  # MB
BARE = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(1000)"]


def tables() -> Iterator[Table]:
    table = Table(
        "The daemon at rest",
        ["tasks", "CPU ms per second", "wake-ups per second", "MB", "× bare"],
        f"Over {SECONDS:g} seconds. Memory is the proportional set size; bare is `python -I -S`, asleep.",
    )
    for tasks in SIZES:
        with tempfile.TemporaryDirectory(prefix="mdorch-bench-") as folder:
            table.add(*row(tasks, SECONDS, Path(folder)))
    yield table


def row(tasks: int, seconds: float, folder: Path) -> list[str]:
    if sys.platform != "linux":
        raise RuntimeError("only Linux tells what a living process costs")
    (folder / "CLAUDE.md").write_text(page(tasks).replace("| Waiting |", "| Complete |"), "utf-8")
    (folder / "mdorch.toml").write_text(SETTINGS, "utf-8")
    with living(BARE, folder) as bare, living(mdorch("up", "--yes"), folder) as daemon:
        _await_rest(daemon)
        spent, switches = cpu(daemon), _switches(daemon)
        time.sleep(seconds)
        spent, switches = cpu(daemon) - spent, _switches(daemon) - switches
        size, least = memory(daemon), memory(bare)
    return [
        f"{tasks:,}",
        f"{against(spent / seconds * 1e3, CPU_GOAL)}",
        f"{switches / seconds:.1f}",
        f"{against(size, MEMORY_GOAL)}",
        f"{size / least:.1f}",
    ]


@contextmanager
def living(argv: list[str], folder: Path, **env: str) -> Iterator[int]:
    """The pid of a process that lives as long as the body of the `with`."""
    quiet, environ = subprocess.DEVNULL, {**bare_environment(folder), **env}
    process = subprocess.Popen(argv, cwd=folder, env=environ, stdout=quiet, stderr=quiet)
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_rest(pid: int) -> None:
    """Until a second goes by in which the process, once it had begun, did next to nothing."""
    until = time.monotonic() + START
    before = 0.0
    while (now := cpu(pid)) < 0.1 or now - before > 0.02:
        if time.monotonic() > until:
            raise RuntimeError("the daemon does not come to rest")
        before = now
        time.sleep(1.0)


def cpu(pid: int) -> float:
    """Seconds, of all threads, to the nanosecond."""
    threads = os.listdir(f"/proc/{pid}/task")
    return sum(int(_read(f"{pid}/task/{thread}/schedstat").split()[0]) for thread in threads) / 1e9


def _switches(pid: int) -> int:
    """How often any thread went to sleep."""
    threads = os.listdir(f"/proc/{pid}/task")
    return sum(_number("voluntary_ctxt_switches", _read(f"{pid}/task/{thread}/status")) for thread in threads)


def memory(pid: int) -> float:
    """MB, shared pages divided among those that share them."""
    return _number("Pss", _read(f"{pid}/smaps_rollup")) * 1024 / 1e6


def _number(name: str, text: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"the system does not tell {name}")
    return int(found[1])


def _read(name: str) -> str:
    try:
        return Path("/proc", name).read_text("ascii", "replace")
    except OSError:
        raise RuntimeError("the measured process ended by itself") from None
