"""A scratch repository with one commit, and git as a person types it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

NAMES = {
    f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}
ENV = {**os.environ, **NAMES, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, env=ENV, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout.strip()


def commit(folder: Path, **files: str) -> str:
    """Write files (`a_py` is a.py) and commit them; the commit."""
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", " ".join(files))
    return git(folder, "rev-parse", "HEAD")


def make_repository(folder: Path, **files: str) -> Path:
    git(folder, "init", "-q", "-b", "main")
    commit(
        folder,
        **{"CLAUDE_md": "# Page\n", "a_py": "one\ntwo\nthree\n", ".gitignore": ".mdorch\n.env\n", **files},
    )
    return folder


def snapshot(folder: Path) -> tuple[object, ...]:
    """All that a person sees of a checkout: what is checked out, the index, every file."""
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {".git", ".mdorch"} & set(path.relative_to(folder).parts[:1])
    }
    return (
        git(folder, "rev-parse", "HEAD", "--abbrev-ref", "HEAD"),
        git(folder, "status", "--porcelain"),
        files,
    )
