"""The text of one document as the editor has it, and its places in the editor's units.

The protocol counts columns in UTF-16 code units, unless both sides agree on others, and ends lines at LF,
CR LF and CR alone, just as the page does. pygls' own documents end them at form feeds, too, and are not used.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence

from lsprotocol import types

_ENDING = re.compile(r"\r\n|\n|\r")
_HIGH = re.compile("[\U00010000-\U0010ffff]")

_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")

Change = types.TextDocumentContentChangeEvent


def _joined(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16", "surrogatepass").decode("utf-16")


def _utf16(text: str) -> int:
    return len(text) + len(_HIGH.findall(text))


def _utf8(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


UNITS: dict[str, Callable[[str], int]] = {"utf-8": _utf8, "utf-16": _utf16, "utf-32": len}


class Buffer:
    """`units`: one of `UNITS`. Lines and columns that are not there are taken for the nearest that are."""

    def __init__(self, text: str, version: int, units: str = "utf-16") -> None:
        self.version = version
        self._measure = UNITS.get(units, _utf16)
        self._set(text)

    def _set(self, text: str) -> None:
        """The halves of a surrogate pair may come one after the other."""
        self.text = text if text.isascii() else _PAIR.sub(_joined, text)
        self._starts = [0, *(found.end() for found in _ENDING.finditer(self.text))]

    def apply(self, changes: Sequence[Change], version: int) -> None:
        """What the editor says that it did to its text, in this order."""
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                start, end = self._offset(change.range.start), self._offset(change.range.end)
                start, end = min(start, end), max(start, end)
                self._set(self.text[:start] + change.text + self.text[end:])
            else:
                self._set(change.text)
        self.version = version

    def _line(self, number: int) -> str:
        """A line without its ending."""
        if number >= len(self._starts):
            return ""
        last = number + 1 >= len(self._starts)
        return self.text[self._starts[number] : None if last else self._starts[number + 1]].rstrip("\r\n")

    def _offset(self, place: types.Position) -> int:
        if place.line >= len(self._starts):
            return len(self.text)
        return self._starts[place.line] + self.column(place)

    def column(self, place: types.Position) -> int:
        """The character that a place is before."""
        line = self._line(place.line)
        if line.isascii() or self._measure is len:
            return min(place.character, len(line))
        return bisect_right(range(1, len(line) + 1), place.character, key=lambda n: self._measure(line[:n]))

    def place(self, line: int, column: int) -> types.Position:
        """A character of a line in the editor's units; both are counted from 0."""
        text = self._line(line)
        before = text[: max(0, column)]
        return types.Position(line, len(before) if text.isascii() else self._measure(before))

    def end(self, line: int) -> types.Position:
        """Behind the last character of a line."""
        return self.place(line, len(self._line(line)))
