"""Recent Completions: complete tasks, newest first, each written as the newest entry there is written.

The section is found by its heading, at any level. It holds a table, or a list (see `entries`), or nothing
yet. A task table is no such list: its rows are tasks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mdorch.board.columns import roles
from mdorch.board.entries import ITEM, UNIT, Finished, date_like, entry, is_entry
from mdorch.board.handoffs import is_trapped
from mdorch.board.leaving import written
from mdorch.board.newrows import filled, is_closed
from mdorch.board.place import Changes
from mdorch.board.read import Reading
from mdorch.board.sections import is_completions
from mdorch.board.status import Status
from mdorch.board.statuses import DEFAULT_WORD, read_status
from mdorch.board.words import is_blank, words
from mdorch.frozen import Frozen
from mdorch.page import cells
from mdorch.page.outline import Block, Heading, Table

LEAST = 5  # entries that are kept where nobody has said how many

_WHEN = frozenset(
    {"completed", "completed on", "completed at", "date", "when", "finished", "done", "day", "time"}
)


class Listed(Frozen):
    """The page with the new entries, and the lines of old ones that had to go."""

    data: bytes
    gone: tuple[str, ...] = ()


def list_finished(reading: Reading, finished: Sequence[Finished], keep: int | None = None) -> Listed:
    """List tasks, oldest first, in the page's Recent Completions; at most `keep` entries stay there: by
    default as many as there were, and `LEAST` at least. A page without the section stays as it is.

    Raises `CannotWrite` where the section cannot be written without changing something else.
    """
    place = next(_places(reading), None) if finished else None
    if place is None:
        return Listed(reading.source.data)
    newest_first = [_whole(reading, one) for one in reversed(finished)]
    changes = Changes(reading.outline)
    if isinstance(place, int):
        gone = _into_table(reading, changes, place, newest_first, keep)
    elif isinstance(place, Block):
        gone = _into_list(reading, changes, place, newest_first, keep)
    else:
        gone = _into_nothing(reading, changes, place, newest_first[: keep or len(newest_first)])
    return Listed(written(reading, changes), tuple(reading.source.lines[n] for n in gone))


def _whole(reading: Reading, one: Finished) -> Finished:
    """With the name of its phase, as the headings above its row have it."""
    task = next((t for t in reading.board.tasks if t.id == one.task), None)
    if task is None or one.group:
        return one
    sheet = next(s for s in reading.sheets if s.index == task.table)
    titles = [*reversed(sheet.place.headings), sheet.place.region.title if sheet.place.region else ""]
    named = [m[0] for title in (task.group, *titles) if (m := UNIT.search(title))]
    return Finished(one.task, one.title, one.agent, one.when, next(iter(named), task.group))


def _places(reading: Reading) -> Iterator[int | Block | Heading]:
    """Of each section, in page order: its table, its list, or its heading where it has neither."""
    outline = reading.outline
    headings = [h for h in outline.headings if not (h.setext and is_trapped(h.text))]
    ours = {s.index for s in reading.sheets} | {s.index for s in reading.agent_tables}
    blocks = [range(h.line - 1, h.end - 1) for h in reading.board.handoffs]
    ends = [*(h.line for h in headings[1:]), outline.source.line_count]
    for heading, end in zip(headings, ends, strict=False):
        if not is_completions(heading.text) or any(heading.line in block for block in blocks):
            continue
        tables = [n for n, t in enumerate(outline.tables) if heading.end <= t.line < end]
        lists = [b for b in outline.blocks if b.kind == "list" and heading.end <= b.line < end]
        if any(n in ours for n in tables):
            continue
        yield tables[0] if tables else lists[0] if lists else heading


# -- lists ------------------------------------------------------------------------------------------


def _into_list(
    reading: Reading, changes: Changes, block: Block, finished: Sequence[Finished], keep: int | None
) -> list[int]:
    lines = reading.source.lines
    items = [n for n in range(block.line, block.end) if ITEM.fullmatch(lines[n]) and _is_top(lines, block, n)]
    there = [lines[n] for n in items]
    stay = max(len(items), LEAST) if keep is None else keep
    newest = [one for one in finished[:stay] if not any(is_entry(text, one) for text in there)]
    fresh = [entry(reading, there[0], one) for one in newest]
    first = items[max(stay - len(fresh), 0)] if len(items) + len(fresh) > stay else block.end
    replaced = []
    if first <= block.line and fresh:  # nothing of the old list stays: the last of the new takes its place
        changes.set_text(block.line, fresh.pop())
        first, replaced = block.line + 1, [block.line]
    if fresh:
        changes.add_items(block.line, fresh)
    end = block.end
    while end > first and not lines[end - 1].strip():
        end -= 1
    gone = list(range(first, end))
    changes.remove_lines(gone)
    return [*replaced, *gone]


def _is_top(lines: Sequence[str], block: Block, n: int) -> bool:
    """Whether the item stands as far to the left as the first one: below another it is part of that."""
    indent = len(lines[block.line]) - len(lines[block.line].lstrip())
    return len(lines[n]) - len(lines[n].lstrip()) <= indent + 1


# -- tables and empty sections ----------------------------------------------------------------------


def _into_table(
    reading: Reading, changes: Changes, index: int, finished: Sequence[Finished], keep: int | None
) -> list[int]:
    table = reading.outline.tables[index]
    entries = [row for row in table.rows if not all(is_blank(cells.value(text)) for text in row.texts)]
    there = [[cells.norm(cells.value(text)) for text in row.texts] for row in entries]
    like = entries[0].texts if entries else None
    number = max((int(row[0]) for row in there if row and row[0].isdecimal()), default=0)
    stay = max(len(entries), LEAST) if keep is None else keep
    rows = []
    for place, one in enumerate(finished[:stay]):
        values = _cells(table, like, one, number + len(finished[:stay]) - place)
        plain = [cells.norm(value) for value in values]
        if not any(_same(row, plain) for row in there):
            rows.append(values)
    for values in rows:
        changes.add_row(index, values if is_closed(table) else filled(table, values), first=True)
    gone = entries[max(stay - len(rows), 0) :]
    for row in gone:
        changes.remove_row(index, table.rows.index(row))
    return [row.line for row in gone]


def _same(row: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two rows say the same, but for a running number."""
    return [c for c in row if not c.isdecimal()] == [c for c in other if not c.isdecimal()]


