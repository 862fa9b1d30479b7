"""Splices: the only way a page is ever changed.

A `Splice` replaces bytes of one version of a page, and carries the bytes that it expects there. Row and
block insertions have no old bytes. Everything outside the splices stays as it is, byte for byte.

`carry` moves splices onto a version that somebody else saved in the meantime. It compares lines alone
and knows no meaning: whether what a wish relied on still holds is for the caller to ask, and
`verify` has to be run again on the outcome. A line is found again
  - in the common head or the common tail of both versions, else
  - when it occurs exactly once in what is between them on both sides (a row with an id), else
  - when the line before or behind it was found, and it still stands next to that one.
This is linear, and errs towards not finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from mdorch.frozen import Frozen
from mdorch.page.source import Source


class Splice(Frozen):
    """`data[start:end]`, which must be `old`, becomes `new`. Offsets are bytes."""

    start: int
    end: int
    old: bytes
    new: bytes


class Stale(Exception):
    """The bytes that a splice expects are not there: it was made against another version."""


def apply(data: bytes, splices: Iterable[Splice]) -> bytes:
    """The bytes after all splices; insertions at one place keep the order given.

    Raises `Stale` where old bytes differ, `ValueError` where two splices overlap.
    """
    parts: list[bytes] = []
    at = 0
    for splice in sorted(splices, key=lambda s: (s.start, s.end)):
        if splice.start < at or splice.end < splice.start:
            raise ValueError(f"splices overlap at byte {splice.start}")
        if data[splice.start : splice.end] != splice.old or splice.end > len(data):
            line, column = Source(data).position(min(splice.start, len(data)))
            raise Stale(f"line {line}, column {column}: the page no longer has what was to be replaced")
        parts += data[at : splice.start], splice.new
        at = splice.end
    return b"".join([*parts, data[at:]])


def carry(old: bytes, new: bytes, splices: Sequence[Splice]) -> list[Splice] | None:
    """The splices made against `old`, moved onto `new`; None where a line they touch is not there unchanged.

    An insertion between two lines goes with the line before it.
    """
    before, after = Source(old), Source(new)
    found = _found_again(before.lines, after.lines)
    moved = []
    for splice in splices:
        first, last = _touched(before, splice)
        to = found.get(first)
        if to is None or any(found.get(n) != to + n - first for n in range(first + 1, last + 1)):
            return None
        start = _same_place(before, after, first, to, splice.start)
        end = start + len(splice.old)
        if new[start:end] != splice.old:
            return None
        moved.append(Splice(start, end, splice.old, splice.new))
    return moved


def _touched(source: Source, splice: Splice) -> tuple[int, int]:
    """First and last line that a splice touches; (-1, -1) for one before the first line."""
    if splice.start >= splice.end:
        line = source.position(splice.start)[0] - 1
        if line >= source.line_count or source.line_start(line) == splice.start:
            line -= 1
        return line, line
    return source.position(splice.start)[0] - 1, source.position(splice.end - 1)[0] - 1


def _same_place(before: Source, after: Source, line: int, to: int, offset: int) -> int:
    """The byte offset in `after` that `offset`, on or just behind line `line`, has in `before`."""
    if line < 0:
        return 3 if after.bom else 0
    into = offset - before.line_start(line)
    if offset > before.line_end(line):
        return after.next_line_start(to)
    return after.line_start(to) + into


def _found_again(before: list[str], after: list[str]) -> dict[int, int]:
    """Lines of `before` with their places in `after`. Line -1 is the start of the page."""
    found = {-1: -1}
    head = 0
    shorter = min(len(before), len(after))
    while head < shorter and before[head] == after[head]:
        found[head] = head
        head += 1
    tail = 0
    while tail < shorter - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
        found[len(before) - tail] = len(after) - tail
    old, new = range(head, len(before) - tail), range(head, len(after) - tail)
    often_old, often_new = Counter(before[n] for n in old), Counter(after[n] for n in new)
    place = {after[n]: n for n in new if often_new[after[n]] == 1}
    found.update((n, place[before[n]]) for n in old if often_old[before[n]] == 1 and before[n] in place)
    _grow(found, before, after, old, 1)
    _grow(found, before, after, old[::-1], -1)
    return found


def _grow(found: dict[int, int], before: list[str], after: list[str], lines: range, step: int) -> None:
    """Match lines whose neighbour was found, if they stand next to it in both versions."""
    taken = set(found.values())
    for n in lines:
        if n in found or n - step not in found:
            continue
        to = found[n - step] + step
        if 0 <= to < len(after) and to not in taken and before[n] == after[to]:
            found[n] = to
            taken.add(to)
