"""What the writers of a storm did: a line of JSON each, appended in one write, after their save returned."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Edit:
    """`row` is "" for a line of its own. `retired`: tags, `cleared`: runs' handoffs, taken away by this save.

    `missed`: the tag that its author had put into the cell, and did not find there any more.
    """

    tag: str
    style: str
    row: str = ""
    retired: list[str] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)
    missed: str = ""
    refused: str = ""  # why the program did not save

    @property
    def is_line(self) -> bool:
        return not self.row and not self.refused


class Ledger:
    """Any number of processes append; one may `follow`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def add(self, edit: Edit) -> None:
        fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(fd, json.dumps(asdict(edit)).encode() + b"\n")
        finally:
            os.close(fd)

    def follow(self) -> Iterator[Edit]:
        """What was added since this was last asked."""
        try:
            with open(self._path, "rb") as file:
                file.seek(self._read)
                data = file.read()
        except FileNotFoundError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            yield Edit(**json.loads(line))


def lines_of(path: Path) -> list[str]:
    """The lines of a log that may not exist yet."""
    try:
        return path.read_text().splitlines()
    except FileNotFoundError:
        return []