def _cells(table: Table, like: Sequence[str] | None, one: Finished, number: int) -> list[str]:
    header = tuple(cells.value(text) for text in table.header.texts)
    role = {at: name for name, at in roles(header, "task").items()}
    old = [cells.value(text) for text in like] if like else []
    old += [""] * (len(header) - len(old))
    values = []
    for at, name in enumerate(header):
        kind = "when" if words(name) in _WHEN else role.get(at, "")
        if kind == "id" and (name.strip() == "#" and (not old[at] or old[at].isdecimal())):
            values.append(str(number))
        elif kind == "status":
            said = read_status(old[at]).status is Status.COMPLETE
            values.append(old[at] if said else DEFAULT_WORD[Status.COMPLETE])
        else:
            told = {
                "id": one.task,
                "agent": one.agent,
                "group": one.group,
                "when": date_like(old[at], one.when),
            }
            values.append(told.get(kind, ""))
    free = (n for n, name in enumerate(header) if n not in role and words(name) not in _WHEN)
    at = next((n for n in role if role[n] == "title"), next(free, len(header) - 1))
    values[at] = one.title if one.task in values else f"{one.task} {one.title}"
    return [value or ("-" if old[n] == "-" else "") for n, value in enumerate(values)]


def _into_nothing(
    reading: Reading, changes: Changes, heading: Heading, finished: Sequence[Finished]
) -> list[int]:
    """A list of our own, under the heading and the first paragraph that may stand there."""
    lines = reading.source.lines
    at = heading.end
    while at < len(lines) and not lines[at].strip():
        at += 1
    below = next((b for b in reading.outline.blocks if b.line == at), None)
    ends = [h.line for h in reading.outline.headings if h.line > heading.line]
    if below is not None and below.kind == "paragraph" and at < min(ends, default=len(lines)):
        at = below.end
    else:
        at = heading.end
    texts = [entry(reading, "- **X-1** it (agent, 2000-01-01)", one) for one in finished]
    follows = lines[at : at + 1]
    changes.add_lines(at, ["", *texts, *([""] if follows and follows[0].strip() else [])])
    return []
