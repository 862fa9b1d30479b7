"""From the close of a save to the start of the agent: a row is opened by hand, and its agent tells the time.

All of it counts that the daemon does in between: learning of the save, reading the page, deciding, the claim
in the journal, synced, the page written, the run's folder made durable, the shim. (Settling is off: `settle`
is for people.) The agent is `date`, which prints when it was born.

The baselines learn of the same save and start the same `date`: `inotifywait` with a shell, `entr`, Python's
`watchfiles` and watchdog, each where it is installed. They read nothing, write nothing and promise nothing.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from bench.harness import Table, against, bare_environment, mdorch, median, program

GOALS = {100: 10.0, 1_000: 25.0, 10_000: 200.0}  # tasks -> milliseconds
ROUNDS = {100: 21, 1_000: 21, 10_000: 9}
START = 120.0  # seconds for anything to begin to watch, or to come to rest
PATIENCE = 20.0  # seconds for one agent to start
SETTINGS = """[run]
settle = "0s"
max_parallel = 10

[budget]
launches_per_hour = 1000000
launches_per_task = 1000000

[agents.default]
command = ["date", "+%s.%N"]
"""
_WATCHDOG = """
import subprocess, sys
from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

class Saved(FileSystemEventHandler):
    def on_closed(self, event):
        if event.src_path.endswith("CLAUDE.md"):
            subprocess.run(["date", "+%s.%N"])

observer = Observer()
observer.schedule(Saved(), ".")
observer.start()
observer.join()
"""
_WATCHFILES = """
import subprocess
from watchfiles import watch
for _ in watch("CLAUDE.md"):
    subprocess.run(["date", "+%s.%N"])
