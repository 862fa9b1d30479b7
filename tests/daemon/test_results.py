"""How real runs end, and what that does to the page: real processes, the real daemon."""

from __future__ import annotations

import re
import time
from contextlib import closing
from pathlib import Path

import pytest

from mdorch.facts import Run, RunState, Seen
from mdorch.world.journal import Journal
from tests.daemon.stage import HEAD, Stage


def test_tasks_run_in_the_order_of_their_prerequisites(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        "| C-1 | last | dev | B-1 | Waiting | |\n"
        "| A-1 | first | dev | None | Waiting | |\n"
        "| B-1 | second | dev | A-1 | Waiting | |\n",
    )
    assert stage.until_idle().code == 0
    assert stage.starts() == ["A-1.1", "B-1.1", "C-1.1"]
    before = HEAD.encode()
    after = stage.page.read_bytes()
    assert after.startswith(before), "the agent table is as it was"
    assert after.count(b"| Complete |") == 3


def test_a_chain_hands_one_task_from_agent_to_agent(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        "| ORCH-001 | build it | code-archaeologist | None | Waiting | |\n",
        'following = {"code-archaeologist": "backend-developer", "backend-developer": "test-automator"}\n'
        'handoff(following.get(agent, "-"))\n'
        'pathlib.Path(here / f"{agent}.prompt").write_text(prompt)',
    )
    assert stage.until_idle().code == 0
    assert stage.starts() == ["ORCH-001.1", "ORCH-001.2", "ORCH-001.3"]
    assert stage.task("ORCH-001").agents == ("test-automator",)
    board = stage.board()
    assert [(h.sender, h.mark.run) for h in board.handoffs if h.mark] == [
        ("code-archaeologist", "ORCH-001.1"),
        ("backend-developer", "ORCH-001.2"),
        ("test-automator", "ORCH-001.3"),
    ]
    assert "- by code-archaeologist" in (tmp_path / "backend-developer.prompt").read_text()


def test_a_handoff_to_the_agent_of_a_waiting_task_completes_this_one(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        "| A-1 | make | dev | None | Waiting | |\n| T-1 | test | tester | A-1 | Waiting | |\n",
        'handoff("tester") if task == "A-1" else pathlib.Path(here / "t.prompt").write_text(prompt)',
    )
    assert stage.until_idle().code == 0
    assert stage.starts() == ["A-1.1", "T-1.1"]
    assert "- by dev" in (tmp_path / "t.prompt").read_text()


@pytest.mark.parametrize(
    ("script", "status", "notes"),
    [
        ("pass", "complete", ""),
        ('handoff(status="COMPLETE")', "complete", ""),
        ('handoff(status="BLOCKED_ON_[database access]")', "blocked", "database access"),
        ('handoff(to="human")', "in_review", ""),
        ('handoff(status="READY_FOR_REVIEW")', "in_review", ""),
        ("sys.exit('no luck') if attempt < 3 else 0", "failed", "exit 1: no luck"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "failed", "killed by signal 9"),
        ('handoff(status="BLOCKED_ON_[a key]"); sys.exit(1)', "blocked", "a key"),
        ("sys.exit(4) if attempt == 1 else 0", "complete", ""),  # it may have been the program
        ("print(1); sys.exit(4) if attempt == 1 else 0", "complete", "exit 4"),
        ('handoff(status="PARTIAL") if attempt == 1 else handoff()', "complete", ""),
    ],
)
def test_how_a_run_ends(tmp_path: Path, script: str, status: str, notes: str) -> None:
    stage = Stage(tmp_path, "| A-1 | do it | dev | None | Waiting | |\n", script)
    stage.until_idle()
    assert stage.status("A-1") == status
    assert stage.task("A-1").notes == notes


def test_a_failed_attempts_complete_is_refused(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path, "| A-1 | do it | dev | None | Waiting | |\n", "handoff(); sys.exit(2)", attempts=1
    )
    stage.until_idle()
    assert stage.status("A-1") == "failed"
    mark = stage.board().handoffs[0].mark
    assert mark is not None
    assert mark.refused


def test_a_program_that_is_missing_fails_with_its_reason(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "| A-1 | do it | dev | None | Waiting | |\n", attempts=1)
    spec = stage.settings.agents["default"]
    object.__setattr__(spec, "command", ("no-such-program-anywhere",))
    stage.until_idle()
    assert stage.status("A-1") == "failed"
    assert "could not start" in stage.task("A-1").notes


