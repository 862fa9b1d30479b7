"""However a process detaches itself, it ends with its run; and nobody else does."""

from __future__ import annotations

import subprocess
import time

import pytest

from mdorch.facts import End
from tests.world.conftest import Field, eventually

DAEMON = """
import os, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
os.chdir("/")
time.sleep(600)
"""

DETACHED = {
    "background": "sleep 600 &",
    "own session": "setsid sleep 600 &",
    "double fork": "(setsid sh -c 'sleep 600 & sleep 600 & exit' &)",
    "nohup": "nohup setsid sh -c 'nohup sleep 600 & nohup sleep 600' >/dev/null 2>&1 &",
    "deaf": "setsid sh -c 'trap \"\" INT TERM HUP; sleep 600 & while :; do sleep 0.1; done' &",
    "suspended": "setsid sh -c 'kill -STOP $$; sleep 600' &",
    "python daemon": f"python3 -c '{DAEMON}'",
    "no environment": "env -i setsid sleep 600 &",
}


@pytest.mark.parametrize("style", DETACHED)
def test_what_an_agent_leaves_behind_is_ended(field: Field, style: str) -> None:
    field.shell("A.1", f"{DETACHED[style]}\nsleep 0.1; exit 5")
    result = field.wait("A.1").exit
    assert result is not None
    assert (result.end, result.exit_code) == (End.EXIT, 5)
    assert field.leftovers("A.1") == []


@pytest.mark.parametrize("style", DETACHED)
def test_a_stop_ends_the_whole_tree(field: Field, style: str) -> None:
    field.shell("A.1", f"{DETACHED[style]}\necho on; sleep 600")
    eventually(lambda: field.text("A.1") == "on\n")
    field.runs.stop("A.1", "x")
    result = field.wait("A.1").exit
    assert result is not None
    assert result.end is End.STOPPED
    assert field.leftovers("A.1") == []
    assert _descendants_called("sleep 600", field) == []


def test_the_deadline_ends_those_that_do_not_listen(field: Field) -> None:
    deaf = "trap '' INT TERM HUP"
    script = f'{deaf}; setsid sh -c "{deaf}; sleep 600" & while :; do sleep 0.05; done'
    field.shell("A.1", script, timeout=0.2)
    result = field.wait("A.1").exit
    assert result is not None
    assert (result.end, result.exit_code) == (End.TIMEOUT, -9)
    assert field.leftovers("A.1") == []


def test_one_that_keeps_forking_is_caught(field: Field) -> None:
    field.shell("A.1", "trap '' INT TERM; while :; do (sleep 0.02; sleep 30) & sleep 0.01; done", timeout=0.3)
    result = field.wait("A.1").exit
    assert result is not None
    assert result.end is End.TIMEOUT
    assert field.leftovers("A.1") == []


def test_nobody_else_is_touched(field: Field) -> None:
    """Neither a stranger, nor the same program of another run, nor of another page's run of the same name."""
    other = Field(field.dir.parent / "other")
    with subprocess.Popen(["sleep", "600"]) as stranger:
        field.shell("A.1", "setsid sleep 600 & sleep 600")
        field.shell("A.10", "setsid sleep 600 & sleep 600")
        other.shell("A.1", "setsid sleep 600 & sleep 600")
        eventually(lambda: all(len(f.leftovers(r)) == 3 for f, r in ((field, "A.10"), (other, "A.1"))))
        field.runs.stop("A.1", "x")
        field.wait("A.1")
        time.sleep(0.1)
        assert stranger.poll() is None
        assert len(field.leftovers("A.10")) == len(other.leftovers("A.1")) == 3
        stranger.kill()
    for where, run_id in ((field, "A.10"), (other, "A.1")):
        where.runs.stop(run_id, "over")
        where.wait(run_id)
    other.runs.close()


def test_a_killed_shim_makes_a_lost_run_whose_remains_can_be_swept(field: Field) -> None:
    pid = field.shell("A.1", "setsid sleep 600 & sleep 600")
    eventually(lambda: len(field.leftovers("A.1")) == 3)
    subprocess.run(["kill", "-9", str(pid)], check=True)
    eventually(lambda: field.runs.poll("A.1").state == "lost")
    assert field.runs.poll("A.1").pid == pid
    assert field.runs.sweep("A.1") == 3
    eventually(lambda: field.leftovers("A.1") == [])
    assert field.runs.sweep("A.1") == 0


def test_a_run_that_is_alive_is_not_swept(field: Field) -> None:
    field.start("A.1", "sleep", "600")
    assert field.runs.sweep("A.1") == 0
    assert field.runs.poll("A.1").state == "running"


def _descendants_called(text: str, field: Field) -> list[str]:
    """Processes with this command line whose working directory is the field's: none but the run's have it."""
    found = subprocess.run(["pgrep", "-f", text], capture_output=True, text=True, check=False).stdout.split()
    there = []
    for pid in found:
        where = subprocess.run(["readlink", f"/proc/{pid}/cwd"], capture_output=True, text=True, check=False)
        if where.stdout.strip() == str(field.dir):
            there.append(pid)
    return there
