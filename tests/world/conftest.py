"""Fixtures for the doors: a folder beside a page, runs that never outlive their test."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mdorch.world.keeper.tree import marked, send
from mdorch.world.runs import Poll, Runs
from mdorch.world.runspec import RunSpec


class Field:
    """A `Runs` and what tests do with one."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.dir = folder
        self.runs = Runs(folder)

    def spec(self, run_id: str, *argv: str, timeout: float = 20.0, **more: object) -> RunSpec:
        env = {"PATH": os.environ["PATH"], **more.pop("env", {})}  # type: ignore[dict-item]
        base = {"cwd": str(self.dir), "prompt": b"", "patience": (0.3, 0.3), **more}
        return RunSpec(run_id, list(argv), env, timeout=timeout, **base)  # type: ignore[arg-type]

    def start(self, run_id: str, *argv: str, **more: object) -> int:
        return self.runs.start(self.spec(run_id, *argv, **more))  # type: ignore[arg-type]

    def shell(self, run_id: str, script: str, **more: object) -> int:
        return self.start(run_id, "/bin/sh", "-c", script, **more)

    def wait(self, run_id: str, seconds: float = 15.0) -> Poll:
        """Sleep on the run's descriptor until it is over."""
        until = time.monotonic() + seconds
        while (poll := self.runs.poll(run_id)).state == "running":
            assert time.monotonic() < until, f"{run_id} did not end in {seconds} s"
            fd = self.runs.watch(run_id)
            select.select([fd] if fd is not None else [], [], [], 0.05 if fd is None else 1.0)
        return poll

    def text(self, run_id: str, name: str = "stdout.log") -> str:
        path = self.runs.folder(run_id) / name
        return path.read_text() if path.exists() else ""

    def leftovers(self, run_id: str) -> list[int]:
        """Living processes that belong to the run (dead ones that nobody waited for have no environment)."""
        return [pid for pid, _ in marked(run_id, str(self.dir))]


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path / ".mdorch")
    yield made
    for run_id in made.runs.ids():
        poll = made.runs.poll(run_id)
        if poll.state == "running" and poll.pid:
            made.runs.stop(run_id, "the test is over")
            made.wait(run_id)
        for process in marked(run_id, str(made.dir)):
            send(process, signal.SIGKILL)
    made.runs.close()


def eventually(condition: object, seconds: float = 10.0) -> None:
    """Wait until `condition()` holds."""
    until = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)
