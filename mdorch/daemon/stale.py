"""Somebody saved an old buffer, or meant it? Told from what the page was before.

An editor that opened the page before our last writes, and saves, undoes them without knowing. Its save
is nearer to an older version of the page than to the last one: it lacks what came after, together. What
a person means to undo is undone alone. So of the versions that were seen, the one from which the save
differs in the fewest lines is its *ancestor*; ties go to the last version (nothing was undone). A save
that is exactly an older version, one single change away from the last, was meant: somebody typed the old
word again.

What was undone must hold something that this daemon wrote: what people wrote, they may take away again,
several things at once if they like, and a daemon that comes up sees many saves as one.

From the ancestor, the last version and the save, a three-way merge keeps what both sides did. Where both
changed the same lines differently, what was saved stands: it is typed, and exists only once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from mdorch.page.diff import changes
from mdorch.page.merge import merge
from mdorch.world.versions import Kept, Kind

NEAREST = 40  # versions that are compared, newest first


@dataclass(frozen=True, slots=True)
class Repair:
    """A save made from `ancestor`: `merged` is what the page should be, `undone` how many places of the
    last version it had lost, `lost` their lines."""

    ancestor: Kept
    merged: bytes
    undone: int
    lost: tuple[str, ...]


def repair(versions: Iterable[Kept], last: bytes, saved: bytes) -> Repair | None:
    """What to do about a save over `last`; None where it was made from `last`, or meant.

    `versions` are those seen, newest first, `last` among them. A save that differs in one place alone is
    always meant: no other version can be nearer, but one that it equals.
    """
    before, now = last.splitlines(True), saved.splitlines(True)
    if len(changes(before, now)) <= 1:
        return None
    nearest = _distance(before, now)
    newest, found = list(islice(versions, NEAREST)), -1
    for at, version in enumerate(newest):
        distance = _distance(version.data.splitlines(True), now)
        if distance < nearest:
            nearest, found = distance, at
        if distance == 0:
            break
    if found < 0:
        return None
    merged = merge(newest[found].data, last, saved).data.splitlines(True)
    undone = [merged[start:stop] for _, _, start, stop in changes(now, merged)]
    if _ours(newest[: found + 1]).isdisjoint(line for lines in undone for line in lines):
        return None
    texts = tuple(b"".join(lines).decode("utf-8", "replace") for lines in undone)
    return Repair(newest[found], b"".join(merged), len(undone), texts)


def _distance(before: Sequence[bytes], after: Sequence[bytes]) -> int:
    """In lines: counted in places, versions that differ all over would seem near."""
    return sum(max(b - a, d - c) for a, b, c, d in changes(before, after))


def _ours(newest: Sequence[Kept]) -> set[bytes]:
    """The lines that we wrote since the last of these versions, newest first."""
    lines: set[bytes] = set()
    for after, before in pairwise(newest):
        if after.kind is Kind.OURS:
            lines |= set(after.data.splitlines(True)) - set(before.data.splitlines(True))
    return lines
