"""The lock of a session that a person has open."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mdorch.world.attached import NAME, AlreadyOpen, attach, attached

# Takes the lock, gives it to a program that waits for the end of its input, and is killed.
KILLED = """
import os, pathlib, subprocess, sys
from mdorch.world.attached import attach
with attach(pathlib.Path(sys.argv[1]), "A-1") as fd:
    subprocess.Popen(["cat"], pass_fds=(fd,), stdout=subprocess.DEVNULL)
    os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("task", ["A-1", "a/../b", "x" * 900, "Größe\n"])
def test_one_has_it_open_at_a_time(tmp_path: Path, task: str) -> None:
    with attach(tmp_path, task):
        assert attached(tmp_path) == {task}
        with pytest.raises(AlreadyOpen), attach(tmp_path, task):
            pass
        with attach(tmp_path, "other"):
            assert attached(tmp_path) == {task, "other"}
    assert attached(tmp_path) == frozenset()
    assert not (tmp_path / NAME).exists()


def test_who_inherits_it_has_it_open(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdin=ours)
    os.close(ours)
    assert child.wait(20) == -9
    assert attached(tmp_path) == {"A-1"}
    os.close(theirs)
    until = time.monotonic() + 20
    while attached(tmp_path) and time.monotonic() < until:
        time.sleep(0.01)
    with attach(tmp_path, "A-1"):
        assert attached(tmp_path) == {"A-1"}
