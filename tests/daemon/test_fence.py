"""A run that was given up and goes on all the same: what it says comes too late, and is not lost."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from mdorch.config.settings import AgentSpec
from mdorch.front.cli.main import run as command
from mdorch.frozen import replace
from mdorch.world.folders import read_json
from tests.daemon.stage import Stage
from tests.daemon.test_trees import stage as in_trees

ROW = "| A-1 | Write b | dev | None | Waiting | |\n"
# Lives on where its shim was killed, without the mark by which it would be found.
ESCAPES = '''
if attempt == 1:
    if os.fork() == 0:
        os.setsid()
        sys.stdin.close()
        said = [f"**From**: {agent}", "**To**: -", f"**Task**: {task}", "**Status**: COMPLETE"]
        said = ["", "## Agent Handoff Signal", "", *said, "", "### Deliverables", "- too late", ""]
        code = f"""
import os, pathlib, time
here, until = pathlib.Path({str(here)!r}), time.time() + 60
(here / "child").write_text(str(os.getpid()))
while not (here / "late").exists() and time.time() < until:
    time.sleep(0.01)
with open({page!r}, "a") as page:
    print(*{said!r}, sep=chr(10), file=page)
"""
        os.execve(sys.executable, [sys.executable, "-I", "-S", "-c", code], {})
    wait_for("never")
elif attempt == 2:
    wait_for("second")
    handoff(more="in time\\n")
'''


def lose(made: Stage) -> int:
    """Kill the shim and the agent of the first run; the child that goes on."""
    made.wait(
        lambda: (made.folder / "child").exists() and bool((made.folder / "child").read_text()), "no child"
    )
    begun = read_json(made.site.dot / "runs" / "A-1.1" / "begun")
    child = int((made.folder / "child").read_text())
    agent = int(Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(begun["pid"], signal.SIGKILL)
    os.kill(agent, signal.SIGKILL)
    return child


def marks(made: Stage) -> list[tuple[str, bool]]:
    return [(block.mark.run, block.mark.refused) for block in made.board().handoffs if block.mark]


def test_a_late_handoff_on_the_page_is_refused(tmp_path: Path) -> None:
    made = Stage(tmp_path, ROW, ESCAPES)
    with made.running():
        child = lose(made)
        made.wait_status("A-1", "blocked")
        made.release("late")
        made.wait(lambda: marks(made) == [("A-1.1", True)], "not refused")
        assert made.status("A-1") == "blocked"
        word = "too late, A-1.1 was given up"
        made.wait(lambda: any(word in event.text for event in made.events), "nobody said so")
    assert gone(child)


def test_a_block_that_names_a_run_given_up_is_not_taken_for_the_next_ones(tmp_path: Path) -> None:
    made = Stage(tmp_path, ROW, ESCAPES)
    with made.running():
        child = lose(made)
        made.wait_status("A-1", "blocked")
        made.replace("Blocked", "Waiting")
        made.wait(lambda: "A-1.2" in made.starts(), "not begun again")
        text = made.page.read_text()
        made.page.write_text(
            text
            + "\n## Agent Handoff Signal\n\n**From**: dev\n**To**: -\n**Task**: A-1\n**Status**: BLOCKED\n"
            "**Run**: A-1.1\n\n### Context for Next Agent\n- it is all wrong\n"
        )
        made.wait(lambda: marks(made) == [("A-1.1", True)], "not refused")
        made.release("second")
        made.wait_status("A-1", "complete")
    made.release("late")
    assert sorted(marks(made)) == [("A-1.1", True), ("A-1.2", False)]
    assert gone(child)


def gone(pid: int) -> bool:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_a_late_call_exits_3_and_is_kept_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Stage(tmp_path, ROW, "time.sleep(60)", attempts=1)
    agents: dict[str, AgentSpec] = {"default": replace(made.settings.agents["default"], timeout=0.2)}
    made.site.settings.agents.update(agents)  # type: ignore[attr-defined]
    made.until_idle()
    before = made.page.read_bytes()
    for key, value in {"MDORCH_RUN": "A-1.1", "MDORCH_TASK": "A-1", "MDORCH_AGENT": "dev"}.items():
        monkeypatch.setenv(key, value)
    page = ("--page", str(made.page))
    assert command(["handoff", "A-1", "--to", "-", "--deliverable", "half of it", *page]) == 3
    said = capsys.readouterr().err
    assert "A-1.1 was given up (timed out" in said
    assert made.page.read_bytes() == before
    (kept,) = (made.site.dot / "late").iterdir()
    assert "half of it" in kept.read_text()
    assert kept.name in said
    assert command(["set", "A-1", "notes=done", *page]) == 3


def test_work_of_a_run_given_up_is_never_merged(tmp_path: Path) -> None:
    made = in_trees(tmp_path, 'put(b_py="b"); handoff(); time.sleep(60)', ROW, merge="merge", attempts=1)
    agents = {"default": replace(made.settings.agents["default"], timeout=3.0)}
    made.site.settings.agents.update(agents)  # type: ignore[attr-defined]
    made.until_idle()
    assert made.status("A-1") == "failed"
    assert marks(made) == [("A-1.1", True)]
    refs = (tmp_path / ".git" / "refs" / "heads" / "mdorch-merged").exists()
    assert not refs
    assert (tmp_path / ".mdorch/trees/A-1.1/b.py").read_text() == "b"
