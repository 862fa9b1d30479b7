"""Killed at any instant of a write: afterwards the page is one of the two versions, whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mdorch.world.journal import Journal
from mdorch.world.pagefile import PageFile
from mdorch.world.redo import digest

WRITER = """
import sys
from pathlib import Path
from mdorch.world.journal import Journal
from mdorch.world.pagefile import PageFile
path, way, once = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "once"
folder = path.parent / ".mdorch"
door = PageFile(path, Journal.open(folder, check=False), folder, way=way)
print("ready", flush=True)
while True:
    now = door.read().data
    other = (b"b" if now[:1] == b"a" else b"a") * (len(now) ^ 4096)
    door.replace(now, other)
    if once:
        break
"""


def door_of(path: Path) -> PageFile:
    folder = path.parent / ".mdorch"
    return PageFile(path, Journal.open(folder, check=False), folder)


def is_whole(data: bytes) -> bool:
    return len(set(data)) == 1


@pytest.mark.parametrize(
    ("way", "point", "written"),
    [
        ("lease", "page.recorded", False), ("lease", "page.leased", False), ("lease", "page.written", True),
        ("exchange", "page.recorded", False), ("exchange", "exchange.drafted", False),
        ("exchange", "exchange.swapped", True),
    ],
)  # fmt: skip
def test_each_point(tmp_path: Path, way: str, point: str, written: bool) -> None:
    path = tmp_path / "CLAUDE.md"
    path.write_bytes(b"a" * 8192)
    env = {**os.environ, "MDORCH_CRASH_AT": point}
    command = [sys.executable, "-c", WRITER, str(path), way, "once"]
    ended = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert path.read_bytes() == (b"b" * 12288 if written else b"a" * 8192)
    door = door_of(path)
    assert door._redo is not None
    assert len(door._redo.pending()) == 1
    assert door.recover() is None
    assert door._redo.pending() == []
    now = door.read().data
    assert door.replace(now, b"c").data == b"c"
    assert door.read().data == b"c"


def test_torn_anywhere_it_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "CLAUDE.md"
    old, new = b"head\n" + b"a" * 20_000 + b"tail\n", b"head\n" + b"b" * 23_000 + b"tail\n"
    for cut in (4096, 8192, 20480):
        path.write_bytes(old)
        door = door_of(path)
        assert door._redo is not None
        door._redo.begin(old, new)
        torn = new[:cut] + old[cut:]
        path.write_bytes(torn)
        recovery = door.recover()
        assert recovery is not None
        assert recovery.torn == torn
        assert recovery.version.data == new
        assert path.read_bytes() == new
        assert door.recover() is None


def test_a_command_that_comes_first_finishes_it_too(tmp_path: Path) -> None:
    """The daemon died, and somebody uses `mdorch set`: it must not plan on torn bytes."""
    from mdorch.world.errors import Stale

    path = tmp_path / "CLAUDE.md"
    old, new = b"a" * 9000, b"b" * 9000
    path.write_bytes(old)
    door = door_of(path)
    assert door._redo is not None
    door._redo.begin(old, new)
    torn = new[:4096] + old[4096:]
    path.write_bytes(torn)
    with pytest.raises(Stale) as caught:
        door.replace(torn, torn + b"more")
    assert caught.value.current.digest == digest(new)
    assert path.read_bytes() == new


def test_a_person_who_mended_it_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "CLAUDE.md"
    path.write_bytes(b"a" * 9000)
    door = door_of(path)
    assert door._redo is not None
    door._redo.begin(b"a" * 9000, b"b" * 9000)
    path.write_bytes(b"mended by hand")
    assert door.recover() is None
    assert path.read_bytes() == b"mended by hand"
    assert door._redo.pending() == []


@pytest.mark.parametrize("way", ["lease", "exchange"])
def test_killed_at_random(tmp_path: Path, way: str) -> None:
    path = tmp_path / "CLAUDE.md"
    path.write_bytes(b"a" * 1_500_000)
    chance, torn = random.Random(3), 0
    for _ in range(8):
        command = [sys.executable, "-c", WRITER, str(path), way, "forever"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0.0, 0.05))
            writer.kill()
        torn += not is_whole(path.read_bytes())
        door = door_of(path)
        recovery = door.recover()
        assert (recovery is not None) == (not is_whole(recovery.torn) if recovery else False)
        assert is_whole(path.read_bytes())
    assert torn == 0 or way == "lease"
