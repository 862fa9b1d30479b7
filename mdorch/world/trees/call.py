"""Git, asked by mdorch itself: the same answers whoever's settings and environment are around it.

Nothing of a repository runs here: no hooks, no monitor, no signing, no editor, no prompt. What a daemon
inherited from a git command that started it (`GIT_DIR` and the like) is left out.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from errno import EINVAL
from pathlib import Path
from time import sleep

PATIENCE = 600.0  # seconds: a checkout of a large repository on a slow disk
PAUSES = (0.01, 0.05, 0.2, 0.5)  # seconds between two tries
_HALF_MADE = re.compile(r"failed to read .*worktrees/.*/commondir|Invalid path '.*\.git/worktrees/")
MAIL = "mdorch@localhost.invalid"
_PLAIN = (
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "commit.gpgSign=false"),
    *("-c", "rerere.enabled=false", "-c", "advice.detachedHead=false", "-c", "gc.auto=0"),
    *("-c", "core.editor=false", "-c", "merge.conflictStyle=merge", "-c", "core.quotePath=false"),
)


class GitFailed(OSError):
    """Git refused: `strerror` is its last word. Trying the same again will not help."""

    def __init__(self, what: str, said: str) -> None:
        super().__init__(EINVAL, f"git {what}: {said or 'failed'}")


def git(folder: Path, *words: str, who: str = "mdorch") -> str:
    """What git answers in this folder. Raises GitFailed, OSError (no git, no memory, …)."""
    done = ask(folder, *words, who=who)
    if done.returncode:
        raise GitFailed(words[0], last_line(done.stderr))
    return done.stdout


def says(folder: Path, *words: str) -> bool:
    """Whether git agrees: its exit code is 0."""
    return ask(folder, *words).returncode == 0


def ask(folder: Path, *words: str, who: str = "mdorch") -> subprocess.CompletedProcess[str]:
    """What git answers. One that died of a tree that another git was just adding or removing is asked again:
    it had not begun (see `adding`)."""
    for pause in PAUSES if words[:2] != ("worktree", "add") else ():
        done = _asked(folder, words, who)
        if done.returncode == 0 or not is_half_made(done.stderr):
            return done
        sleep(pause)
    return _asked(folder, words, who)


def is_half_made(said: str) -> bool:
    """Whether git complains of a work tree that is only being made."""
    return _HALF_MADE.search(said) is not None


def _asked(folder: Path, words: Sequence[str], who: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", *_PLAIN, *words],
            cwd=folder,
            env=_environment(who),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GitFailed(words[0], f"no answer within {PATIENCE:.0f} s") from None


def without_git(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment that points git nowhere."""
    return {name: value for name, value in environ.items() if not name.startswith("GIT_")}


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _environment(who: str) -> dict[str, str]:
    author = " ".join(who.replace("<", " ").replace(">", " ").split()) or "mdorch"
    names = {"GIT_AUTHOR_NAME": author, "GIT_COMMITTER_NAME": "mdorch"}
    mails = {"GIT_AUTHOR_EMAIL": MAIL, "GIT_COMMITTER_EMAIL": MAIL}
    return {**without_git(os.environ), **names, **mails, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"}
