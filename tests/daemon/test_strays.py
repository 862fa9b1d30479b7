"""`.mdorch/` deleted while no daemon is up and a run is alive: it is told, taken up again, or ended."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mdorch.world.keeper.tree import marked
from mdorch.world.runs import Runs
from mdorch.world.strays import strays
from tests.daemon.test_faults import LONG, Scene

STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN); wait_for('go')"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.close()


def mdorch(scene: Scene, *words: str) -> str:
    options = ("--page", str(scene.page), "--config", str(scene.tools / "mdorch.toml"))
    environ = {**os.environ, "XDG_STATE_HOME": str(scene.tools / "state")}
    done = subprocess.run(
        [sys.executable, "-m", "mdorch", *words, *options],
        env=environ,
        capture_output=True,
        text=True,
        timeout=LONG * 2,
        check=False,
    )
    return done.stdout + done.stderr


def answer(scene: Scene, word: str) -> dict[str, Any]:
    found = json.loads(mdorch(scene, word, "--json"))
    assert isinstance(found, dict)
    return found


def forgotten(scene: Scene) -> None:
    """The daemon is down, its run is alive, and nothing knows of it."""
    scene.at_work().end(signal.SIGTERM)
    shutil.rmtree(scene.dot)
    assert [stray.run for stray in strays(scene.dot)] == ["A-1.1"]


def test_it_is_told_and_taken_up_again_whatever_its_row_says(scene: Scene) -> None:
    forgotten(scene)
    said = answer(scene, "status")
    assert said["tasks"][0]["run"]["id"] == "A-1.1"
    assert [p["code"] for p in said["problems"]] == ["unknown-run"]
    assert [(n["task"], n["command"]) for n in said["needs"]] == [("A-1", "mdorch up")]
    assert "A-1.1" in answer(scene, "health")["checks"]["journal"]["text"]
    scene.stage.replace("| In Progress | |", "| Waiting | |")
    scene.up()
    scene.wait(scene.rests, "the daemon never rested")
    assert answer(scene, "status")["problems"] == []
    assert "taken up from its processes" in mdorch(scene, "history")
    scene.go()
    scene.stage.wait_status("B-1", "complete", LONG)
    assert scene.stage.starts() == ["A-1.1", "B-1.1"]
    assert scene.stage.board().agents == ()


def test_a_result_that_comes_before_the_next_daemon_arrives(scene: Scene) -> None:
    forgotten(scene)
    scene.go()
    scene.wait(lambda: Runs(scene.dot).poll("A-1.1").state == "ended", "no result")
    scene.up()
    scene.stage.wait_status("B-1", "complete", LONG)
    assert scene.stage.status("A-1") == "complete"
    assert [run[:5] for run in scene.stage.starts()] == ["A-1.1", "B-1.1"]


@pytest.mark.parametrize("keeper", [True, False])
def test_down_kill_ends_it_and_nothing_else(scene: Scene, keeper: bool) -> None:
    """Also where its shim is dead, and the agent is deaf to all but SIGKILL."""
    (scene.tools / "script.py").write_text("wait_for('go')" if keeper else STUBBORN)
    environ = {**os.environ, "MDORCH_RUN": "A-1.1", "MDORCH_ATTEMPT": "1", "MDORCH_DIR": str(scene.tools)}
    stranger = subprocess.Popen(["sleep", "600"], env=environ)
    try:
        if keeper:
            forgotten(scene)
        else:
            daemon = scene.at_work()
            shim = Runs(scene.dot).poll("A-1.1").pid
            daemon.end(signal.SIGTERM)
            shutil.rmtree(scene.dot)
            assert shim is not None
            os.kill(shim, signal.SIGKILL)
        mdorch(scene, "down", "--kill")
        assert marked("A-1.1", str(scene.dot)) == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
    told = mdorch(scene, "history")
    assert scene.stage.status("A-1") == "on_hold", told
    assert scene.stage.board().agents == (), told
    assert "A-1.1" not in json.dumps(answer(scene, "status")["problems"])
