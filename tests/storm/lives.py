"""One page and one daemon after the other: each life ends by kill -9, and every run tells of itself.

What a row's run does is told by its number: 0 quick, 1 slow, 2 hands off, 3 fails every other time
(modulo 4). A run appends its id to `starts.log` as the first thing that it does, and its id and exit code to
`ends.log` as the last; so what really happened is known whatever the daemon believes.
"""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mdorch.facts import Run
from mdorch.world.journal import Journal
from tests.storm.ledger import lines_of
from tests.storm.page import Seen, drop_taken_blocks, look, make_page, reopen
from tests.storm.verdict import unfinished

_AGENT = r"""#!/bin/sh
cd "$1"
echo "$MDORCH_RUN" >> starts.log
number=$(( 1${MDORCH_TASK#B-} % 4 ))
code=0
case $number in
1) if [ -e gate ]; then while [ ! -e go ]; do sleep 0.02; done; else sleep 0.08; fi ;;
2) exec 9>>writers.lock; flock 9
   printf '\n## Agent Handoff Signal\n\n**From**: dev\n**To**: -\n**Task**: %s\n**Status**: COMPLETE\n\n' "$MDORCH_TASK" > block.$$
   printf '### Deliverables\n- by %s\n\n## More\n' "$MDORCH_RUN" >> block.$$
   cat block.$$ >> "$MDORCH_PAGE"; rm block.$$
   echo "$MDORCH_RUN" >> blocks.log; exec 9>&- ;;
3) if mkdir failed.$MDORCH_TASK 2>/dev/null; then code=7; else rmdir failed.$MDORCH_TASK; fi ;;
esac
echo "$MDORCH_RUN $code" >> ends.log
exit $code
"""  # noqa: E501 - a block is written in one piece
_CONFIG = """
[run]
settle = "0s"
max_parallel = 4
attempts = 9
[upkeep]
archive = false
[budget]
launches_per_task = 1000000
launches_per_hour = 1000000
[agents.default]
command = ["sh", "{folder}/agent.sh", "{folder}"]
"""
_MARK = "MDORCH_STORM_FOLDER"
_ROOT = Path(__file__).resolve().parents[2]


