"""Git puts another page there, or the one of the last commit: no person has typed that."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mdorch.daemon.events import Event
from mdorch.desk.halt import resume
from tests.daemon.stage import Stage

ROWS = "| A-1 | first | dev | None | Waiting | |\n| B-1 | second | dev | A-1 | Waiting | |\n"
NOTES = "\n## Notes\n\nnothing yet\n"
BACK = {
    "checkout": ("checkout", "--", "CLAUDE.md"),
    "checkout everything": ("checkout", "."),
    "restore": ("restore", "CLAUDE.md"),
    "reset": ("reset", "-q", "--hard"),
    "stash": ("stash", "-q"),
}


def git(folder: Path, *args: str) -> None:
    names = {
        f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    environ = {**os.environ, **names, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", "-C", str(folder), *args], check=True, env=environ, capture_output=True)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A committed page, whose two tasks have been done since."""
    made = Stage(tmp_path, ROWS + NOTES)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "CLAUDE.md")
    git(tmp_path, "commit", "-q", "-m", "one")
    made.until_idle()
    assert made.starts() == ["A-1.1", "B-1.1"]
    made.events.clear()
    return made


def said(stage: Stage, kind: str) -> list[Event]:
    return [event for event in stage.events if event.kind == kind]


def held(stage: Stage) -> Callable[[], bool]:
    return lambda: bool(said(stage, "held"))


@pytest.mark.parametrize("how", BACK)
def test_what_git_undoes_is_held(stage: Stage, how: str) -> None:
    done = stage.page.read_bytes()
    with stage.running() as daemon:
        stage.wait(lambda: bool(daemon.work.digest), "never read")
        git(stage.folder, *BACK[how])
        undone = stage.page.read_bytes()
        stage.wait(held(stage), "was not held")
        time.sleep(0.3)
        assert stage.page.read_bytes() == undone != done, "and nothing is written"
        resume(stage.site, time.time())
        stage.wait(lambda: len(stage.starts()) == 4, "a person wanted it so")
        stage.wait_status("B-1", "complete")
    assert not said(stage, "repair")


@pytest.mark.parametrize("how", ["checkout", "stash"])
def test_what_git_undoes_with_other_line_ends_is_held(tmp_path: Path, how: str) -> None:
    """It keeps LF, and the page has CRLF."""
    made = Stage(tmp_path, ROWS + NOTES)
    made.page.write_bytes(made.page.read_bytes().replace(b"\n", b"\r\n"))
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "config", "core.autocrlf", "true")
    git(tmp_path, "add", "CLAUDE.md")
    git(tmp_path, "commit", "-q", "-m", "one")
    made.until_idle()
    made.events.clear()
    with made.running() as daemon:
        made.wait(lambda: bool(daemon.work.digest), "never read")
        git(tmp_path, *BACK[how])
        made.wait(held(made), "was not held")
    assert b"\r\n" in made.page.read_bytes()
    assert not said(made, "repair")
    assert made.starts() == ["A-1.1", "B-1.1"]


@pytest.mark.parametrize("when", ["at work", "asleep"])
def test_what_was_only_put_aside_for_a_while_is_as_it_was(stage: Stage, when: str) -> None:
    done = stage.page.read_bytes()
    if when == "asleep":
        git(stage.folder, "stash", "-q")
    with stage.running() as daemon:
        stage.wait(lambda: bool(daemon.work.digest), "never read")
        if when == "at work":
            git(stage.folder, "stash", "-q")
        stage.wait(held(stage), "was not held")
        git(stage.folder, "stash", "pop", "-q")
        stage.wait(lambda: bool(said(stage, "free")), "was not let go")
        stage.replace("nothing yet", "something")
        stage.wait(lambda: len(daemon.work.past.last or b"") > len(done) - 9, "goes on")
    assert stage.page.read_bytes() == done.replace(b"nothing yet", b"something")
    assert len(stage.starts()) == 2


def test_a_buffer_that_is_as_old_as_the_commit_is_none_of_git(stage: Stage) -> None:
    done = stage.page.read_text()
    with stage.running() as daemon:
        stage.wait(lambda: bool(daemon.work.digest), "never read")
        stage.page.write_text(done[: done.index("| A-1")] + ROWS + NOTES)
        stage.wait(lambda: stage.page.read_text() == done, "was not put right")
    assert not said(stage, "held")
    assert len(stage.starts()) == 2


def test_a_cell_that_is_typed_back_is_meant_though_git_looks(stage: Stage) -> None:
    git(stage.folder, "commit", "-qam", "two")
    with stage.running() as daemon:
        stage.wait(lambda: bool(daemon.work.digest), "never read")
        stage.replace("| B-1 | second | dev | A-1 | Complete", "| B-1 | second | dev | A-1 | On Hold")
        stage.wait(lambda: bool(said(stage, "change")), "not seen")
        stage.replace("| B-1 | second | dev | A-1 | On Hold", "| B-1 | second | dev | A-1 | Complete")
        git(stage.folder, "status")  # writes the index anew
        stage.wait(lambda: len(said(stage, "change")) == 2, "not seen")
    assert not said(stage, "held")


def test_a_page_that_is_committed_while_it_changes_is_not_held(stage: Stage) -> None:
    """An agent edits it, and commits at once."""
    with stage.running() as daemon:
        stage.wait(lambda: bool(daemon.work.digest), "never read")
        stage.replace("nothing yet", "something\n\nand more")
        git(stage.folder, "commit", "-qam", "two")
        stage.replace("| A-1 | first | dev | None | Complete", "| A-1 | first | dev | None | Waiting")
        stage.wait(lambda: len(stage.starts()) == 3, "goes on")
    assert not said(stage, "held")
