"""The daemon as a process: signals, second daemons, kills, and runs that outlive it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mdorch.facts import Run
from mdorch.world.folders import read_json
from mdorch.world.journal import Journal
from mdorch.world.keeper.tree import marked
from mdorch.world.lock import holder
from tests.daemon.stage import Stage

WAIT = 'wait_for("go"); handoff()'


class Process:
    """`mdorch up` on a stage's page, with its own state folder."""

    def __init__(self, stage: Stage, *options: str, **environ: str) -> None:
        self.stage = stage
        agent = [sys.executable, "-I", "-S", str(stage.folder / "agent.py")]
        config = stage.folder / "mdorch.toml"
        config.write_text(f'[run]\nsettle = "0s"\n[agents.default]\ncommand = {agent!r}\n'.replace("'", '"'))
        self.environ = {**os.environ, "XDG_STATE_HOME": str(stage.folder / "state"), **environ}
        self.options = options
        self.children: list[subprocess.Popen[str]] = []
        self.child = self.spawn()

    def spawn(self) -> subprocess.Popen[str]:
        command = [
            sys.executable,
            "-m",
            "mdorch",
            "up",
            "--yes",
            "--page",
            str(self.stage.page),
            *self.options,
        ]
        self.child = subprocess.Popen(
            command, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.children.append(self.child)
        return self.child

    def up(self) -> None:
        self.stage.wait(lambda: holder(self.stage.site.dot) is not None, "the daemon never came up")

    def end(self, number: int) -> tuple[int, str]:
        self.child.send_signal(number)
        said, _ = self.child.communicate(timeout=60)
        return self.child.returncode, said

    def close(self) -> None:
        """Whatever became of the test, no daemon outlives it."""
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.communicate()


Start = Callable[..., Process]


@pytest.fixture
def start() -> Iterator[Start]:
    """Processes that end with the test."""
    with ExitStack() as stack:

        def start(stage: Stage, *options: str, **environ: str) -> Process:
            process = Process(stage, *options, **environ)
            stack.callback(process.close)
            return process

        yield start


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    rows = "| A-1 | long | dev | None | Waiting | |\n| B-1 | next | dev | A-1 | Waiting | |\n"
    stage = Stage(tmp_path, rows, WAIT)
    yield stage
    stage.release("go")  # whatever happened, no agent waits for long


def test_sigterm_leaves_runs_alive_and_the_next_up_finds_them(stage: Stage, start: Start) -> None:
    daemon = start(stage)
    stage.wait(lambda: stage.starts() == ["A-1.1"], "did not start")
    code, said = daemon.end(signal.SIGTERM)
    assert code == 0
    assert "1 run" in said
    stage.release("go")
    time.sleep(0.3)
    assert stage.status("A-1") == "in_progress"
    daemon.spawn()
    stage.wait_status("B-1", "complete")
    assert stage.starts() == ["A-1.1", "B-1.1"]
    assert daemon.end(signal.SIGTERM)[0] == 0


@pytest.mark.parametrize("again", [0.0, 0.3])
def test_a_killed_daemon_is_taken_up_where_it_was(stage: Stage, start: Start, again: float) -> None:
    daemon = start(stage)
    stage.wait(lambda: stage.starts() == ["A-1.1"], "did not start")
    daemon.end(signal.SIGKILL)
    time.sleep(again)
    daemon.spawn()
    daemon.up()
    stage.release("go")
    stage.wait_status("B-1", "complete")
    assert stage.starts() == ["A-1.1", "B-1.1"]
    assert len([h for h in stage.board().handoffs if h.taken]) == 2
    daemon.end(signal.SIGTERM)


@pytest.mark.parametrize(
    "point", ["claimed", "shown", "started", "runs.drafted", "runs.made", "runs.handed", "recorded"]
)
def test_a_crash_between_two_steps_heals(stage: Stage, start: Start, point: str) -> None:
    stage.release("go")
    daemon = start(stage, MDORCH_CRASH_AT=point)
    daemon.child.communicate(timeout=60)
    assert daemon.child.returncode == -signal.SIGKILL
    daemon.environ.pop("MDORCH_CRASH_AT")
    daemon.spawn()
    stage.wait_status("B-1", "complete")
    starts = stage.starts()
    assert len(starts) == len(set(starts)), "every run id starts once"
    assert [s.split(".")[0] for s in starts] == ["A-1", "B-1"]
    assert stage.board().agents == ()
    daemon.end(signal.SIGTERM)


def test_a_second_daemon_is_refused_and_names_the_first(stage: Stage, start: Start) -> None:
    daemon = start(stage)
    daemon.up()
    second = start(stage)
    said, _ = second.child.communicate(timeout=60)
    assert second.child.returncode == 3
    assert str(daemon.child.pid) in said
    daemon.end(signal.SIGTERM)


def test_interrupting_twice_stops_the_runs_too(stage: Stage, start: Start) -> None:
    daemon = start(stage)
    stage.wait(lambda: stage.starts() == ["A-1.1"], "did not start")
    daemon.child.send_signal(signal.SIGINT)
    time.sleep(0.5)
    code, _ = daemon.end(signal.SIGINT)
    assert code == 0
    runs = stage.site.dot / "runs" / "A-1.1"
    stage.wait((runs / "exit.json").exists, "the run was not ended")


def test_what_a_dead_keeper_left_is_ended_before_anything_else_begins(tmp_path: Path) -> None:
    """It prints nothing, so nothing would ever end it: no deadline, no stop, no broken pipe."""
    row = "| A-1 | long | dev | None | Waiting | |\n"
    made = Stage(tmp_path, row, 'import subprocess; subprocess.Popen(["sleep", "600"]); wait_for("never")')
    with made.running():
        made.wait(lambda: len(marked("A-1.1", str(made.site.dot))) == 2, "not at work")
        os.kill(read_json(made.site.dot / "runs" / "A-1.1" / "begun")["pid"], signal.SIGKILL)
        made.wait_status("A-1", "blocked")
        made.wait(lambda: not marked("A-1.1", str(made.site.dot)), "it works on, and nobody keeps it")
        assert [event.text for event in made.events if event.kind == "stop"]


def test_a_lost_run_is_for_a_person(stage: Stage, start: Start) -> None:
    daemon = start(stage)
    stage.wait(lambda: stage.starts() == ["A-1.1"], "did not start")
    stage.wait(lambda: all(run.pid for run in _runs(stage)), "the shim's pid was not recorded")
    [run] = _runs(stage)
    daemon.end(signal.SIGKILL)
    assert run.pid is not None
    os.kill(run.pid, signal.SIGKILL)
    daemon.spawn()
    stage.wait_status("A-1", "blocked")
    assert stage.task("A-1").notes == "lost"
    time.sleep(0.3)
    assert stage.starts() == ["A-1.1"]
    daemon.end(signal.SIGTERM)


def _runs(stage: Stage) -> list[Run]:
    journal = Journal.peek(stage.site.dot)
    assert journal is not None
    try:
        return journal.runs()
    finally:
        journal.close()