class Lives:
    """The folder, its page, and whoever is its daemon now."""

    def __init__(self, folder: Path, rows: int = 8) -> None:
        self.folder = folder
        self.rows = rows
        self.page = folder / "CLAUDE.md"
        self.dot = folder / ".mdorch"
        self.log = folder / "daemon.log"
        folder.mkdir(exist_ok=True)
        self.page.write_bytes(make_page(rows))
        (folder / "agent.sh").write_text(_AGENT)
        (folder / "mdorch.toml").write_text(_CONFIG.format(folder=folder))
        self.cleared: set[tuple[str, str]] = set()  # (run, run in its mark) of handoffs that we cleaned up
        self.children: list[subprocess.Popen[bytes]] = []

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "mdorch", *words, "--page", str(self.page)]

    def environ(self, **more: str) -> dict[str, str]:
        own = {
            "XDG_STATE_HOME": str(self.folder / "state"),
            "MDORCH_CRASH_SEEN": str(self.folder / "crashed.log"),
            _MARK: str(self.folder),
        }
        return {"PYTHONPATH": str(_ROOT), **os.environ, **own, **more}

    def spawn(self, *options: str, **environ: str) -> subprocess.Popen[bytes]:
        """A daemon; its output goes to `daemon.log`."""
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                self.command("up", "--yes", *options), env=self.environ(**environ), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log,
            )  # fmt: skip
        self.children.append(child)
        return child

    def command_now(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """A command, to its end."""
        return subprocess.run(
            self.command(*words), env=self.environ(**environ), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip

    def kill(self, child: subprocess.Popen[bytes]) -> None:
        child.send_signal(signal.SIGKILL)
        child.wait(120)

    def to_the_end(self, seconds: float = 180.0) -> int:
        """A last life, until nothing can go on; its exit code."""
        child = self.spawn("--until-idle")
        try:
            return child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill(child)
            raise AssertionError(f"never idle\n{self.told()}") from None

    def close(self) -> None:
        """Nothing of ours stays behind, whatever a test found."""
        (self.folder / "go").touch()
        for child in self.children:
            if child.poll() is None:
                self.kill(child)
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def seen(self) -> Seen:
        return look(self.page.read_bytes(), self.rows)

    def crashed(self) -> list[str]:
        """The named points at which processes of ours ended."""
        return lines_of(self.folder / "crashed.log")

    def starts(self) -> list[str]:
        return lines_of(self.folder / "starts.log")

    def told(self) -> str:
        """For messages: what the daemons said last, and the page."""
        return self.log.read_text(errors="replace")[-3000:] + self.page.read_text()[-1500:]

    def wait(self, is_so: Callable[[], bool], what: str, seconds: float = 120.0) -> None:
        until = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < until, f"{what}\n{self.told()}"
            time.sleep(0.01)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """While no run appends."""
        with (self.folder / "writers.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def reopen(self) -> None:
        """A person cleans up and opens what is complete once more, while no daemon looks."""
        with self.turn():
            data = self.page.read_bytes()
            marks = self.seen().taken
            data, runs = drop_taken_blocks(data)
            self.cleared |= {(run, marks[run]) for run in runs}
            self.page.write_bytes(reopen(data, f"n{len(self.children)}"))

    def processes(self) -> list[int]:
        """Every living process that was born here, by its environment."""
        wanted = f"{_MARK}={self.folder}".encode()
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            with suppress(OSError):
                if wanted in Path("/proc", name, "environ").read_bytes().split(b"\0"):
                    found.append(int(name))
        return found

    def runs(self) -> dict[str, Run]:
        journal = Journal.peek(self.dot)
        assert journal is not None
        try:
            return {run.id: run for run in journal.runs()}
        finally:
            journal.close()

    def check_starts(self) -> None:
        """Exactly once, and nobody is left."""
        twice = [run for run, count in Counter(self.starts()).items() if count > 1]
        assert not twice, f"started twice: {twice}\n{self.told()}"
        assert "Traceback" not in self.log.read_text(errors="replace"), self.told()

    def check_page(self) -> None:
        seen = self.seen()
        assert not seen.flaws, f"{seen.flaws}\n{self.told()}"
        assert not unfinished(seen), f"{unfinished(seen)}\n{self.told()}"

    def check_results(self) -> None:
        """Every run that ended is folded with its own result, and its handoff was taken for it, once."""
        runs = self.runs()
        ends = dict(line.split() for line in lines_of(self.folder / "ends.log"))
        assert set(ends) == set(self.starts())
        wrong = {
            run: runs.get(run)
            for run, code in ends.items()
            if run not in runs or runs[run].state != "folded" or str(runs[run].exit_code) != code
        }
        assert not wrong, f"{wrong}\n{self.told()}"
        seen = self.seen()
        marks = self.cleared | set(seen.taken.items())
        wrong_marks = marks ^ {(run, run) for run in lines_of(self.folder / "blocks.log")}
        assert not wrong_marks, f"handoffs and marks: {wrong_marks}\n{self.told()}"
        assert max(seen.blocks.values(), default=1) == 1, self.told()

    def check_gone(self) -> None:
        self.wait(lambda: not self.processes(), "processes are left")


def kill_at_chance(lives: Lives, chance: random.Random) -> None:
    """One life: it ends by kill -9 shortly after some event that it told of, or at any instant at all."""
    told = len(lines_of(lives.log))
    child = lives.spawn()
    awake = time.monotonic() + (3.0 if chance.random() < 0.9 else 0.0)  # with nothing to do it says nothing
    while len(lines_of(lives.log)) == told and time.monotonic() < awake:
        time.sleep(0.001)
    events, until = chance.randint(1, 14), time.monotonic() + chance.uniform(0.05, 0.6)
    while len(lines_of(lives.log)) < told + events and time.monotonic() < until:
        time.sleep(0.001)
    time.sleep(chance.choice([0.0, chance.uniform(0, 0.003), chance.uniform(0, 0.05)]))
    assert child.poll() is None, f"it ended by itself: {child.returncode}\n{lives.told()}"
    lives.kill(child)
