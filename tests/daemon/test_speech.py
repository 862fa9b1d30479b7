"""What sessions and runs say, and what comes of it: a task in a person's hands, and a hook that insists."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from mdorch.board.wishes import AppendHandoff
from mdorch.config.errors import Trouble
from mdorch.desk.insist import missing
from mdorch.desk.speech import claim, hand_off
from mdorch.world.runs import Runs
from tests.daemon.stage import Stage
from tests.daemon.test_trees import stage as in_trees

ROWS = """\
| A-1 | Write b | dev | None | Waiting | |
| A-2 | Use b | dev | A-1 | Waiting | |
"""


def test_a_claimed_task_is_not_started_and_its_handoff_frees_the_next(tmp_path: Path) -> None:
    made = Stage(tmp_path, ROWS)
    with pytest.raises(Trouble, match="A-2 still needs A-1"):
        claim(made.site, "A-2", "me", time.time())
    assert claim(made.site, "A-1", "me", time.time()).agents == ("me",)
    with pytest.raises(Trouble, match="not to be taken"):
        claim(made.site, "A-1", "you", time.time())
    made.until_idle()
    assert made.starts() == []
    hand_off(made.site, {}, AppendHandoff("", "-", "A-1", "COMPLETE", ("b.py: made",)), time.time())
    made.until_idle()
    assert (made.status("A-1"), made.starts()) == ("complete", ["A-2.1"])
    assert "**From**: me" in made.page.read_text()


def test_a_task_that_an_agent_is_at_work_on_is_not_to_be_taken(tmp_path: Path) -> None:
    made = Stage(tmp_path, ROWS, 'wait_for("go")')
    with made.running():
        made.wait(lambda: made.starts() == ["A-1.1"], "not begun")
        before = made.page.read_bytes()
        with pytest.raises(Trouble, match=r"A-1\.1 \(dev\) is at work on it"):
            claim(made.site, "A-1", "me", time.time())
        assert made.page.read_bytes() == before
        made.release("go")
        made.wait_status("A-2", "complete")


SPEAKS = """
(here / "ready").touch()
wait_for("speak")
if task == "A-1":
    handoff()
(here / "spoke").touch()
wait_for("go")
"""


@pytest.mark.parametrize("tree", [False, True])
def test_a_run_is_asked_for_its_handoff_once_and_not_where_it_is_there(tmp_path: Path, tree: bool) -> None:
    """In a work tree the handoff is in the agent's copy of the page."""
    row = "| A-1 | Write b | dev | None | Waiting | |\n"
    made = in_trees(tmp_path, SPEAKS, row) if tree else Stage(tmp_path, row, SPEAKS)
    inside = {"MDORCH_RUN": "A-1.1", "MDORCH_TASK": "A-1"}
    with made.running():
        made.wait((tmp_path / "ready").exists, "not begun")
        assert missing(made.site, {}) == ""
        assert missing(made.site, {**inside, "MDORCH_RUN": "A-1.7"}) == ""
        said = missing(made.site, inside)
        assert "no handoff for task A-1" in said
        assert "This is run A-1.1." in said
        assert missing(made.site, inside) == "", "once is enough"
        asked = Runs(made.site.dot).folder("A-1.1") / "insisted"
        asked.unlink()
        made.release("speak")
        made.wait((tmp_path / "spoke").exists, "it did not speak")
        assert missing(made.site, inside) == ""
        assert not asked.exists()
        made.release("go")
        made.wait_status("A-1", "complete")
    os.utime(made.page)
    assert missing(made.site, inside) == "", "it is over"
