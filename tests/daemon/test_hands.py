"""People and the daemon on one page: what a hand types acts, settles, stops, or is left alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from mdorch.desk.commands import Said, set_cells
from mdorch.desk.propose import propose
from mdorch.world.journal import Journal
from mdorch.world.pagefile import PageFile
from mdorch.world.version import Version
from tests.daemon.stage import Stage

WAIT = 'wait_for("go")'


def test_a_row_added_in_an_editor_starts_once_it_has_settled(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "| A-1 | old | dev | None | Complete | |\n", settle=0.6)
    with stage.running():
        stage.wait(lambda: bool(stage.site.dot.joinpath("journal.db").exists()), "no journal")
        time.sleep(0.2)
        stage.page.write_text(stage.page.read_text() + "| B-1 | half a tho")
        time.sleep(0.9)
        assert stage.starts() == [], "a draft is never launched"
        saved = time.time()
        stage.page.write_text(stage.page.read_text() + "ught | dev | A-1 | Waiting | |\n")
        stage.wait_status("B-1", "complete")
    began = float((tmp_path / "starts.log").read_text().split()[2])
    assert began - saved >= 0.6


def test_complete_by_hand_starts_what_waited(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path, "| A-1 | mine | human | None | In Progress | |\n| B-1 | next | dev | A-1 | Waiting | |\n"
    )
    with stage.running():
        time.sleep(0.3)
        assert stage.starts() == []
        assert stage.status("A-1") == "in_progress"
        stage.replace("| In Progress |", "| Done |")
        stage.wait_status("B-1", "complete")
    assert "| Done |" in stage.page.read_text(), "a person's own word stays"


def test_in_progress_by_a_person_is_left_alone(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "| A-1 | mine | dev | None | In Progress | |\n")
    before = stage.page.read_bytes()
    ending = stage.until_idle()
    assert ending.code == 1
    assert "somebody works on it" in ending.reasons[0]
    assert stage.page.read_bytes() == before


def test_on_hold_typed_over_a_live_run_stops_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "| A-1 | long | dev | None | Waiting | |\n", WAIT)
    with stage.running():
        stage.wait(lambda: stage.starts() == ["A-1.1"], "did not start")
        stage.replace("| In Progress | |", "| On Hold | |")
        stage.wait(lambda: any(e.kind == "fold" for e in stage.events), "was not folded")
    assert stage.status("A-1") == "on_hold"
    assert stage.board().agents == ()


def test_an_old_buffer_saved_over_a_live_run_is_put_back(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "| A-1 | long | dev | None | Waiting | |\n", WAIT)
    old = stage.page.read_text()
    with stage.running():
        stage.wait(lambda: stage.starts() == ["A-1.1"], "did not start")
        stage.page.write_text(old)
        stage.wait_status("A-1", "in_progress")
        stage.wait(lambda: len(stage.board().agents) == 1, "the agent row did not come back")
        stage.release("go")
        stage.wait_status("A-1", "complete")
    assert stage.starts() == ["A-1.1"]
    assert stage.board().agents == ()


def test_a_page_that_is_emptied_under_a_repair_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path, "| A-1 | long | dev | None | Waiting | |\n", WAIT)
    old, kept = stage.page.read_text(), PageFile.replace

    def replace(door: PageFile, expected: bytes, new: bytes, **more: Any) -> Version:
        if expected == old.encode() and stage.starts():
            stage.page.write_text("")
        return kept(door, expected, new, **more)

    with stage.running() as daemon:
        stage.wait(lambda: stage.starts() == ["A-1.1"], "did not start")
        monkeypatch.setattr(PageFile, "replace", replace)
        stage.page.write_text(old)
        stage.wait(lambda: bool(daemon.work.hold), "is not held")
        assert stage.page.read_bytes() == b""
    stage.release("go")


def test_a_new_row_under_an_id_that_another_had_gets_a_run_of_its_own(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "| A-1 | first | dev | None | Waiting | |\n")
    assert stage.until_idle().code == 0
    stage.replace("| A-1 | first", "| B-1 | first")
    stage.until_idle()
    shutil.rmtree(stage.site.dot / "runs" / "A-1.1")  # nothing but the journal knows of it now
    with stage.page.open("a") as page:
        page.write("| A-1 | new | dev | None | Waiting | |\n")
    assert stage.until_idle().code == 0
    assert stage.starts() == ["A-1.1", "A-1.2"]


def test_unknown_words_never_launch_or_stop_anything(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path, "| A-1 | long | dev | None | Waiting | |\n| B-1 | x | dev | None | Wai | |\n", WAIT
    )
    with stage.running():
        stage.wait(lambda: stage.starts() == ["A-1.1"], "did not start")
        stage.replace("| In Progress | |", "| In Progr | |")
        time.sleep(0.4)
        assert not any(e.kind in ("stop", "ended") for e in stage.events)
        stage.release("go")
        stage.wait_status("A-1", "complete")
    assert stage.starts() == ["A-1.1"]


def test_a_renamed_row_keeps_its_run(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "| A-1 | long | dev | None | Waiting | |\n", WAIT)
    with stage.running():
        stage.wait(lambda: stage.starts() == ["A-1.1"], "did not start")
        time.sleep(0.2)
        stage.replace("| A-1 | long", "| A-100 | long")
        stage.wait(lambda: any(e.kind == "change" for e in stage.events), "the rename was not seen")
        stage.release("go")
        stage.wait_status("A-100", "complete")
    assert stage.starts() == ["A-1.1"]


def test_waiting_over_complete_opens_a_new_round(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "| A-1 | twice | dev | None | Waiting | |\n")
    with stage.running():
        stage.wait_status("A-1", "complete")
        stage.replace("| Complete |", "| Waiting |")
        stage.wait(lambda: stage.starts() == ["A-1.1", "A-1.2"], "did not run again")
        stage.wait_status("A-1", "complete")


def test_a_block_that_a_person_writes_is_taken_once_quiet(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "| A-1 | mine | dev | None | In Progress | |\n", settle=0.3)
    with stage.running():
        time.sleep(0.2)
        with stage.page.open("a") as file:
            file.write(
                "\n## Agent Handoff Signal\n\n**From**: me\n**To**: -\n**Task**: A-1\n**Status**: COMPLETE\n"
            )
        stage.wait_status("A-1", "complete")
    assert stage.board().handoffs[0].taken


def test_pause_starts_nothing_and_resume_goes_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "| A-1 | x | dev | None | Waiting | |\n")
    stage.site.dot.mkdir()
    stage.site.pause_file.touch()
    with stage.running():
        time.sleep(0.4)
        assert stage.starts() == []
        stage.site.pause_file.unlink()
        stage.wait_status("A-1", "complete")


def test_nothing_starts_twice_after_the_journal_is_deleted(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path, "| A-1 | x | dev | None | Waiting | |\n| B-1 | y | dev | A-1 | Waiting | |\n", "handoff()"
    )
    assert stage.until_idle().code == 0
    shutil.rmtree(stage.site.dot)
    before = stage.page.read_bytes()
    assert stage.until_idle().code == 0
    assert stage.starts() == ["A-1.1", "B-1.1"]
    assert stage.page.read_bytes() == before


def test_an_emptied_page_is_held_and_comes_back(tmp_path: Path) -> None:
    rows = "".join(f"| A-{n} | x | human | None | Waiting | |\n" for n in range(6))
    stage = Stage(tmp_path, rows + "| B-1 | y | dev | A-1 | Waiting | |\n")
    with stage.running() as daemon:
        stage.wait(lambda: bool(daemon.work.digest), "never read")
        good = stage.page.read_text()
        stage.page.write_text("")
        stage.wait(lambda: any(e.kind == "held" for e in stage.events), "was not held")
        assert stage.page.read_text() == ""
        stage.page.write_text(
            good.replace("| A-1 | x | human | None | Waiting", "| A-1 | x | human | None | Done")
        )
        stage.wait_status("B-1", "complete")


def test_a_vanished_row_changes_nothing_about_its_run(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "| A-1 | long | dev | None | Waiting | |\n", WAIT)
    with stage.running():
        stage.wait(lambda: stage.starts() == ["A-1.1"], "did not start")
        time.sleep(0.2)
        row = next(line for line in stage.page.read_text().splitlines(True) if line.startswith("| A-1 "))
        stage.replace(row, "")
        time.sleep(0.2)
        stage.release("go")
        stage.wait(lambda: any(e.kind == "ended" for e in stage.events), "did not end")
        stage.page.write_text(stage.page.read_text() + row)
        stage.wait_status("A-1", "complete")
    assert stage.starts() == ["A-1.1"]


def test_an_old_buffer_with_an_edit_of_its_own(tmp_path: Path) -> None:
    """What it undoes comes back, what was typed in it stays, and the history says so."""
    stage = Stage(tmp_path, "| A-1 | long | dev | None | Waiting | |\n", WAIT)
    old = stage.page.read_text()
    with stage.running():
        stage.wait(lambda: stage.starts() == ["A-1.1"], "did not start")
        stage.page.write_text(
            old.replace("# Project", "# My project") + "| B-1 | mine | human | None | Waiting | |\n"
        )
        stage.wait(lambda: any(e.kind == "repair" for e in stage.events), "was not repaired")
        assert stage.status("A-1") == "in_progress"
        assert len(stage.board().agents) == 1
        assert stage.page.read_text().startswith("# My project")
        assert stage.status("B-1") == "waiting"
        stage.release("go")
        stage.wait_status("A-1", "complete")
    assert stage.starts() == ["A-1.1"]


def test_two_people_in_one_cell(tmp_path: Path) -> None:
    """The later save stands, both values are in the history, and a Problem says so until it is decided."""
    mine = "| B-1 | mine | human | None | Waiting |"
    stage = Stage(tmp_path, f"| A-1 | long | dev | None | Waiting | |\n{mine} |\n", WAIT)
    old = stage.page.read_text()
    with stage.running() as daemon:
        stage.wait(lambda: stage.starts() == ["A-1.1"], "did not start")
        stage.replace(f"{mine} |", f"{mine} first |")
        stage.wait(lambda: any(e.kind == "change" for e in stage.events), "was not seen")
        stage.page.write_text(old.replace(f"{mine} |", f"{mine} second |"))
        stage.wait(lambda: any(e.kind == "repair" for e in stage.events), "was not repaired")
        stage.wait(lambda: bool(daemon.work.plan.problems), "nobody says so")
        assert stage.status("A-1") == "in_progress"
        assert stage.task("B-1").notes == "second"
        [problem] = daemon.work.plan.problems
        assert (problem.code, problem.task) == ("disputed-cell", "B-1")
        assert "“second” stands, “first” was saved too" in problem.message
        stage.replace(f"{mine} second |", f"{mine} both |")
        stage.wait(lambda: not daemon.work.plan.problems, "it was decided")
        stage.release("go")
    journal = Journal.peek(stage.site.dot)
    assert journal is not None
    told = [note.data or {} for note in journal.history("B-1") if note.kind == "dispute"]
    journal.close()
    assert [note["other"] for note in told] == ["first"]


def test_what_a_command_asks_for_is_no_old_buffer(tmp_path: Path) -> None:
    """It may undo everything that we wrote."""
    stage = Stage(tmp_path, "| A-1 | x | dev | None | Waiting | |\n")
    stage.until_idle()
    assert stage.status("A-1") == "complete"
    with stage.running():
        asked = set_cells(stage.page, "A-1", {"status": "waiting", "notes": "", "title": "y"}, Said())
        propose(stage.site, asked, time.time())
        stage.wait(lambda: stage.starts() == ["A-1.1", "A-1.2"], "was not started again")
    assert not any(e.kind == "repair" for e in stage.events)


def test_a_checkout_is_not_a_person_typing(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "| A-1 | x | human | None | Waiting | |\n| B-1 | y | dev | A-1 | Waiting | |\n")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "CLAUDE.md")
    git(tmp_path, "commit", "-q", "-m", "one")
    git(tmp_path, "checkout", "-q", "-b", "done")
    stage.replace("| A-1 | x | human | None | Waiting", "| A-1 | x | human | None | Complete")
    git(tmp_path, "commit", "-qam", "two")
    git(tmp_path, "checkout", "-q", "main")
    with stage.running() as daemon:
        stage.wait(lambda: bool(daemon.work.digest), "never read")
        time.sleep(0.2)
        git(tmp_path, "checkout", "-q", "done")
        stage.wait(lambda: any(e.kind == "held" for e in stage.events), "was not held")
        time.sleep(0.3)
        assert stage.starts() == []
        git(tmp_path, "checkout", "-q", "main")
        stage.wait(lambda: any(e.kind == "free" for e in stage.events), "was not let go")
        stage.replace("| A-1 | x | human | None | Waiting", "| A-1 | x | human | None | Done")
        stage.wait_status("B-1", "complete")


def git(folder: Path, *args: str) -> None:
    names = {
        f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    environ = {**os.environ, **names, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", "-C", str(folder), *args], check=True, env=environ, capture_output=True)
