"""Killed between any two steps: no run starts twice, none is forgotten."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.world.conftest import Field, eventually

STARTER = """
import os, sys, time
from pathlib import Path
from mdorch.world.runs import *
folder = Path(sys.argv[1])
runs = Runs(folder)
script = f"echo ran >> {folder}/ran; sleep 0.2"
spec = RunSpec("T.1", ["/bin/sh", "-c", script], dict(os.environ), "/", b"", 20.0)
try:
    runs.start(spec)
except AlreadyStarted:
    sys.exit(4)
"""


def start(field: Field, crash_at: str) -> int:
    env = {**os.environ, "MDORCH_CRASH_AT": crash_at}
    command = [sys.executable, "-c", STARTER, str(field.dir)]
    return subprocess.run(command, env=env, timeout=30, check=False).returncode


def runs_seen(field: Field) -> int:
    path = field.dir / "ran"
    return len(path.read_text().split()) if path.exists() else 0


# At which point what dies, how the run then is, and how often its agent ran.
POINTS = [
    ("runs.drafted", "absent", 0),
    ("runs.made", "unbegun", 0),
    ("runs.handed", "ended", 1),
    ("shim.begun", "lost", 0),
    ("shim.started", "lost", 1),
    ("shim.ended", "lost", 1),
    ("shim.written", "lost", 1),
    ("shim.named", "ended", 1),
]


@pytest.mark.parametrize(("point", "state", "ran"), POINTS)
def test_each_point(field: Field, point: str, state: str, ran: int) -> None:
    code = start(field, point)
    assert code == (-signal.SIGKILL if point.startswith("runs.") else 0)
    eventually(lambda: field.runs.poll("T.1").state not in ("running",))
    assert field.runs.poll("T.1").state == state
    eventually(lambda: runs_seen(field) == ran)
    assert start(field, "") == (0 if state == "absent" else 4)
    if state == "absent":
        assert field.wait("T.1").state == "ended"
    assert runs_seen(field) == max(ran, 1 if state == "absent" else 0)


def test_the_run_goes_on_when_its_starter_dies(field: Field) -> None:
    assert start(field, "runs.handed") == -signal.SIGKILL
    poll = field.wait("T.1")
    assert poll.state == "ended"
    assert poll.exit is not None
    assert poll.exit.exit_code == 0


def test_two_shims_for_one_run_start_one_agent(field: Field) -> None:
    """As when the nursery died between forking a shim and saying so, and was asked again."""
    spec = field.spec("T.1", "/bin/sh", "-c", f"echo ran >> {field.dir}/ran")
    order, folder, lock = field.runs._prepare(spec)
    for _ in range(4):
        (keeper,) = field.runs._hatch.start([(order, folder, lock)])
        keeper.close()
    for fd in (folder, lock):
        os.close(fd)
    assert field.wait("T.1").state == "ended"
    assert runs_seen(field) == 1


def test_a_run_stopped_before_its_agent_started_never_starts(field: Field) -> None:
    spec = field.spec("T.1", "/bin/sh", "-c", f"echo ran >> {field.dir}/ran")
    order, folder, lock = field.runs._prepare(spec)
    assert field.runs.poll("T.1").state == "running"
    field.runs.stop("T.1", "changed my mind")
    (keeper,) = field.runs._hatch.start([(order, folder, lock)])
    keeper.close()
    for fd in (folder, lock):
        os.close(fd)
    result = field.wait("T.1").exit
    assert result is not None
    assert result.stop_reason == "changed my mind"
    assert result.started is None
    assert runs_seen(field) == 0
