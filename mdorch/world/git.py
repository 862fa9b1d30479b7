"""What git did to the page: a checkout is not a person typing.

What git writes it has as an object, and names in its index: a checkout writes the files first, then the
index, and moves HEAD at last. The reflog says by which command HEAD moved: a commit leaves the page alone;
checkout, pull, reset, merge and rebase write it. `git checkout -- PAGE`, `git restore` and the hooks that put
changes aside for a while move nothing: there the page is older than the index, by a moment, and both say what
the commit says that HEAD names.

The object need not be the bytes on the disk: line ends may be converted on the way, by `core.autocrlf` or the
attribute `eol`, and so may anything by a filter, `ident` or an encoding. Git alone knows how; it is asked
where the bytes as they are have not decided it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha1, sha256
from pathlib import Path

PATIENCE = 5.0  # seconds for git to answer
LOCKED = 60.0  # seconds after which a lock is one that a crash left
JUST = 2.0  # seconds from a file to the index, and from there to HEAD, on a crowded machine
COARSE = 0.02  # seconds by which the clock of a file system may be behind


def mark(git: Path | None) -> int:
    """How far the reflog of HEAD goes, in bytes; 0 where there is none."""
    try:
        return (git / "logs" / "HEAD").stat().st_size if git else 0
    except OSError:
        return 0


def at_work(git: Path | None, page: Path, data: bytes, now: float) -> bool:
    """Whether these bytes of the page may be git's, which has not finished yet. (`now` is epoch seconds.)"""
    if git is None:
        return False
    try:
        return now - (git / "index.lock").stat().st_mtime < LOCKED and _is_object(page, data)
    except OSError:
        return abs(now - _index_time(git)) < JUST and _is_staged(git, page, data)


def put_there(git: Path | None, page: Path, data: bytes, mtime: float) -> bool:
    """Whether git wrote these bytes of the page, at `mtime` (epoch seconds), by a command that is over."""
    if git is None or (git / "index.lock").exists():
        return False
    return -COARSE <= _index_time(git) - mtime < JUST and _is_staged(git, page, data)


def _index_time(git: Path) -> float:
    try:
        return (git / "index").stat().st_mtime
    except OSError:
        return 0.0


def _is_staged(git: Path, page: Path, data: bytes) -> bool:
    """Whether the index names a file of just these bytes."""
    try:
        index = (git / "index").read_bytes()
    except OSError:
        return False
    return any(bytes.fromhex(name) in index for name in _names(page, data))


def _is_object(page: Path, data: bytes) -> bool:
    """Whether git has these bytes at all: what somebody typed it has not."""
    return any(_ask(page.parent, "cat-file", "-t", name) == "blob" for name in _names(page, data))


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
    except ValueError:
        return False
    committed = _ask(root, "rev-parse", "--verify", "--quiet", f"HEAD:{name}")
    return bool(committed) and committed in _names(page, data)


def _names(page: Path, data: bytes) -> Iterator[str]:
    """How git calls an object of these bytes: in the usual kind of repository, in the other, and, where it
    keeps the page in another form, of that."""
    whole = b"blob %d\0" % len(data) + data
    yield sha1(whole, usedforsecurity=False).hexdigest()
    yield sha256(whole).hexdigest()
    if kept := _kept_as(page, data):
        yield kept


@lru_cache(maxsize=2)
def _kept_as(page: Path, data: bytes) -> str:
    """The name of the object that git would make of these bytes of the page; none is made."""
    return _ask(page.parent, "hash-object", "--stdin", "--path", page.name, given=data)


def _ask(folder: Path, *words: str, given: bytes = b"") -> str:
    """What git answers, in one line; "" where it cannot say."""
    try:
        asked = ["git", "-C", str(folder), *words]
        done = subprocess.run(asked, input=given, capture_output=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""
