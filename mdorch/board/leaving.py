"""Rows and blocks on their way from the page to its archive.

The archive is a page itself: under a heading of its own the header of the table and the rows, or the block,
each as it stood. Nothing leaves that does not read back from there as what it was. Whoever moves it appends
the text there first: a crash in between leaves it in both places, and the next try finds it and goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from mdorch.board.edits import CannotWrite
from mdorch.board.handoff import Handoff
from mdorch.board.handoffs import said_between_marks
from mdorch.board.place import Changes
from mdorch.board.problem import problem
from mdorch.board.read import Reading, read
from mdorch.board.sheets import Sheet
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.frozen import Frozen
from mdorch.page.splice import apply
from mdorch.page.verify import Refused, verify

HEAD = """\
# What left {name}

Complete tasks and handoffs that nothing open needs, moved here by mdorch as they stood on the page.
Prerequisites on these tasks count as met.
"""
_PROBE = "PROBE-0"  # a row behind the text: where it is not read, the text leaves something open


class Leaving(Frozen):
    """What leaves together: `lines` of the page (from 0) go, and the archive gets `text`, unless all `parts`
    of it are there. `what` says it in a few words."""

    lines: tuple[int, ...]
    text: str
    parts: tuple[str, ...]
    what: str


def leaving_rows(reading: Reading, tasks: Collection[str], when: str) -> list[Leaving]:
    """The rows of these complete tasks, by table; broken and doubled ones stay. `when`: ISO 8601 UTC."""
    found = []
    for sheet in reading.sheets:
        rows = [t for t in reading.board.tasks if t.table == sheet.index and t.id in tasks and _is_sound(t)]
        if rows and sheet.index >= 0:
            found.append(_rows(reading, sheet, rows, when))
    return [one for one in found if _reads_back(one, tasks, ())]


def _is_sound(task: Task) -> bool:
    return task.status is Status.COMPLETE and not task.read_only and not task.draft


def _rows(reading: Reading, sheet: Sheet, rows: Sequence[Task], when: str) -> Leaving:
    lines = reading.source.lines
    table = sheet.table
    at = tuple(row.line - 1 for row in rows)
    heads = [f"{'#' * min(3 + n, 6)} {text}" for n, text in enumerate(map(_flat, sheet.place.headings))]
    top = [f"## Task Queue, archived {when}", *heads]
    body = [lines[table.line], lines[table.line + 1], *(lines[n] for n in at)]
    text = "".join(f"\n{heading}\n" for heading in top) + "\n" + "\n".join(body) + "\n"
    return Leaving(at, text, tuple(lines[n] for n in at), ", ".join(row.id for row in rows))


def _flat(text: str) -> str:
    return " ".join(text.split())


def leaving_block(reading: Reading, block: Handoff) -> Leaving | None:
    """A taken handoff, from its heading to its end; None where it would not be the same elsewhere."""
    lines = reading.source.lines
    at = tuple(range(block.line - 1, block.end - 1))
    said = "\n".join(lines[n] for n in at).rstrip()
    parts = [said]
    if block.digest in reading.board.archived_blocks:  # an old buffer brought it back: marks may differ
        parts = said_between_marks(said)
    one = Leaving(at, f"\n{said}\n", tuple(parts), f"handoff on {block.task} from {block.sender or 'nobody'}")
    return one if _reads_back(one, (), (block.digest,)) else None


def _reads_back(one: Leaving, tasks: Collection[str], digests: Collection[str]) -> bool:
    """Whether the text, with more behind it, says what the page said."""
    probe = f"\n## Task Queue\n\n| ID | Task | Status |\n|---|---|---|\n| {_PROBE} | probe | Complete |\n"
    board = read((one.text + probe).encode("utf-8", "surrogateescape")).board
    rows = [t.id for t in board.tasks if t.status is Status.COMPLETE and t.id in (*tasks, _PROBE)]
    blocks = [h.digest for h in board.handoffs]
    return len(rows) == (1 if digests else len(one.lines) + 1) and blocks == list(digests)


def without(reading: Reading, leaving: Iterable[Leaving]) -> bytes:
    """The page without them. Blank lines that would be left at its end go too. Raises `CannotWrite`."""
    gone = {line for one in leaving for line in one.lines}
    lines = reading.source.lines
    end = len(lines)
    while end and (end - 1 in gone or not lines[end - 1].strip()):
        end -= 1
    if any(line in gone for line in range(end, len(lines))):
        gone.update(range(end, len(lines)))
    changes = Changes(reading.outline)
    rows = {
        row.line: (index, number)
        for index, table in enumerate(reading.outline.tables)
        for number, row in enumerate(table.rows)
    }
    whole = {line for block in reading.board.handoffs for line in range(block.line - 1, block.end - 1)}
    for line in sorted(gone):
        if line in rows and line not in whole:
            changes.remove_row(*rows[line])
        else:
            changes.remove_lines([line])
    return written(reading, changes)


def written(reading: Reading, changes: Changes) -> bytes:
    """The page with the changes, read again and compared with what was meant. Raises `CannotWrite`."""
    splices = changes.splices()
    if not splices:
        return reading.source.data
    new = apply(reading.source.data, splices)
    try:
        verify(reading.outline, new, changes.intent())
    except Refused as refused:
        raise CannotWrite(
            problem("write-refused", f"the page would not read back as meant: {refused}")
        ) from None
    return new


@lru_cache(maxsize=2)
def handoffs_in(archive: bytes) -> tuple[Handoff, ...]:
    """The blocks that an archive holds, in the order in which they left."""
    return read(archive).board.handoffs
