"""What a row can be called by, and which rows a range or a pattern of ids means."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from mdorch.frozen import Frozen

LONGEST = 120  # characters of an id that is called by its number

_NUMBERED = re.compile(r"(.*?)(\d+)", re.DOTALL)


class RowKey(Frozen):
    """What others may call a row by. `groups` are words; `section` tells sections apart."""

    id: str
    section: int
    groups: tuple[str, ...] = ()
    cancelled: bool = False


class Archived(Frozen):
    """Complete rows that left the page through our own door: they meet what requires them. `blocks`: the
    digests of the handoffs that did."""

    ids: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    blocks: frozenset[str] = frozenset()


NOTHING_ARCHIVED = Archived()


class Numbered:
    """The rows of a page by the numbers that their ids end in; sorted when they are first asked for."""

    def __init__(self, rows: Sequence[RowKey], archived: Archived) -> None:
        self._rows = rows
        self._archived = archived
        self._found: dict[str, list[tuple[int, int]]] | None = None

    def between(
        self, prefix: str, ends: tuple[int, int], has_room: Callable[[int], bool]
    ) -> list[int] | None:
        """Rows whose id is the prefix and a number in the range; None where a number is missing, or
        where there is no room to look at so many."""
        low, high = ends
        numbered = self._by_number().get(prefix, [])
        first = bisect_left(numbered, (low, -1))
        end = bisect_right(numbered, (high, len(self._rows)))
        if high - low >= end - first + len(self._archived.ids) or not has_room(end - first):
            return None
        chosen = numbered[first:end]
        numbers = {number for number, _ in chosen} | self._archived_numbers(prefix, low, high)
        return [i for _, i in chosen] if len(numbers) == high - low + 1 else None

    def _archived_numbers(self, prefix: str, low: int, high: int) -> set[int]:
        ends = (name[len(prefix) :] for name in self._archived.ids if name.startswith(prefix))
        numbers = {int(end) for end in ends if end.isdecimal() and end.isascii() and len(end) <= 18}
        return {number for number in numbers if low <= number <= high}

    def _by_number(self) -> dict[str, list[tuple[int, int]]]:
        """Prefix -> (number, row) of the ids that end in a number, ascending."""
        if self._found is None:
            self._found = {}
            for index, row in enumerate(self._rows):
                found = _NUMBERED.fullmatch(row.id) if len(row.id) <= LONGEST else None
                if found and len(found[2]) <= 18:
                    self._found.setdefault(found[1], []).append((int(found[2]), index))
            for numbered in self._found.values():
                numbered.sort()
        return self._found


def matches(pattern: str, text: str) -> bool:
    """Whether `text` fits `pattern`, in which `*` stands for any characters. Linear, exact case."""
    first, *more = pattern.split("*")
    if not more:
        return text == pattern
    last = more.pop()
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, stop = len(first), len(text) - len(last)
    for piece in more:
        at = text.find(piece, at, stop)
        if at < 0:
            return False
        at += len(piece)
    return True
