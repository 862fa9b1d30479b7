"""What git did to the page: a checkout is not a person typing.

Only the reflog and one question to git itself are used: the reflog says by which command HEAD moved, and
`rev-parse` what the page is in the commit that HEAD names. A commit moves HEAD and leaves the page alone;
checkout, pull, reset, merge and rebase write it.
"""

from __future__ import annotations

import subprocess
from hashlib import sha1
from pathlib import Path

PATIENCE = 5.0  # seconds for git to answer
LOCKED = 5.0  # seconds after which a lock is one that a crash left, or that of a long hook
JUST = 2.0  # seconds from the index to HEAD, on a crowded machine


def mark(git: Path | None) -> int:
    """How far the reflog of HEAD goes, in bytes; 0 where there is none."""
    try:
        return (git / "logs" / "HEAD").stat().st_size if git else 0
    except OSError:
        return 0


def at_work(git: Path | None, now: float) -> bool:
    """Whether git is writing the index, or did just now. (`now` is epoch seconds.)

    A checkout writes the files first, then the index, and moves HEAD at last.
    """
    if git is None:
        return False
    try:
        return now - (git / "index.lock").stat().st_mtime < LOCKED
    except OSError:
        pass
    try:
        return 0 <= now - (git / "index").stat().st_mtime < JUST
    except OSError:
        return False


def moves(git: Path | None, since: int) -> list[str]:
    """The commands that moved HEAD since a mark: `checkout`, `pull`, `reset`, … without mere commits."""
    if git is None:
        return []
    try:
        with (git / "logs" / "HEAD").open("rb") as log:
            log.seek(since)
            lines = log.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    said = [line.partition("\t")[2] for line in lines]
    names = [text.partition(":")[0].split(" ")[0] for text in said if text]
    return [name for name in names if name != "commit"]


def as_committed(root: Path, page: Path, data: bytes) -> bool:
    """Whether these bytes are the page as HEAD has it. False where git cannot say."""
    try:
        name = page.relative_to(root).as_posix()
        asked = ["git", "-C", str(root), "rev-parse", "--verify", "--quiet", f"HEAD:{name}"]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, ValueError, subprocess.SubprocessError):
        return False
    return done.stdout.strip() == sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
