"""A `Change` of a text in an editor, and what wishes to a page come to as such."""

from __future__ import annotations

from collections.abc import Sequence

from mdorch.board.edits import edit
from mdorch.board.read import Reading
from mdorch.board.wishes import Wish
from mdorch.frozen import Frozen
from mdorch.page.source import Source


class Change(Frozen):
    """Characters of the decoded page that become others: from (`line`, `start`) to before (`last`, `end`),
    all counted from 0. `last` may be the line after the last one, with the column 0."""

    line: int
    start: int
    last: int
    end: int
    text: str


def wished(reading: Reading, wishes: Sequence[Wish]) -> list[Change]:
    """The change that carries out these wishes. Raises CannotWrite."""
    return changes_to(reading.source, edit(reading, wishes))


def changes_to(source: Source, new: bytes) -> list[Change]:
    """The one change that makes other bytes of a page: from where they begin to differ to where they end to,
    and never in the middle of a line ending."""
    old, text = source.text, Source(new).text
    if old == text:
        return []
    shorter = min(len(old), len(text))
    head = next((n for n in range(shorter) if old[n] != text[n]), shorter)
    rest = shorter - head
    tail = next((n for n in range(rest) if old[-1 - n] != text[-1 - n]), rest)
    head -= _splits(old, head) or _splits(text, head)
    tail -= _splits(old, len(old) - tail) or _splits(text, len(text) - tail)
    line, start = _place(source, head)
    last, end = _place(source, len(old) - tail)
    return [Change(line, start, last, end, text[head : len(text) - tail])]


def _splits(text: str, at: int) -> bool:
    return text[at - 1 : at + 1] == "\r\n"


def _place(source: Source, offset: int) -> tuple[int, int]:
    """Line and column of a character of the text."""
    before = source.text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n"), len(before) - before.rfind("\n") - 1
