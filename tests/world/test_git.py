"""How HEAD moved, and whether the page is as git has it: with the real git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from mdorch.world import git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    _git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "CLAUDE.md").write_text("one\n")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-q", "-m", "one")
    return tmp_path


def _git(folder: Path, *args: str) -> None:
    names = {
        f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    environ = {**os.environ, **names, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", "-C", str(folder), *args], check=True, env=environ, capture_output=True)


def test_a_commit_is_no_move_and_a_checkout_is(repository: Path) -> None:
    folder = repository / ".git"
    before = git.mark(folder)
    (repository / "CLAUDE.md").write_text("two\n")
    _git(repository, "commit", "-qam", "two")
    assert git.moves(folder, before) == []
    _git(repository, "checkout", "-q", "-b", "other", "HEAD~1")
    assert git.moves(folder, before) == ["checkout"]
    assert git.moves(folder, git.mark(folder)) == []


def test_the_page_as_committed(repository: Path) -> None:
    page = repository / "CLAUDE.md"
    assert git.as_committed(repository, page, b"one\n")
    assert not git.as_committed(repository, page, b"one\nand more\n")


@pytest.mark.parametrize(
    ("attributes", "settings", "kept", "here"),
    [
        ("", {"core.autocrlf": "true"}, b"one\n", b"one\r\n"),
        ("docs/PAGE.md text eol=crlf\n", {}, b"one\n", b"one\r\n"),
        (
            "*.md filter=shout\n",
            {"filter.shout.clean": "tr A-Z a-z", "filter.shout.smudge": "tr a-z A-Z"},
            b"one\n",
            b"ONE\n",
        ),
        ("*.md working-tree-encoding=UTF-16LE\n", {}, b"one\n", "one\n".encode("utf-16-le")),
    ],
)
def test_what_git_keeps_in_another_form_is_known_all_the_same(
    repository: Path, attributes: str, settings: dict[str, str], kept: bytes, here: bytes
) -> None:
    for name, value in settings.items():
        _git(repository, "config", name, value)
    (repository / ".gitattributes").write_text(attributes)
    page = repository / "docs" / "PAGE.md"
    page.parent.mkdir()
    page.write_bytes(here)
    _git(repository, "add", ".")
    _git(repository, "commit", "-q", "-m", "page")
    said = subprocess.run(
        ["git", "-C", str(repository), "show", "HEAD:docs/PAGE.md"], capture_output=True, check=True
    )
    assert said.stdout == kept
    page.unlink()
    _git(repository, "checkout", "--", "docs/PAGE.md")
    assert page.read_bytes() == here
    folder, when = repository / ".git", page.stat().st_mtime
    for data, ours in ((here, True), (here + b" and more", False)):
        assert git.as_committed(repository, page, data) is ours
        assert git.put_there(folder, page, data, when) is ours
        assert git.at_work(folder, page, data, when) is ours


def test_without_a_repository_nothing_moves(tmp_path: Path) -> None:
    assert git.mark(None) == 0
    assert git.moves(tmp_path / "none", 0) == []
    assert not git.as_committed(tmp_path, tmp_path / "CLAUDE.md", b"")