"""
_INOTIFYWAIT = "inotifywait -q -m -e close_write CLAUDE.md | while read -r _; do date +%s.%N; done"

Save = Callable[[], float]


def tables() -> Iterator[Table]:
    tools = baselines()
    table = Table(
        "From a save to the start of the agent",
        ["tasks", "mdorch, ms", "slowest of ten", *(f"{name}, ms (×)" for name in tools)],
        f"Medians, wall clock; × is how many times as long mdorch takes. {_missing(tools)}",
    )
    for tasks, rounds in ROUNDS.items():
        with tempfile.TemporaryDirectory(prefix="mdorch-bench-", ignore_cleanup_errors=True) as folder:
            table.add(*row(tasks, rounds, Path(folder)))
    yield table


def baselines() -> dict[str, list[str]]:
    """The tools that are here, by name, with their command lines."""
    found = {}
    if program("inotifywait"):
        found["inotifywait + sh"] = ["sh", "-c", _INOTIFYWAIT]
    if program("entr"):
        found["entr"] = ["sh", "-c", "echo CLAUDE.md | entr -n -p date +%s.%N"]
    if at := program("watchfiles"):
        found["watchfiles"] = [str(Path(at).with_name("python")), "-c", _WATCHFILES]
    found["watchdog"] = [sys.executable, "-c", _WATCHDOG]
    return found


def _missing(tools: dict[str, list[str]]) -> str:
    missing = [name for name in ("inotifywait + sh", "entr", "watchfiles") if name not in tools]
    return f"Not installed: {', '.join(missing)}." if missing else ""


def row(tasks: int, rounds: int, folder: Path) -> list[str]:
    with ExitStack() as stack:
        cases: dict[str, Save] = {"mdorch": _daemon(tasks, folder / "mdorch", stack)}
        for name, argv in baselines().items():
            cases[name] = _watcher(argv, tasks, folder / name, stack)
        spent: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(rounds):
            for name, case in cases.items():
                spent[name].append(case() * 1e3)
    ours = median(spent["mdorch"])
    slow = sorted(spent["mdorch"])[(rounds * 9) // 10]
    others = [f"{median(times):.1f} ({ours / median(times):.1f}×)" for times in list(spent.values())[1:]]
    return [f"{tasks:,}", against(ours, GOALS.get(tasks, 1e9)), f"{slow:.1f}", *others]


def page(tasks: int) -> str:
    """Phases of 25 rows that need one another; half of them done, the other half for later."""
    lines = ["# Plan\n\n## Active Agents\n\n| Agent | Task | Status | Started | Dependencies |\n"]
    lines += ["|---|---|---|---|---|\n\n## Task Queue\n"]
    for number in range(tasks):
        if number % 25 == 0:
            lines += [f"\n### Phase {number // 25 + 1}\n\n"]
            lines += ["| Task ID | Description | Status | Prerequisites | Assigned To | Priority |\n"]
            lines += ["|---|---|---|---|---|---|\n"]
        status = "Complete" if number < tasks // 2 else "On Hold"
        needs = f"WORK-{number % (tasks // 2):05}" if number >= tasks // 2 else "None"
        lines.append(
            f"| WORK-{number:05} | Build part {number} | {status} | {needs} | dev | P{number % 4} |\n"
        )
    return "".join(lines)


def _daemon(tasks: int, folder: Path, stack: ExitStack) -> Save:
    folder.mkdir()
    path, runs = folder / "CLAUDE.md", folder / ".mdorch" / "runs"
    path.write_text(page(tasks), "utf-8")
    (folder / "mdorch.toml").write_text(SETTINGS, "utf-8")
    daemon = _live(mdorch("up", "--yes"), folder, None, stack)
    _await_rest(daemon.pid)
    numbers = itertools.count(tasks // 2)

    def save() -> float:
        task = f"WORK-{next(numbers):05}"
        head, found, tail = path.read_text("utf-8").partition(f"| {task} |")
        closed = _save(path, head + found + tail.replace("| On Hold |", "| Waiting |", 1))
        began = _await(lambda: _time(runs / f"{task}.1" / "stdout.log"))
        _await(lambda: _is_complete(path, task))
        _await_rest(daemon.pid, 0.05)
        return began - closed

    save()  # the first run of a daemon starts more than its agent
    return save


def _watcher(argv: list[str], tasks: int, folder: Path, stack: ExitStack) -> Save:
    folder.mkdir()
    path, log = folder / "CLAUDE.md", folder / "log"
    text = page(tasks)
    path.write_text(text, "utf-8")
    _live(argv, folder, log, stack)
    until = time.monotonic() + START
    while not log.stat().st_size:  # it says nothing when it begins to watch
        if time.monotonic() > until:
            raise RuntimeError(f"{argv[0]} does not watch")
        _save(path, text)
        time.sleep(0.3)

    def save() -> float:
        time.sleep(0.2)
        before = log.stat().st_size
        closed = _save(path, text)
        return _await(lambda: _time(log, before)) - closed

    return save


def _live(argv: list[str], folder: Path, log: Path | None, stack: ExitStack) -> subprocess.Popen[bytes]:
    """A process, and all that it starts, that ends with the stack."""
    output = stack.enter_context(log.open("ab")) if log else subprocess.DEVNULL
    environ = bare_environment(folder)
    process = subprocess.Popen(
        argv, cwd=folder, env=environ, stdout=output, stderr=subprocess.DEVNULL, start_new_session=True
    )

    def end() -> None:
        os.killpg(process.pid, 15)
        process.wait(10)

    stack.callback(end)
    return process


def _save(path: Path, text: str) -> float:
    """Save as most editors do; the time at which it was done."""
    file = path.open("w", encoding="utf-8")
    file.write(text)
    file.flush()
    closed = time.time()
    file.close()
    return closed


def _time(log: Path, place: int = 0) -> float:
    """The time that is written there; 0.0 while there is none."""
    try:
        with log.open("rb") as file:
            file.seek(place)
            line = file.readline()
    except FileNotFoundError:
        return 0.0
    return float(line) if line.endswith(b"\n") else 0.0


def _is_complete(path: Path, task: str) -> float:
    found = path.read_text("utf-8").partition(f"| {task} |")[2].partition("\n")[0]
    return float("| Complete |" in found)


def _await(answer: Callable[[], float]) -> float:
    until = time.monotonic() + PATIENCE
    while not (found := answer()):
        if time.monotonic() > until:
            raise RuntimeError("no agent was started")
        time.sleep(0.002)
    return found


def _await_rest(pid: int, quiet: float = 0.5) -> None:
    """Until the process, once it had begun, does nothing for a while."""
    until = time.monotonic() + START
    before = -1
    while (now := _ticks(pid)) != before or now < 10:
        if time.monotonic() > until:
            raise RuntimeError("the daemon does not come to rest")
        before = now
        time.sleep(quiet)


def _ticks(pid: int) -> int:
    """Hundredths of a second of processor time."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
