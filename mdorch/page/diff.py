"""What changed between two texts: by lines, and in rows of tables by cells.

Lines that are equal pair up first (a longest common subsequence). What lies between them is paired by
likeness: a row whose status was changed is still that row. So a change is one of three things, which
`Edit` names in the coordinates of the old text: a cell says something else, a line was taken away, a line
was added. That is the grain in which people and programs change a page, and in which changes of two
sides can be told apart.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from mdorch.frozen import Frozen
from mdorch.page.cells import split_row

_EFFORT = 4_000_000  # pairs of lines that may be compared; beyond, what differs is one single change
_LIKENESS = 10_000  # pairs of unequal lines whose cells may be compared

Hunk = tuple[int, int, int, int]  # old[a:b] became new[c:d]
Pair = tuple[int, int]  # old[a] is new[b], as it was or changed
_Way = Callable[[Sequence[bytes], Sequence[bytes]], list[Pair]]


class Edit(Frozen):
    """One change. `line` is where in the old text, counted from 0; for added lines what they stand before.

    A cell: `cell` is its number from 0, `text` what it says now, trimmed. A line taken away: `text` is
    None. Lines added in one place: `added`, and `text` is all of them.
    """

    line: int
    text: bytes | None
    cell: int | None = None
    added: bool = False


def changes(old: Sequence[bytes], new: Sequence[bytes]) -> list[Hunk]:
    """The differences between two lists of lines, in order, none of them empty."""
    head, tail = _ends(old, new)
    inner = old[head : len(old) - tail], new[head : len(new) - tail]
    equal = [(i, j) for i, j in _alike(*inner) if inner[0][i] == inner[1][j]]
    return [(a + head, b + head, c + head, d + head) for a, b, c, d in _gaps(equal, *map(len, inner))]


def edits(old: Sequence[bytes], new: Sequence[bytes]) -> list[Edit]:
    """Every single change that makes `new` of `old`, in order. Blank lines count for nothing."""
    head, tail = _ends(old, new)
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    found: list[Edit] = []
    before = after = 0
    for i, j in [*_alike(old, new), (len(old), len(new))]:
        if any(line.strip() for line in new[after:j]):
            found.append(Edit(head + before, b"".join(new[after:j]), added=True))
        found += (Edit(head + line, None) for line in range(before, i) if old[line].strip())
        if i < len(old) and old[i] != new[j]:
            found += _cell_edits(head + i, old[i], new[j])
        before, after = i + 1, j + 1
    return found


def alike(old: Sequence[bytes], new: Sequence[bytes]) -> list[Pair]:
    """Lines that are the same one, changed or not, in order.

    Equal lines that say something come first, then rows that share the most cells, then blank lines, and
    at last, where as many are left on both sides, those in their order.
    """
    head, tail = _ends(old, new)
    inner = _alike(old[head : len(old) - tail], new[head : len(new) - tail])
    ends = ((len(old) - n, len(new) - n) for n in range(tail, 0, -1))
    return [*((n, n) for n in range(head)), *((i + head, j + head) for i, j in inner), *ends]


def _ends(old: Sequence[bytes], new: Sequence[bytes]) -> tuple[int, int]:
    """How many lines are equal at the head, and how many of the others at the tail."""
    most = min(len(old), len(new))
    head = next((n for n, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), most)
    rest = zip(reversed(old), reversed(new), strict=False)
    tail = next((n for n, (one, other) in enumerate(rest) if one != other), most)
    return head, min(tail, most - head)


def _alike(old: Sequence[bytes], new: Sequence[bytes]) -> list[Pair]:
    pairs = [(-1, -1), (len(old), len(new))]
    for way in (_said, _likest, _blanks, _in_order):
        pairs = [pairs[0], *_filled(pairs, old, new, way)]
    return pairs[1:-1]


def _filled(pairs: list[Pair], old: Sequence[bytes], new: Sequence[bytes], way: _Way) -> Iterator[Pair]:
    """These pairs but the first, with those that `way` finds between each two of them."""
    for (a, c), (b, d) in pairwise(pairs):
        if b > a + 1 and d > c + 1:
            yield from ((a + 1 + i, c + 1 + j) for i, j in way(old[a + 1 : b], new[c + 1 : d]))
        yield b, d


def resemble(old: bytes, new: bytes) -> bool:
    """Whether two rows, of which neither need be in the other text, are one row that was changed: they bear
    one name in their first cells (a row that is still being typed has fewer), or the name alone differs."""
    before, after = row_cells(old), row_cells(new)
    if not before or not after:
        return False
    if before[0] == after[0]:
        return is_said(before[0])
    return before[1:] == after[1:] and sum(map(is_said, before[1:])) > 1


def row_cells(line: bytes) -> list[bytes] | None:
    """The trimmed cells of a line that looks like a row of a table; None of another."""
    spans = row_spans(line)
    return None if spans is None else [line[start:end].strip() for start, end in spans]


def row_spans(line: bytes) -> list[tuple[int, int]] | None:
    """Where the cells of a line are that looks like a row of a table, in bytes; None of another."""
    body = line.rstrip(b"\r\n")
    if b"|" not in body:
        return None
    return split_row(body.decode("latin-1"))  # one character a byte: a pipe is no part of another in UTF-8


def _cell_edits(at: int, old: bytes, new: bytes) -> Iterator[Edit]:
    before, after = row_cells(old), row_cells(new)
    if before is None or after is None or len(before) != len(after):
        if old.strip() != new.strip():
            yield Edit(at, None)
            yield Edit(at, new, added=True)
        return
    for number, (one, other) in enumerate(zip(before, after, strict=True)):
        if one != other:
            yield Edit(at, other, number)


def _likest(old: Sequence[bytes], new: Sequence[bytes]) -> list[Pair]:
    """Pairs of rows, in order on both sides, that together share the most cells."""
    if not old or not new or len(old) * len(new) > _LIKENESS:
        return []
    before, after = [row_cells(line) for line in old], [row_cells(line) for line in new]
    best = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]  # from here to the end
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            here = _shared(before[i], after[j])
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + here if here else 0)
    pairs: list[Pair] = []
    i = j = 0
    while i < len(old) and j < len(new) and best[i][j]:
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            pairs.append((i, j))
            i, j = i + 1, j + 1
    return pairs


def _shared(old: list[bytes] | None, new: list[bytes] | None) -> int:
    """How much two rows have in common; 0 for rows that are not the same one.

    A name counts double: in most tables the first cell is one. Cells that many rows share alike say little.
    """
    if old is None or new is None or len(old) != len(new):
        return 0
    equal = [one == other and is_said(one) for one, other in zip(old, new, strict=True)]
    return 2 * sum(equal) + 3 * equal[0] if equal and (equal[0] or 2 * sum(equal) >= len(equal)) else 0


def is_said(cell: bytes) -> bool:
    """Whether a cell holds more than a placeholder."""
    return bool(cell.strip(b"-: "))


def _in_order(old: Sequence[bytes], new: Sequence[bytes]) -> list[Pair]:
    return [(n, n) for n in range(len(old))] if len(old) == len(new) else []


def _blanks(old: Sequence[bytes], new: Sequence[bytes]) -> list[Pair]:
    ones, others = ([n for n, line in enumerate(lines) if not line.strip()] for lines in (old, new))
    return list(zip(ones, others, strict=False))


def _said(old: Sequence[bytes], new: Sequence[bytes]) -> list[Pair]:
    """A longest common subsequence of the lines that are not blank."""
    ones, others = ([n for n, line in enumerate(lines) if line.strip()] for lines in (old, new))
    found = _common([old[n] for n in ones], [new[n] for n in others])
    return [(ones[i], others[j]) for i, j in found]


def _gaps(pairs: Sequence[Pair], old: int, new: int) -> list[Hunk]:
    gaps: list[Hunk] = []
    a = c = 0
    for b, d in [*pairs, (old, new)]:
        if a < b or c < d:
            gaps.append((a, b, c, d))
        a, c = b + 1, d + 1
    return gaps


def _common(old: Sequence[bytes], new: Sequence[bytes]) -> list[Pair]:
    """A longest common subsequence as pairs of indexes (Hunt and Szymanski: quick where few lines repeat)."""
    if len(old) * len(new) > _EFFORT:
        return []
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
    pairs: list[Pair] = []
    last: object = links[-1] if links else None
    while isinstance(last, tuple):
        pairs.append((last[0], last[1]))
        last = last[2]
    return pairs[::-1]
