"""A kept answer is given again only while everything it was made from stands as it stood."""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mdorch.desk import memo
from mdorch.front.cli.main import run
from mdorch.world.journal import Journal
from mdorch.world.lock import DaemonLock

PAGE = """# P

## Task Queue

| ID | Task | Agent | Depends on | Status |
|---|---|---|---|---|
| A-1 | first | dev | None | Complete |
| B-1 | next | dev | A-1 | On Hold |
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / "CLAUDE.md").write_text(PAGE)
    (tmp_path / "mdorch.toml").write_text('[agents.default]\ncommand = ["true"]\n')
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".mdorch").mkdir()
    Journal.open(tmp_path / ".mdorch").close()
    time.sleep(2 * memo.FRESH)
    return tmp_path


def asked() -> list[str]:
    return memo.asked(None, None, os.environ)


def status() -> dict[str, object]:
    """What `mdorch status --json` writes into a pipe."""
    pipe = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    before, sys.stdout = sys.stdout, pipe
    try:
        assert run(["status", "--json"]) == 0
    finally:
        sys.stdout = before
    pipe.flush()
    answer: dict[str, object] = json.loads(pipe.buffer.getvalue())  # type: ignore[attr-defined]
    return answer


def test_an_unchanged_page_is_answered_from_the_memo(project: Path) -> None:
    first = status()
    kept = memo.recall(asked())
    assert kept is not None
    assert json.loads(kept) == first == status()


def _in_place(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


CHANGES: dict[str, Callable[[Path], object]] = {
    "the page": lambda p: _in_place(p / "CLAUDE.md", "On Hold", "Waiting"),
    "the page, same length": lambda p: _in_place(p / "CLAUDE.md", "next", "nexd"),
    "the page renamed over": lambda p: os.replace(_copy(p, PAGE + "x\n"), p / "CLAUDE.md"),
    "the configuration": lambda p: (p / "mdorch.toml").write_text("[run]\nmax_parallel = 2\n"),
    "the configuration gone": lambda p: (p / "mdorch.toml").unlink(),
    "a pause": lambda p: (p / ".mdorch" / "PAUSE").touch(),
    "a companion": lambda p: (p / "ORCHESTRATION_CONTROLLER.md").write_text("# x\n"),
    "an agent's file": lambda p: _agent(p / ".claude" / "agents"),
    "a user's agent": lambda p: _agent(p / "home" / ".claude" / "agents"),
    "the journal": lambda p: _note(p / ".mdorch"),
    "no repository": lambda p: (p / ".git" / "HEAD").rename(p / "x") and (p / ".git").rmdir(),
}


def _copy(project: Path, text: str) -> Path:
    draft = project / "draft"
    draft.write_text(text)
    return draft


def _agent(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "dev.md").write_text("---\nname: dev\n---\n")


def _note(dot: Path) -> None:
    journal = Journal.open(dot)
    journal.note(1.0, "x", text="y")
    journal.close()


@pytest.mark.parametrize("what", CHANGES)
def test_any_change_is_seen(project: Path, what: str) -> None:
    status()
    assert memo.recall(asked()) is not None
    CHANGES[what](project)
    assert memo.recall(asked()) is None


def test_a_daemon_that_comes_up_is_seen(project: Path) -> None:
    status()
    lock = DaemonLock.take(project / ".mdorch")
    try:
        assert memo.recall(asked()) is None
    finally:
        lock.release()


def test_another_question_is_another_answer(project: Path) -> None:
    status()
    assert memo.recall(memo.asked(str(project / "CLAUDE.md"), None, os.environ)) is None
    assert memo.recall(memo.asked(None, None, {**os.environ, "MDORCH_PAGE": "other.md"})) is None


def test_a_torn_memo_is_made_anew(project: Path) -> None:
    before = status()
    path = project / ".mdorch" / memo.NAME
    whole = path.read_bytes()
    for cut in (0, 10, len(whole) // 4):
        path.write_bytes(whole[:cut])
        assert status() == before


def test_nothing_is_kept_while_time_alone_could_change_it(project: Path) -> None:
    (project / "CLAUDE.md").write_text(
        PAGE + "\n## Agent Handoff Signal\n\n**From**: me\n**To**: -\n**Task**: B-1\n**Status**: COMPLETE\n"
    )
    status()
    assert memo.recall(asked()) is None, "a new block is taken once it is quiet"
