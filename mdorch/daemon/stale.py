"""Somebody saved an old buffer, or meant it? Told from what the page was before.

An editor that opened the page before our last writes, and saves, undoes them without knowing. What makes
such a save certain is what it lacks: *everything* that came after the version it was made from. A save that
holds anything newer, a line or a handoff, was made by somebody who had seen it. So of the versions that were
kept, those may be its *ancestor* of which nothing later is in the save; of these the one from which it
differs least. From it, the last version and the save, a three-way merge keeps what both sides did. Where both
changed the same cell differently, what was saved stands: it is typed, and exists only once.

The same bytes can also be meant, and then nothing may come back:

- One single change is always meant: a word typed back, a block deleted.
- Taking back what people wrote is theirs, several things at once if they like. What must not vanish is what
  this daemon wrote, a handoff block, and what somebody else saved `SWIFT` seconds ago, where the save also
  says something of its own: nobody reads, undoes and types that quickly, but programs that write what they
  read a moment before do.
- Rows that had stopped may be opened again, many in one save, if that is all it does. Rows that were
  complete may not: finished work would be done again. One by one, or by `mdorch retry`, they may.

Between the two lies doubt: one fact of ours undone, beside something typed. Ours stands then, and a `Clash`
says so. The source of the rules is what editors and agents were seen to do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice, pairwise

from mdorch.board.status import Status
from mdorch.board.statuses import read_status
from mdorch.daemon.cleared import is_cleared, is_handoff, parts, without_cleared
from mdorch.frozen import Frozen, replace
from mdorch.page.diff import Edit, alike, edits, is_said, resemble, row_cells
from mdorch.page.merge import Clash, merge
from mdorch.page.shape import shape_of
from mdorch.world.versions import Kept, Kind

NEAREST = 200  # versions that are compared, newest first
EFFORT = 20_000_000  # bytes of versions that are compared
SWIFT = 2.0  # seconds
_STOPPED = frozenset({Status.BLOCKED, Status.FAILED, Status.PARTIAL, Status.IN_PROGRESS})
_WORD = re.compile(rb"[^\W_]|[\x80-\xff]")


class Repair(Frozen):
    """A save made from `ancestor`: `merged` is what the page should be, `undone` how many changes of the
    last version it had lost, `lost` their lines, `clashes` the cells for which there are two values now."""

    ancestor: Kept
    merged: bytes
    undone: int
    lost: tuple[str, ...]
    clashes: tuple[Clash, ...] = ()


class _Origin(Frozen):
    """The version that a save may have been made from: what was `undone`, and what was `done` beside it."""

    at: int
    undone: tuple[Edit, ...]
    done: int


def repair(
    versions: Iterable[Kept], last: bytes, saved: bytes, now: float, unwatched: bool = False
) -> Repair | None:
    """What to do about a save over `last`; None where it was made from `last`, or meant.

    `versions` are those believed, newest first, `last` among them; `now` is epoch seconds; `unwatched`: there
    may have been other saves before this one (see `cleared`).
    """
    shape, present = shape_of(saved), shape_of(last)
    if shape != present:  # that of the save counts, unless it is an old one that somebody has changed since
        versions = _bounded(versions)
        shape = present if any(shape_of(version.data) == shape for version in versions) else shape
        last, saved = shape.put(last), shape.put(saved)
    before, after = last.splitlines(True), saved.splitlines(True)
    found = edits(before, after)
    if all(edit.added for edit in found) or _is_single(found, before) or _has_all(after, before):
        return None
    kept = [replace(version, data=shape.put(version.data)) for version in _bounded(versions)]
    origin = _origin(kept, before, after)
    if origin is None:
        return None
    base = kept[origin.at].data.splitlines(True)
    if _is_between(kept[origin.at + 1 : origin.at + 2], base, after):
        base, origin = after, _Origin(origin.at, tuple(edits(after, before)), 0)
    since = now - SWIFT if origin.done else now
    if not _guarded(kept[: origin.at + 1], origin.undone, base, since) or _reopens(origin, base, before):
        return None
    if unwatched and is_cleared(theirs := edits(base, after)):
        before = without_cleared(base, before)
        origin = replace(origin, undone=_undone(edits(base, before), theirs, base, after))
        if not _guarded(kept[: origin.at + 1], origin.undone, base, since):
            return None
    merged = merge(b"".join(base), b"".join(before), saved)
    lost = tuple(_lines_lost(origin.undone, base, before))
    clashes = (*merged.clashes, *_doubts(origin, base, merged.data.splitlines(True)))
    if merged.data == saved and not any(clash.gave_way for clash in clashes):
        return None  # of rows that were alike it is no matter which one went
    return Repair(kept[origin.at], merged.data, len(origin.undone), lost, clashes)


def _has_all(saved: Sequence[bytes], last: Sequence[bytes]) -> bool:
    """Whether each line of the last version is in the save: rows were moved, and perhaps others added."""
    have, wanted = (Counter(map(bytes.strip, lines)) for lines in (saved, last))
    return all(have[line] >= count for line, count in wanted.items() if line)


def _is_between(older: Sequence[Kept], newer: list[bytes], saved: list[bytes]) -> bool:
    """Whether the save is a version that nobody saw, on the way from one that was kept to the next: what it
    lacks of the newer one came after it, and was not taken away."""
    base = older[0].data.splitlines(True) if older else []
    made, more = edits(base, saved), edits(base, newer)
    came = {edit.line: edit.text or b"" for edit in more if edit.added}
    on_the_way = (e in more or (e.added and (e.text or b"") in came.get(e.line, b"")) for e in made)
    return bool(older and made) and all(on_the_way)


def _bounded(versions: Iterable[Kept]) -> list[Kept]:
    kept, effort = [], EFFORT
    for version in islice(versions, NEAREST):
        kept.append(version)
        effort -= len(version.data)
        if effort < 0:
            break
    return kept


def _origin(kept: Sequence[Kept], last: list[bytes], saved: list[bytes]) -> _Origin | None:
    """The version that the save differs least from, among those of which it holds nothing later.

    All have to be asked: what came and went again (an agent's row) rules out the versions between alone.
    """
    best: _Origin | None = None
    for at, version in enumerate(kept):
        base = version.data.splitlines(True)
        theirs = edits(base, saved)
        if best is not None and len(theirs) >= best.done:
            continue
        if _has_row_of(last, base, saved):
            continue
        undone = _undone(edits(base, last), theirs, base, saved)
        if undone:
            best = _Origin(at, undone, len(theirs))
        if not theirs:
            break
    return best


def _undone(
    ours: Sequence[Edit], theirs: Sequence[Edit], base: list[bytes], saved: list[bytes]
) -> tuple[Edit, ...]:
    """Those of our edits in whose place the save changed nothing: they were lost, not decided against.

    None of them where the save has any: it was made from something later.
    """
    said = set(theirs)
    gone = {edit.line for edit in theirs if edit.text is None}
    touched = {(edit.line, edit.cell) for edit in theirs if edit.cell is not None}
    known = Counter(map(bytes.strip, base))
    more = [line for line in (Counter(map(bytes.strip, saved)) - known).elements() if line]
    undone: list[Edit] = []
    for edit in ours:
        if edit in said or (edit.added and any(_stand_there(part, more, known) for part in _parts(edit))):
            return ()
        into_gap = edit.added and edit.line in gone and edit.line - 1 in gone
        if not into_gap and (edit.added or (edit.line not in gone and (edit.line, edit.cell) not in touched)):
            undone.append(edit)
    return tuple(undone)


def _has_row_of(last: list[bytes], base: list[bytes], saved: list[bytes]) -> bool:
    """Whether the save holds a row, wherever and under whatever name, as the last version has it and the
    base has not."""
    before = set(base)
    ours, theirs = ({*map(_unnamed, set(lines) - before)} for lines in (last, saved))
    found = (ours & theirs) - {()}
    return bool(found) and bool(found - {*map(_unnamed, base)})


def _unnamed(line: bytes) -> tuple[bytes, ...]:
    """What a row says but for its name; nothing, where that is no more than a word."""
    cells = tuple(row_cells(line) or ())[1:]
    return cells if sum(map(is_said, cells)) > 1 else ()


def _parts(edit: Edit) -> Iterator[list[bytes]]:
    """What was added in one place, part by part. Blank lines and rules say nothing."""
    return (part for part in parts(_lines(edit)) if is_handoff(part[0]) or _WORD.search(part[0]))


def _stand_there(lines: list[bytes], more: list[bytes], known: Collection[bytes]) -> bool:
    """Whether all of these lines are among `more`, which the save has and the base has not; rows perhaps
    changed.

    Lines that the base has too say nothing about a block, if it has any of its own: all handoffs have the
    same headings, and it may be the lines of another that count as added.
    """
    missing = Counter([line for line in lines if line not in known] or lines) - Counter(more)
    left = list((Counter(more) - Counter(lines)).elements())
    return all(any(resemble(line, other) for other in left) for line in missing)


def _lines(edit: Edit) -> list[bytes]:
    """The lines of an addition, without blank ones: those pair up with anything."""
    return [line.strip() for line in (edit.text or b"").splitlines() if line.strip()]


def _is_single(found: Sequence[Edit], old: Sequence[bytes]) -> bool:
    """Whether it is one change for a person: a cell, or lines taken away or added in one place."""
    if len(found) <= 1:
        return True
    if any(edit.cell is not None for edit in found):
        return False
    first, final = found[0].line, found[-1].line
    return all(not old[line].strip() or _is_taken(line, found) for line in range(first, final))


def _is_taken(line: int, found: Sequence[Edit]) -> bool:
    return any(edit.line == line and edit.text is None for edit in found)


def _guarded(kept: Sequence[Kept], undone: Sequence[Edit], base: Sequence[bytes], since: float) -> bool:
    """Whether something was undone that must not vanish. `kept` ends with the ancestor, `base` its lines;
    what anybody saved after `since` counts."""
    written, removed = _guarded_texts(kept, since)
    for edit in undone:
        if edit.text is None:
            found = base[edit.line] in removed
        elif edit.added:
            found = any((None, line) in written or is_handoff(line) for line in _lines(edit))
        else:
            found = (edit.cell, edit.text) in written
        if found:
            return True
    return False


def _guarded_texts(kept: Sequence[Kept], since: float) -> tuple[set[tuple[int | None, bytes]], set[bytes]]:
    """Cells and lines that were written, and lines that were removed, by us or after `since`."""
    written: set[tuple[int | None, bytes]] = set()
    removed: set[bytes] = set()
    for version, before in pairwise(kept):
        if version.kind is Kind.OURS or version.time > since:
            old = before.data.splitlines(True)
            found = edits(old, version.data.splitlines(True))
            written |= {(e.cell, text) for e in found if e.text is not None for text in _texts(e)}
            removed |= {old[edit.line] for edit in found if edit.text is None}
    return written, removed


def _texts(edit: Edit) -> list[bytes]:
    return _lines(edit) if edit.added else [edit.text or b""]


def _reopens(origin: _Origin, base: Sequence[bytes], last: Sequence[bytes]) -> bool:
    """Whether all that the save does is to put rows back that had stopped, none of them complete."""
    if origin.done or any(edit.cell is None for edit in origin.undone):
        return False
    rows = dict(alike(base, last))
    now = [row_cells(last[rows[edit.line]]) for edit in origin.undone if edit.line in rows]
    statuses = [{read_status(cell.decode("utf-8", "replace")).status for cell in row or ()} for row in now]
    return all(found & _STOPPED and Status.COMPLETE not in found for found in statuses)


def _doubts(origin: _Origin, base: Sequence[bytes], merged: Sequence[bytes]) -> Iterator[Clash]:
    """The one cell that was undone, if there was something typed beside it: it may have been meant."""
    if not origin.done or len(origin.undone) != 1:
        return
    edit, rows = origin.undone[0], dict(alike(base, merged))
    before = row_cells(base[edit.line]) if edit.cell is not None and edit.line in rows else None
    if before is not None and edit.text is not None and edit.cell is not None:
        yield Clash(rows[edit.line], edit.cell, edit.text, before[edit.cell])


def _lines_lost(undone: Sequence[Edit], base: Sequence[bytes], last: Sequence[bytes]) -> Iterator[str]:
    """As the page had them: lines added, rows with their new cells; a line that was taken away with a `-`."""
    rows, told = dict(alike(base, last)), set()
    for edit in undone:
        if edit.added and edit.text is not None:
            yield edit.text.decode("utf-8", "replace")
        elif edit.text is None:
            yield "-" + base[edit.line].decode("utf-8", "replace")
        elif edit.line in rows and edit.line not in told:
            told.add(edit.line)
            yield last[rows[edit.line]].decode("utf-8", "replace")
