"""What a foreign list says, whatever its form."""

from __future__ import annotations

import re
from pathlib import Path

from mdorch.board.status import Status
from mdorch.board.statuses import read_status
from mdorch.config.document import shown
from mdorch.config.errors import USAGE, Trouble
from mdorch.frozen import Frozen

LONGEST = 300  # characters of a title; the rest stays where it is
_ID = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+)*")


class Foreign(Frozen):
    """One task. `key` is what its own list calls it, and `requires` are such keys; `id` what the page shall
    call it, "" where its list has no ids. `see` is where the rest of it stands; `lost` are names of what is
    not carried over."""

    key: str
    title: str
    status: Status
    id: str = ""
    agent: str = ""
    requires: tuple[str, ...] = ()
    priority: str = ""
    group: str = ""
    see: str = ""
    lost: tuple[str, ...] = ()


class Found(Frozen):
    """A list. `source` is its place, an absolute path; `notes` lines on all of it."""

    form: str
    source: str
    tasks: tuple[Foreign, ...]
    notes: tuple[str, ...] = ()


def bad(path: Path | str, line: int, column: int, what: str, hint: str = "") -> Trouble:
    """One clear error: what is wrong, and where. Lines and columns count from 1."""
    return Trouble(f"{shown(Path(path))}:{line}:{column}: {what}", hint, USAGE)


def text_of(path: Path) -> str:
    """What a file says. Raises Trouble where it cannot be read, or is no UTF-8."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Trouble(f"{shown(path)}: {(error.strerror or str(error)).lower()}", exit_code=USAGE) from None
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise bad(path, before.count(b"\n") + 1, column, "this is no UTF-8") from None


def fit_id(text: str, prefix: str = "") -> str:
    """An id that a prerequisites cell can name, made from what the list says; "" where nothing can be."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text.strip()).strip("-._")
    if name and not name[0].isalpha() and prefix:
        name = f"{prefix}-{name}"
    name = re.sub(r"[-_.]{2,}", "-", name)
    return name if _ID.fullmatch(name) and any(map(str.isdigit, name)) and len(name) <= 60 else ""


def status_of(text: str) -> tuple[Status, bool]:
    """What a status means here, and whether its word is known."""
    said = read_status(text.replace("-", " ").replace("_", " "))
    return (said.status, said.known) if text.strip() else (Status.WAITING, True)


def short(title: str) -> tuple[str, tuple[str, ...]]:
    """A title on one line, and what was left off."""
    flat = " ".join(title.split())
    return (flat, ()) if len(flat) <= LONGEST else (flat[: LONGEST - 1] + "…", ("the end of a long title",))
