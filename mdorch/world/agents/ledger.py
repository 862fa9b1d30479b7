"""The account of a run, read on from where somebody stopped reading.

A run may print for hours, and its output is read by the daemon as it runs and by every command that asks how
it is. So each reader leaves its account in the run's folder, with the place it was read up to; the next one
reads only what came since. Two at once do no harm: each leaves an account that is right for its place.

Logs are turned over when they are full (see `keeper.tap`): what is left of the old one is read first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mdorch.facts import Own
from mdorch.frozen import Frozen
from mdorch.world.agents.events import Account, Language, account, parsed
from mdorch.world.folders import read_json
from mdorch.world.keeper.words import last_words

NAME = "account.json"
LOG = "stdout.log"
OLD = f"{LOG}.1"
CHUNK = 1 << 20  # bytes
TAIL = 4096


class Place(Frozen):
    """How far a log was read: its inode, and the bytes up to the end of the last whole line."""

    inode: int = 0
    offset: int = 0


def read_account(folder: Path, language: Language, last: bool = False) -> Account:
    """What a run's output comes to by now. `last`: it has ended, a line without an end counts as well."""
    before, place = _kept(folder)
    found, start = before, place
    new = _inode(folder / LOG)
    for name in (LOG,) if place.inode == new else (OLD, LOG):
        with suppress(OSError), (folder / name).open("rb") as file:
            inode = os.fstat(file.fileno()).st_ino
            file.seek(place.offset if inode == place.inode else 0)
            for lines in _whole_lines(file, last or name == OLD):
                found = account(found, parsed(lines, language))
            place = Place(inode, file.tell())
    if place != start:
        _keep(folder, found, place)
    return found


def last_line(folder: Path) -> Account:
    """Of a program that nothing is known of: the last line that it printed."""
    try:
        with (folder / LOG).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
            return Account(last=last_words(file.read()))
    except OSError:
        return Account()


def _inode(path: Path) -> int:
    try:
        return os.stat(path).st_ino
    except OSError:
        return 0


def _whole_lines(file: Any, last: bool) -> Iterator[list[bytes]]:
    """Lines, some at a time; the file is left at the end of the last one."""
    rest = b""
    while piece := file.read(CHUNK):
        lines, end, rest = (rest + piece).rpartition(b"\n")
        if end:
            yield lines.split(b"\n")
    if rest and last:
        yield [rest]
    elif rest:
        file.seek(-len(rest), os.SEEK_CUR)


def _kept(folder: Path) -> tuple[Account, Place]:
    found = read_json(folder / NAME)
    try:
        values = found["account"]
        own = Own(values["own"]) if values["own"] else None
        return Account(**{**values, "own": own}), Place(*found["place"])
    except (KeyError, TypeError, ValueError):
        return Account(), Place()


def _keep(folder: Path, found: Account, place: Place) -> None:
    """Best effort: where it cannot be kept, it is read again."""
    draft = folder / f"{NAME}.{os.getpid()}"
    text = json.dumps({"account": asdict(found), "place": [place.inode, place.offset]})
    with suppress(OSError):
        draft.write_text(text, "utf-8")
        draft.replace(folder / NAME)
