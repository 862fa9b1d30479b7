"""Three versions of a text into one, by lines.

Used where somebody saved over a version that we had replaced a moment before: `base` is what both sides
began with, `ours` is what we wrote, `theirs` is what they saved. What only one side changed is taken from
that side; what both changed alike is taken once; lines that both added in one place are all kept. Where both
changed the same lines differently theirs stands: facts of ours are written again by the next pass, but
what a person typed exists only once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

_EFFORT = 4_000_000  # pairs of lines that may be compared; beyond, what differs is one single change

Hunk = tuple[int, int, int, int]  # base[a:b] became other[c:d]


def merge(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    """All changes of both sides since `base`."""
    old, mine, yours = base.splitlines(True), ours.splitlines(True), theirs.splitlines(True)
    merged: list[bytes] = []
    done = 0
    our_changes, their_changes = changes(old, mine), changes(old, yours)
    alone = _alone(our_changes, mine, their_changes, yours), _alone(their_changes, yours, our_changes, mine)
    for start, stop, our_hunks, their_hunks in _clusters(*alone):
        merged += old[done:start]
        ours_here = _side(mine, our_hunks, old, start, stop)
        theirs_here = _side(yours, their_hunks, old, start, stop)
        merged += _settle(old[start:stop], ours_here, theirs_here)
        done = stop
    return _joined(merged + old[done:])


def _alone(hunks: list[Hunk], lines: list[bytes], others: list[Hunk], theirs: list[bytes]) -> list[Hunk]:
    """The hunks without lines that the other side added in the same place too, beside a line it changed."""

    def is_there(a: int, b: int, c: int, d: int) -> bool:
        added = lines[c:d]
        after = any(p < q == a and theirs[max(r, s - len(added)) : s] == added for p, q, r, s in others)
        before = any(a == p < q and theirs[r : min(s, r + len(added))] == added for p, q, r, s in others)
        return a == b and (after or before)

    return [hunk for hunk in hunks if not is_there(*hunk)]


def _settle(old: list[bytes], ours: list[bytes], theirs: list[bytes]) -> list[bytes]:
    if ours == theirs or theirs == old:
        return ours
    if ours == old:
        return theirs
    if old or _holds(theirs, ours):
        return theirs
    return ours if _holds(ours, theirs) else ours + theirs


def _holds(lines: list[bytes], part: list[bytes]) -> bool:
    """Whether `part` stands in `lines`: after a crash the same save may be folded in twice."""
    return any(lines[at : at + len(part)] == part for at in range(len(lines) - len(part) + 1))


def _joined(lines: list[bytes]) -> bytes:
    """A last line without an end, that is last no more, gets one."""
    ended = (b"\n", b"\r")
    return b"".join([*(n if n.endswith(ended) else n + b"\n" for n in lines[:-1]), *lines[-1:]])


def changes(old: Sequence[bytes], new: Sequence[bytes]) -> list[Hunk]:
    """The differences between two lists of lines, in order, none of them empty."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    if not old and not new:
        return []
    if len(old) * len(new) > _EFFORT:
        return [(head, head + len(old), head, head + len(new))]
    gaps = _gaps(_common(old, new), len(old), len(new))
    return [(a + head, b + head, c + head, d + head) for a, b, c, d in gaps]


def _gaps(pairs: list[tuple[int, int]], old: int, new: int) -> list[Hunk]:
    gaps: list[Hunk] = []
    a = c = 0
    for b, d in [*pairs, (old, new)]:
        if a < b or c < d:
            gaps.append((a, b, c, d))
        a, c = b + 1, d + 1
    return gaps


def _common(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int]]:
    """A longest common subsequence as pairs of indexes (Hunt and Szymanski: quick where few lines repeat)."""
    places: dict[bytes, list[int]] = {}
    for index in range(len(new) - 1, -1, -1):
        places.setdefault(new[index], []).append(index)
    ends: list[int] = []  # ends[k]: smallest index of `new` that ends a common subsequence of k + 1 lines
    links: list[tuple[int, int, object]] = []
    for index, line in enumerate(old):
        for place in places.get(line, ()):
            length = bisect_left(ends, place)
            link = (index, place, links[length - 1] if length else None)
            if length == len(ends):
                ends.append(place)
                links.append(link)
            else:
                ends[length], links[length] = place, link
    pairs: list[tuple[int, int]] = []
    last: object = links[-1] if links else None
    while isinstance(last, tuple):
        pairs.append((last[0], last[1]))
        last = last[2]
    return pairs[::-1]


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
