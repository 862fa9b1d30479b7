"""An answer kept for as long as nothing it was made from has changed.

Prompts, bars and agents ask for the status all the time, of a page that is mostly as it was. So the last
answer is kept in `.mdorch/`, with its *witnesses*: everything that was looked at to make it. The page and
this program vouch by their bytes or times; every other file by its inode, size and times, or by not being
there. The answer is given again only when all of them stand as they stood. It is kept only where time
itself cannot change it: no run alive, no row waiting for a moment.

A file that changed in the very moment it was looked at could change again without a trace in its times;
an answer with so fresh a witness is not kept. Nothing else of mdorch is imported to give an answer again:
that is the point.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mdorch.desk.look import Look

NAME = "status.memo"
HOME = ".mdorch"
FRESH = 0.05  # seconds; file systems tell times apart that are some milliseconds apart

Asked = list[str]
Sign = list[int] | None


def asked(page: str | None, config: str | None, environ: Mapping[str, str]) -> Asked:
    """All of the question that decides which page and which settings are meant."""
    return [page or "", config or "", environ.get("MDORCH_PAGE", ""), environ.get("HOME", ""), os.getcwd()]


def recall(question: Asked) -> bytes | None:
    """The answer as it was printed, if it is still right."""
    path = _where(question)
    if path is None:
        return None
    try:
        with open(path, "rb") as file:
            head = json.loads(file.readline())
            if head["asked"] != question or not _stands(head):
                return None
            return file.read()
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(question: Asked, look: Look, answer: bytes) -> None:
    """Keep an answer where it will be looked for; where it cannot be, or must not, nothing happens."""
    if look.plan.wake is not None or any(run.live for run in look.facts.runs) or look.site.linked:
        return
    path = _where(question)
    if path is None or os.path.dirname(path) != str(look.site.dot):
        return
    places = _witnesses(look, question)
    signs = {place: sign(place) for place in places}
    newest = max((s[0] for s in signs.values() if s), default=0)
    if newest / 1e9 > time.time() - FRESH:
        return
    head = {
        "asked": question,
        "code": code(),
        "page": str(look.site.page),
        "digest": hashlib.sha256(look.data).hexdigest(),
        "held": held(str(look.site.dot)),
        "kinds": {place: _kind(place) for place in _folders(question)},
        "signs": signs,
    }
    draft = f"{path}.{os.getpid()}"
    try:
        with open(draft, "wb") as file:
            file.write(json.dumps(head).encode() + b"\n" + answer)
        os.replace(draft, path)
    except OSError:
        return


def _where(question: Asked) -> str | None:
    """The place of the memo: beside the page that is named, else in the nearest folder that has one."""
    named = question[0] or question[2]
    if named:
        return os.path.join(os.path.dirname(os.path.realpath(named)), HOME, NAME)
    folder = question[4]
    while not os.path.isdir(os.path.join(folder, HOME)):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return os.path.join(folder, HOME, NAME)


def _stands(head: Mapping[str, Any]) -> bool:
    page = head["page"]
    return (
        head["code"] == code()
        and all(sign(place) == was for place, was in head["signs"].items())
        and all(_kind(place) == was for place, was in head["kinds"].items())
        and head["held"] == held(os.path.join(os.path.dirname(page), HOME))
        and _digest(page) == head["digest"]
    )


def _digest(page: str) -> str:
    """Of the bytes of the page; they are read under no lease, but must be exactly those that once were."""
    with open(page, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def sign(place: str) -> Sign:
    """What changes whenever a file does; None where there is none. (SQLite makes an empty log by reading.)"""
    try:
        found = os.stat(place)
    except OSError:
        return None
    if found.st_size == 0 and place.endswith("-wal"):
        return None
    return [max(found.st_mtime_ns, found.st_ctime_ns), found.st_mtime_ns, found.st_size, found.st_ino]


def _kind(place: str) -> str:
    """What the name is, whatever it holds: a link by its target."""
    try:
        return os.readlink(place)
    except OSError:
        return "folder" if os.path.isdir(place) else "file" if os.path.exists(place) else ""


def held(dot: str) -> bool:
    """Whether a daemon holds the lock."""
    try:
        fd = os.open(os.path.join(dot, "lock"), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def code() -> int:
    """The newest change of this program's own files, in nanoseconds: another program, another answer."""
    newest = 0
    folders = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
    for folder in folders:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    newest = max(newest, entry.stat().st_mtime_ns)
                elif not entry.name.startswith((".", "__")) and entry.is_dir():
                    folders.append(entry.path)
    return newest


def _witnesses(look: Look, question: Asked) -> Iterable[str]:
    """Files whose content the answer came from, besides the page."""
    yield from witnesses(look)
    if look.site.settings.source is not None:
        yield str(look.site.settings.source)
    for folder in _above(question):
        yield from (os.path.join(folder, name) for name in ("mdorch.toml", "pyproject.toml"))


def witnesses(look: Look) -> Iterable[str]:
    """Files that a look came from, besides the page, its settings, and the folders of runs."""
    site = look.site
    dot = str(site.dot)
    yield from (os.path.join(dot, name) for name in ("journal.db", "journal.db-wal", "PAUSE", "lock"))
    yield from map(str, (*site.settings.policy_paths(site.page), site.archive))
    for base in (site.root, site.home):
        if base is not None:
            yield str(base / ".claude" / "agents")
            yield from (str(base / ".claude" / "agents" / f"{name}.md") for name in sorted(_personas(look)))


def _personas(look: Look) -> set[str]:
    """Agents whose own files decide whether they start."""
    if not any(spec.cli for spec in look.site.settings.agents.values()):
        return set()
    return {name for task in look.board.tasks for name in task.agents if "/" not in name}


def _folders(question: Asked) -> list[str]:
    """Names that decide where the repository ends and which page is meant."""
    names = (".git", "CLAUDE.md")
    found = [os.path.join(folder, name) for folder in _above(question) for name in names]
    return [*found, *(place for place in (question[0], question[2]) if place)]


def _above(question: Asked) -> list[str]:
    """The folder asked from, that of a named page, and all above them."""
    found: dict[str, None] = {}
    for start in (
        question[4],
        *(os.path.dirname(os.path.abspath(p)) for p in (question[0], question[2]) if p),
    ):
        folder = start
        while folder not in found:
            found[folder] = None
            folder = os.path.dirname(folder)
    return list(found)
