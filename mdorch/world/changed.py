"""What changed in a work tree, as git sees it, and when: without a watch on every folder of a repository.

Git is asked by its own commands, with no lock taken and nothing written. When a file changed is what the
file says; one that is gone, or renamed, changed when its folder did.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

PATIENCE = 5.0  # seconds for each question
MOST = 1000  # files that are looked at
_ASK = ("-c", "core.fsmonitor=false", "-c", "core.quotepath=false")
_STATUS = ("status", "--porcelain=v1", "-z", "-uall", "--no-renames", "--ignore-submodules=all")
_DIFF = ("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=all")


def changed_since(root: Path, git: Path, since: float) -> dict[str, float]:
    """Files that were written, made or deleted since then (epoch seconds), committed or not: path from the
    root → when. What git ignores is left out; nothing where git cannot say."""
    paths = [entry[3:] for entry in _asked(root, *_STATUS) if len(entry) > 3]
    base, head = _head_before(git, since), _head_before(git, float("inf"))
    if head and base != head:  # with no commit before then, all that there is came since
        paths += _asked(root, *_DIFF, base, head, "--") if base else _asked(root, "ls-files", "-z")
    times = ((path, _written(root / path)) for path in dict.fromkeys(paths[:MOST]))
    return {path: when for path, when in times if when >= since}


def _asked(root: Path, *words: str) -> list[str]:
    environ = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    argv = ["git", "-C", str(root), *_ASK, *words]
    try:
        done = subprocess.run(argv, capture_output=True, timeout=PATIENCE, check=False, env=environ)
    except (OSError, subprocess.SubprocessError):
        return []
    text = done.stdout.decode("utf-8", "surrogateescape") if done.returncode == 0 else ""
    return [entry for entry in text.split("\0") if entry]


def _head_before(git: Path, when: float) -> str:
    """The commit that HEAD named before that second, by its reflog; "" where that is not known, or none."""
    found = ""
    for number, (old, new, second) in enumerate(_moves(git)):
        if second >= int(min(when, 1e12)):
            return found if number else old.strip("0") and old
        found = new
    return found


def _moves(git: Path) -> Iterator[tuple[str, str, int]]:
    """Where HEAD came from and went to, and in which second, oldest first."""
    try:
        log = (git / "logs" / "HEAD").read_bytes()
    except OSError:
        return
    for line in log.decode("utf-8", "replace").splitlines():
        head, _, _ = line.partition("\t")
        words = head.split(" ")
        if len(words) > 4 and words[-2].isdecimal():
            yield words[0], words[1], int(words[-2])


def _written(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        try:
            return path.parent.stat().st_mtime
        except OSError:
            return 0.0
