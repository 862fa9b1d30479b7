"""Agent programs that die before they say a word: three in a row pause the program, not the tasks."""

from __future__ import annotations

import time
from pathlib import Path

from mdorch.desk.halt import resume
from mdorch.desk.look import look
from mdorch.desk.status import needs_you
from tests.daemon.stage import Stage

ROWS = "".join(f"| A-{n} | x | dev | None | Waiting | |\n" for n in range(1, 6))
DIES = 'sys.exit(0) if (here / "well").exists() else sys.exit(1)'


def test_three_silent_deaths_pause_the_program_and_resume_tries_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ROWS, DIES, max_parallel=1, attempts=1)
    with stage.running() as daemon:
        stage.wait(
            lambda: any(v.rule == "agent-paused" for v in daemon.work.plan.verdicts.values()), "not paused"
        )
        time.sleep(0.3)
        assert len(stage.starts()) == 3, "none is started after the third"
        assert not [t.id for t in stage.board().tasks if t.status == "failed"], "it counts for no task"
        stage.release("well")
        resume(stage.site, time.time())
        stage.wait(lambda: all(t.status == "complete" for t in stage.board().tasks), "did not go on")


def test_who_says_anything_dies_for_the_task(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ROWS, 'print("no"); ' + DIES, max_parallel=1, attempts=1)
    stage.until_idle()
    assert len(stage.starts()) == 5
    rows = stage.board().tasks
    assert {t.status for t in rows if t.id.startswith("A-")} == {"failed"}
    assert [t.id for t in rows if t.status == "on_hold"] == [f"FIX-A-{n}" for n in range(1, 6)]
    needs = {need["task"]: need["command"] for need in needs_you(look(stage.site, time.time()))}
    assert needs["A-3"] == "mdorch set FIX-A-3 status=waiting"
