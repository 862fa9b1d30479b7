"""A fresh scratch repository for each test, and the command line at hand."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mdorch.world.lock import holder
from mdorch.world.runs import Runs
from tests.front.stage import Mdorch, Stage, caller, make_stage


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Whatever a test leaves behind, its daemon and its runs, ends with it."""
    made = make_stage(tmp_path, monkeypatch)
    yield made
    for dot in tmp_path.rglob(".mdorch"):
        running = holder(dot)
        if running is not None and running.pid > 0:
            with suppress(ProcessLookupError):
                os.kill(running.pid, signal.SIGKILL)
        runs = Runs(dot)
        for run in runs.ids():
            if runs.poll(run).state == "running":
                runs.stop(run, "end of the test")


@pytest.fixture
def mdorch(stage: Stage, capsys: pytest.CaptureFixture[str]) -> Mdorch:
    return caller(capsys)
