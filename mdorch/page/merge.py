"""Three versions of a text into one: by lines, and in rows of tables by cells.

Used where somebody saved over a version that we had replaced a moment before: `base` is what both sides
began with, `ours` is what was written since, `theirs` is what they saved. What only one side changed is
taken from that side; what both changed alike is taken once; lines that both added in one place are all
kept. Where both changed one thing differently theirs stands, and a `Clash` tells what gave way: facts of
ours are written again by the next pass, but what a person typed exists only once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mdorch.frozen import Frozen
from mdorch.page.diff import Hunk, alike, changes, row_cells, row_spans
from mdorch.page.shape import in_one_shape


class Clash(Frozen):
    """Both sides changed one thing differently: `stands` is on `line` of the merged text, counted from 0.

    `cell` is the number of the cell, from 0; None where it is the line. A text is empty where that side had
    taken the line away. Texts are trimmed.
    """

    line: int
    cell: int | None
    stands: bytes
    gave_way: bytes


class Merged(Frozen):
    data: bytes
    clashes: tuple[Clash, ...] = ()


def merge(base: bytes, ours: bytes, theirs: bytes) -> Merged:
    """All changes of both sides since `base`."""
    base, ours, theirs = in_one_shape(base, ours, theirs)
    old, mine, yours = base.splitlines(True), ours.splitlines(True), theirs.splitlines(True)
    merged = _Lines()
    done = 0
    our_changes, their_changes = changes(old, mine), changes(old, yours)
    alone = _alone(our_changes, mine, their_changes, yours), _alone(their_changes, yours, our_changes, mine)
    for start, stop, our_hunks, their_hunks in _clusters(*alone):
        merged.lines += old[done:start]
        ours_here = _side(mine, our_hunks, old, start, stop)
        theirs_here = _side(yours, their_hunks, old, start, stop)
        merged.settle(old[start:stop], ours_here, theirs_here)
        done = stop
    return Merged(_joined(merged.lines + old[done:]), tuple(merged.clashes))


class _Lines:
    """The merged lines as they come, and the clashes among them."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.clashes: list[Clash] = []

    def settle(self, old: list[bytes], ours: list[bytes], theirs: list[bytes]) -> None:
        """What becomes of lines that both sides changed."""
        if ours == theirs or theirs == old:
            self.lines += ours
        elif ours == old:
            self.lines += theirs
        elif not old:
            self.lines += _both(ours, theirs)
        else:
            self._line_by_line(old, ours, theirs)

    def _line_by_line(self, old: list[bytes], ours: list[bytes], theirs: list[bytes]) -> None:
        slots = zip(old, _slots(old, ours), _slots(old, theirs), strict=False)
        for line, (our_more, our_line), (their_more, their_line) in slots:
            self.lines += _both(our_more, their_more)
            if their_line is None or our_line is None:
                self._taken_away(line, our_line, their_line)
            else:
                self._line(line, our_line, their_line)
        self.lines += _both(_after(old, ours), _after(old, theirs))

    def _taken_away(self, old: bytes, ours: bytes | None, theirs: bytes | None) -> None:
        """One side took the line away; what the other made of it goes too, unless it is theirs."""
        if theirs is None:
            if ours is not None and ours != old:
                self._clash(ours, b"")
        elif theirs != old:
            self._clash(b"", theirs)
            self.lines.append(theirs)

    def _line(self, old: bytes, ours: bytes, theirs: bytes) -> None:
        if ours == theirs or theirs == old:
            self.lines.append(ours)
            return
        if ours != old:
            theirs = self._row(old, ours, theirs)
        self.lines.append(theirs)

    def _row(self, old: bytes, ours: bytes, theirs: bytes) -> bytes:
        """Their row with the cells that only we changed."""
        before, mine, yours = row_cells(old), row_cells(ours), row_cells(theirs)
        our_spans, their_spans = row_spans(ours), row_spans(theirs)
        if before is None or mine is None or yours is None or our_spans is None or their_spans is None:
            self._clash(ours, theirs)
            return theirs
        if not len(before) == len(mine) == len(yours):
            self._clash(ours, theirs)
            return theirs
        row, done = b"", 0
        for n, (start, end) in enumerate(their_spans):
            if yours[n] == before[n] != mine[n]:
                row += theirs[done:start] + ours[slice(*our_spans[n])]
                done = end
            elif yours[n] != mine[n] != before[n]:
                self._clash(mine[n], yours[n], n)
        return row + theirs[done:]

    def _clash(self, ours: bytes, theirs: bytes, cell: int | None = None) -> None:
        self.clashes.append(Clash(len(self.lines), cell, theirs.strip(), ours.strip()))


def _slots(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[tuple[list[bytes], bytes | None]]:
    """For each old line: what was added before it, and what it became; None where it was taken away."""
    became, after = dict(alike(old, new)), 0
    for i in range(len(old)):
        j = became.get(i)
        yield ([], None) if j is None else (list(new[after:j]), new[j])
        after = after if j is None else j + 1


def _after(old: Sequence[bytes], new: Sequence[bytes]) -> list[bytes]:
    """What was added behind the last line that is still there."""
    return list(new[max((j for _, j in alike(old, new)), default=-1) + 1 :])


def _alone(hunks: list[Hunk], lines: list[bytes], others: list[Hunk], theirs: list[bytes]) -> list[Hunk]:
    """The hunks without lines that the other side added in the same place too, beside a line it changed."""

    def is_there(a: int, b: int, c: int, d: int) -> bool:
        added = lines[c:d]
        after = any(p < q == a and theirs[max(r, s - len(added)) : s] == added for p, q, r, s in others)
        before = any(a == p < q and theirs[r : min(s, r + len(added))] == added for p, q, r, s in others)
        return a == b and (after or before)

    return [hunk for hunk in hunks if not is_there(*hunk)]


def _both(ours: list[bytes], theirs: list[bytes]) -> list[bytes]:
    """What both sides added in one place. After a crash the same save may be folded in twice."""
    if not ours or _holds(theirs, ours):
        return theirs
    return ours if _holds(ours, theirs) else ours + theirs


def _holds(lines: list[bytes], part: list[bytes]) -> bool:
    return any(lines[at : at + len(part)] == part for at in range(len(lines) - len(part) + 1))


def _joined(lines: list[bytes]) -> bytes:
    """A last line without an end, that is last no more, gets one."""
    ended = (b"\n", b"\r")
    return b"".join([*(n if n.endswith(ended) else n + b"\n" for n in lines[:-1]), *lines[-1:]])


def _clusters(ours: list[Hunk], theirs: list[Hunk]) -> list[tuple[int, int, list[Hunk], list[Hunk]]]:
    """Hunks that overlap in the base, put together: where they stand, and each side's part."""
    found: list[tuple[int, int, list[Hunk], list[Hunk]]] = []
    for hunk, side in sorted([(h, 0) for h in ours] + [(h, 1) for h in theirs]):
        start, stop = hunk[0], hunk[1]
        if found and (start < found[-1][1] or (start, stop) == (found[-1][0], found[-1][1])):
            first, last, mine, yours = found.pop()
        else:
            first, last, mine, yours = start, stop, [], []
        (yours if side else mine).append(hunk)
        found.append((first, max(last, stop), mine, yours))
    return found


def _side(
    lines: Sequence[bytes], hunks: list[Hunk], old: Sequence[bytes], start: int, stop: int
) -> list[bytes]:
    """What one side made of base[start:stop]."""
    made: list[bytes] = []
    for a, b, c, d in hunks:
        made += old[start:a]
        made += lines[c:d]
        start = b
    return made + list(old[start:stop])
