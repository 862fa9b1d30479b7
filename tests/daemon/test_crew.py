"""Git that takes long for one task: others are started and folded meanwhile, and nothing happens twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mdorch.desk.commands import Said, hold
from mdorch.desk.halt import pause, resume
from mdorch.desk.propose import propose
from tests.daemon.stage import Stage
from tests.daemon.test_trees import BOTH, DAEMON, stage, trees
from tests.world.repo import git

TWO = """\
| A-1 | Write b | dev | None | Waiting | |
| A-2 | Write c | dev | None | Waiting | |
| B-1 | Go on | dev | A-2 | Waiting | |
"""
WORK = 'put(**{task.replace("-", "") + "_py": task}); handoff()'
# The real one, but for what `HELD` names: that waits until the file `go` is there, and says so before.
GIT = """#!/bin/sh
case "$PWD $* " in
    {held}) touch "{home}/held"; until [ -e "{home}/go" ]; do sleep 0.02; done;;
esac
exec {git} "$@"
"""
ADDING = "*trees/A-1.1' '*reset' '--hard*"
MERGING = "*update-ref' '-m' 'A-1:*"


class Gate:
    """`hold` keeps git from doing something until `open`."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        self._patch = monkeypatch

    def hold(self, what: str) -> None:
        real = shutil.which("git")
        script = self.home / "git"
        script.write_text(GIT.format(held=what, home=self.home, git=real))
        script.chmod(0o755)
        self._patch.setenv("PATH", f"{self.home}:{os.environ['PATH']}")  # subprocess looks there each time

    @property
    def holds(self) -> bool:
        return (self.home / "held").exists()

    def open(self) -> None:
        (self.home / "go").touch()


@pytest.fixture
def gate(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(tmp_path_factory.mktemp("gate"), monkeypatch)


@pytest.mark.parametrize(("what", "before"), [(ADDING, "in_progress"), (MERGING, "in_progress")])
def test_slow_git_of_one_task_delays_no_other(tmp_path: Path, gate: Gate, what: str, before: str) -> None:
    made = stage(tmp_path, WORK, TWO, merge="merge")
    gate.hold(what)
    with made.running():
        made.wait(lambda: gate.holds, "git was never asked")
        made.wait_status("B-1", "complete")
        assert (made.status("A-2"), made.status("A-1")) == ("complete", before)
        gate.open()
        made.wait_status("A-1", "complete")
    assert sorted(made.starts()) == ["A-1.1", "A-2.1", "B-1.1"]
    assert {git(tmp_path, "show", f"mdorch-merged:{name}.py") for name in ("A1", "A2", "B1")} == {
        "A-1",
        "A-2",
        "B-1",
    }


def held(made: Stage) -> None:
    propose(made.site, hold(made.page, "A-1", False, Said()), 1e9)


def paused(made: Stage) -> None:
    pause(made.site, "", 1e9)


@pytest.mark.parametrize(("word", "status"), [(held, "on_hold"), (paused, "waiting")])
def test_who_stops_a_task_while_its_tree_is_made_has_it_stopped(
    tmp_path: Path, gate: Gate, word: object, status: str
) -> None:
    made = stage(tmp_path, WORK, TWO)
    gate.hold(ADDING)
    with made.running():
        made.wait(lambda: gate.holds, "git was never asked")
        made.wait_status("B-1", "complete")
        word(made)  # type: ignore[operator]
        made.wait(lambda: any(e.kind == "release" for e in made.events), "the claim is not given up")
        gate.open()
        made.wait(lambda: trees(made).find("A-1.1") is not None, "the tree was not made")
        if word is paused:
            resume(made.site, 1e9)
            made.wait_status("A-1", "complete")
    assert made.status("A-1") == ("complete" if word is paused else status)
    assert sorted(made.starts()) == [*(["A-1.2"] if word is paused else []), "A-2.1", "B-1.1"]


def test_a_daemon_that_is_told_to_stop_waits_for_git_and_the_next_goes_on(tmp_path: Path, gate: Gate) -> None:
    made = stage(tmp_path, WORK, TWO)
    gate.hold(ADDING)
    with made.running() as daemon:
        made.wait(lambda: gate.holds, "git was never asked")
        made.wait_status("B-1", "complete")
        daemon.bell.stop()
        gate.open()
    assert "A-1.1" not in made.starts()
    assert made.until_idle().code == 0
    assert sorted(made.starts()) == ["A-1.1", "A-2.1", "B-1.1"]


def test_trees_that_are_made_at_once_have_slots_of_their_own(tmp_path: Path) -> None:
    rows = "".join(f"| A-{n} | Go | dev | None | Waiting | |\n" for n in range(1, 5))
    made = stage(tmp_path, f'put(s_py=os.environ["MDORCH_SLOT"]); wait_for("go"); {WORK}', rows)
    with made.running():
        made.wait(lambda: len(made.starts()) == 4, "not all began")
        found = [trees(made).find(f"A-{n}.1") for n in range(1, 5)]
        made.release("go")
        made.wait(lambda: all(made.status(f"A-{n}") == "complete" for n in range(1, 5)), "not all are done")
    assert sorted(tree.slot for tree in found if tree) == [0, 1, 2, 3]


def test_a_setup_that_takes_long_delays_no_other(tmp_path: Path) -> None:
    wait = f"[ $MDORCH_TASK != A-1 ] || until [ -e {tmp_path}/go ]; do sleep 0.02; done"
    made = stage(tmp_path, BOTH, TWO.replace("B-1", "A-4"), tree_setup=(("sh", "-c", wait),))
    with made.running():
        made.wait_status("A-4", "complete")
        assert (made.status("A-2"), made.starts()) == ("complete", ["A-2.1", "A-4.1"])
        made.release("go")
        made.wait_status("A-1", "complete")


def test_whoever_kills_it_meanwhile_finds_one_attempt_of_each(tmp_path: Path, gate: Gate) -> None:
    made = stage(tmp_path, BOTH)
    gate.hold(ADDING)
    root = str(Path(__file__).parents[2])
    env = {**os.environ, "PYTHONPATH": root}
    first = subprocess.Popen([sys.executable, "-c", DAEMON, str(tmp_path)], env=env)
    made.wait(lambda: gate.holds and made.status("A-2") == "complete", "the others did not go on")
    first.kill()
    first.wait()
    (gate.home / "git").unlink()
    assert made.until_idle().code == 0
    gate.open()
    assert sorted(made.starts()) == ["A-1.1", "A-2.1", "A-3.1"]


def test_a_page_without_an_agent_table_knows_the_claim_for_ours(tmp_path: Path, gate: Gate) -> None:
    """Nothing on it tells a row that waits for its tree from one that a person works on."""
    made = stage(tmp_path, WORK, TWO)
    made.page.write_text("## Task Queue" + made.page.read_text().partition("## Task Queue")[2])
    gate.hold(ADDING)
    with made.running():
        made.wait(lambda: gate.holds, "git was never asked")
        made.wait_status("B-1", "complete")
        assert made.status("A-1") == "in_progress"
        gate.open()
        made.wait_status("A-1", "complete")
    assert sorted(made.starts()) == ["A-1.1", "A-2.1", "B-1.1"]