def test_an_issue_found_becomes_a_task_on_hold(tmp_path: Path) -> None:
    script = 'handoff(status="DISCOVERED_ISSUE", more="- Found: a leak in the cache\\n")'
    stage = Stage(tmp_path, "| A-1 | look | dev | None | Waiting | |\n", script)
    assert stage.until_idle().code == 0
    assert stage.status("A-1") == "complete"
    found = stage.task("ISSUE-001")
    assert found.status == "on_hold"
    assert "leak" in found.title


def test_limits_hold_while_agents_run(tmp_path: Path) -> None:
    rows = "".join(f"| V-{n} | Review part {n} | dev | None | Waiting | |\n" for n in range(4))
    script = (
        'live = here / "live"; live.mkdir(exist_ok=True); (live / run).touch(); time.sleep(0.15)\n'
        'open(here / "most.log", "a").write(f"{len(list(live.iterdir()))}\\n"); (live / run).unlink()'
    )
    stage = Stage(tmp_path, rows, script)
    assert stage.until_idle().code == 0
    assert set((tmp_path / "most.log").read_text().split()) == {"1"}, "validation is sequential"


def test_a_lost_journal_takes_up_the_last_run_of_a_task_alone(tmp_path: Path) -> None:
    """The one before it was by the same agent: the page shows them alike. Its result was there long ago."""
    stage = Stage(
        tmp_path,
        "| A-1 | long | dev | None | Waiting | |\n",
        'handoff("dev", "PARTIAL") if attempt == 1 else wait_for("go")',
    )
    with stage.running() as daemon:
        stage.wait(lambda: stage.starts() == ["A-1.1", "A-1.2"], "did not go on")
        stage.wait(lambda: daemon.work.state.runs["A-1.2"].state == "started", "was not recorded")
    stage.release("go")
    folder = stage.site.dot / "runs" / "A-1.2"
    stage.wait((folder / "exit.json").exists, "did not end")
    for path in stage.site.dot.glob("journal.db*"):
        path.unlink()
    assert stage.until_idle().code == 0
    with closing(Journal.open(stage.site.dot)) as journal:
        assert {run.id: run.outcome for run in journal.runs()} == {"A-1.1": "forgotten", "A-1.2": "complete"}


def test_a_claim_belongs_to_the_round_in_which_it_starts(tmp_path: Path) -> None:
    """A crash left it, and then somebody opened the task again: its failure counts there."""
    stage = Stage(
        tmp_path, "| A-1 | open | dev | None | Waiting | |\n", "print(task)\nsys.exit(1)", attempts=1
    )
    with closing(Journal.open(stage.site.dot)) as journal:
        journal.claim(Run("A-1.1", "A-1", 1, "dev", RunState.CLAIMED, time.time()))
        journal.see([Seen("A-1", {"title": "open"}, "waiting", time.time() - 60, round=1)])
    stage.until_idle()
    assert stage.starts() == ["A-1.1"]
    assert stage.status("A-1") == "failed"


MENDED = """
print("at work")
if task == "FIX-A-1":
    (here / "mended").touch()
sys.exit(0 if (here / "mended").exists() else "it is broken")
"""


def test_a_failed_task_is_fixed_and_goes_on(tmp_path: Path) -> None:
    """Rule 4 from end to end: noted, tried again, listed, fixed by the debugger, and open again."""
    rows = "| A-1 | do it | dev | None | Waiting | |\n| B-1 | then this | dev | All above | Waiting | |\n"
    stage = Stage(tmp_path, rows, MENDED, auto_fix=True)
    issues = "\n## Known Issues\n\n| Date | Issue |\n|---|---|\n| - | it rains |\n"
    stage.page.write_text(stage.page.read_text() + issues)
    assert stage.until_idle().code == 0
    assert {t.id: t.status.value for t in stage.board().tasks} == dict.fromkeys(
        ("A-1", "B-1", "FIX-A-1"), "complete"
    )
    assert stage.starts() == ["A-1.1", "A-1.2", "FIX-A-1.1", "A-1.3", "B-1.1"]
    assert stage.task("A-1").notes == "exit 1: it is broken"
    assert stage.task("FIX-A-1").agents == ("debugger",)
    assert re.search(
        r"\| it rains \|\n\| \d{4}-\d\d-\d\d \| A-1: exit 1: it is broken \|\n", stage.page.read_text()
    )
