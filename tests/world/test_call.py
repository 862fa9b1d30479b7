"""Git, asked again where it died of a tree that was only being made."""

from __future__ import annotations

from pathlib import Path

import pytest

from mdorch.world.trees.adding import add
from mdorch.world.trees.call import GitFailed, git
from tests.world.repo import git as plain
from tests.world.repo import make_repository

# The real one, but that it fails so often first, as it does beside another one that adds a tree.
GIT = """#!/bin/sh
case " $* " in *" {word} "*)
    echo x >> {home}/asked
    if [ "$(wc -l < {home}/asked)" -le {fails} ]; then echo "fatal: {said}" >&2; exit 128; fi;;
esac
exec {git} "$@"
"""
HALF = "failed to read .git/worktrees/A-1.1/commondir: Success"
GONE = "Invalid path '/p/.git/worktrees/A-4.27': No such file or directory"


def failing(home: Path, patch: pytest.MonkeyPatch, word: str, fails: int, said: str) -> None:
    import os
    import shutil

    script = home / "bin" / "git"
    script.parent.mkdir()
    script.write_text(GIT.format(word=word, home=home, fails=fails, said=said, git=shutil.which("git")))
    script.chmod(0o755)
    patch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")


@pytest.mark.parametrize(
    ("fails", "said", "asked"),
    [(0, HALF, 1), (2, HALF, 3), (2, GONE, 3), (9, HALF, 5), (1, "no such ref", 1)],
)
def test_git_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: int, said: str, asked: int
) -> None:
    root = make_repository(tmp_path)
    failing(tmp_path, monkeypatch, "rev-parse", fails, said)
    if fails < asked:
        git(root, "rev-parse", "HEAD")
    else:
        with pytest.raises(GitFailed):
            git(root, "rev-parse", "HEAD")
    assert len((tmp_path / "asked").read_text().split()) == asked


@pytest.mark.parametrize("fails", [0, 3])
def test_a_tree_is_added_whole_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: int
) -> None:
    root, place = make_repository(tmp_path), tmp_path / "tree"
    base = plain(root, "rev-parse", "HEAD")
    failing(tmp_path, monkeypatch, "add", fails, HALF)
    add(root, "mdorch/A-1/1", place, base)
    assert (place / "a.py").read_text() == "one\ntwo\nthree\n"
    assert plain(place, "status", "--porcelain", "--branch") == "## mdorch/A-1/1"
