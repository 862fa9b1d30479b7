"""The proof that new bytes are what was meant, made by reading them again.

An `Intent` says in words of tables and lines what was to change; `verify` refuses new bytes that differ
in anything else. They are compared twice, on two levels that do not trust each other:

  - *lines*: every line of the old page that was not to change is there again, in its order; of a row
    that was to change, all but the changed cells is as it was, and those say what was wished;
  - *structure*: every heading, table and block is there again, at the place where its lines went, and
    what stands in new lines is what those lines are when they are read on their own.

So a value that opened a fence, a row that ended its table, a block that was appended into an unclosed
comment (and so would not be live) is refused, whoever made the mistake. One scan; the rest is comparing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mdorch.frozen import Frozen, field, replace
from mdorch.page.cells import norm, split_row, value
from mdorch.page.outline import Block, Heading, Outline
from mdorch.page.scan import outline_of, scan
from mdorch.page.source import Source


class Refused(Exception):
    """The new bytes are not what was meant: nothing may be written."""


class Intent(Frozen):
    """What a write is to change, in places of the outline that it was made against.

    `cells`: (table, row, column) -> what was wished, as given to `cells.replace`.
    `removed`: rows (table, row) that go.
    `added`: (table, row) -> what the rows put before that row say, cell by cell; the number of rows
    stands for the end of the table.
    `lines`: line -> lines put before that line, without endings; `line_count` for the end of the page.
    Rows added at the same place come before lines.
    `items`: line -> the same for items of the list that this line belongs to.
    `texts`: line -> what it says instead; it stays the part of the page that it is.
    `gone`: lines that go, with all that stands in them.
    """

    cells: Mapping[tuple[int, int, int], str] = field(default_factory=dict)
    removed: frozenset[tuple[int, int]] = frozenset()
    added: Mapping[tuple[int, int], Sequence[Sequence[str]]] = field(default_factory=dict)
    lines: Mapping[int, Sequence[str]] = field(default_factory=dict)
    items: Mapping[int, Sequence[str]] = field(default_factory=dict)
    texts: Mapping[int, str] = field(default_factory=dict)
    gone: frozenset[int] = frozenset()


class _Layout(Frozen):
    """The new page line by line: the old line that stands there, or what a new one says."""

    old: list[int | None]
    rows: dict[int, Sequence[str]]  # new line -> the cells of an added row
    lines: dict[int, str]  # new line -> its text
    place: dict[int, int]  # old line -> new line


def verify(before: Outline, after: bytes, intent: Intent) -> Outline:
    """The outline of `after`, if it differs from `before` exactly as intended; raises `Refused` if not."""
    outline = outline_of(after)
    layout = _layout(before, intent)
    _verify_lines(before, outline.source, intent, layout)
    _verify_structure(before, outline, intent, layout)
    return outline


def _layout(before: Outline, intent: Intent) -> _Layout:
    rows_at: dict[int, list[Sequence[str]]] = {}
    for (table, row), rows in sorted(intent.added.items()):
        rows_at.setdefault(before.tables[table].line + 2 + row, []).extend(rows)
    removed = {before.tables[table].rows[row].line for table, row in intent.removed} | intent.gone
    count = before.source.line_count
    layout = _Layout([], {}, {}, {})
    old, done = layout.old, 0
    for line in sorted({*rows_at, *intent.lines, *intent.items, *removed, count}):
        kept = range(done, min(line, count))
        layout.place.update(zip(kept, range(len(old), len(old) + len(kept)), strict=True))
        old += kept
        done = line + (line in removed)
        for cells in rows_at.get(line, ()):
            layout.rows[len(old)] = cells
            old.append(None)
        for text in (*intent.lines.get(line, ()), *intent.items.get(line, ())):
            layout.lines[len(old)] = text
            old.append(None)
    return layout


def _verify_lines(before: Outline, after: Source, intent: Intent, layout: _Layout) -> None:
    if after.line_count != len(layout.old):
        raise Refused(f"the page would have {after.line_count} lines where {len(layout.old)} were meant")
    edited: dict[int, dict[int, str]] = {}
    for (table, row, column), wish in intent.cells.items():
        edited.setdefault(before.tables[table].rows[row].line, {})[column] = wish
    for n, (old, text) in enumerate(zip(layout.old, after.lines, strict=True)):
        if old is None:
            good = _says(text, layout.rows[n]) if n in layout.rows else text == layout.lines[n]
        elif old in edited:
            good = _edited_as_wished(before.source.lines[old], text, edited[old])
        elif old in intent.texts:
            good = text == intent.texts[old]
        else:
            good = text == before.source.lines[old]
        if not good:
            raise Refused(f"line {n + 1} would not be what was meant")


def _says(text: str, wishes: Sequence[str]) -> bool:
    spans = split_row(text)
    return len(spans) == len(wishes) and all(
        value(text[start:end]) == norm(wish) for (start, end), wish in zip(spans, wishes, strict=True)
    )


def _edited_as_wished(old: str, new: str, wishes: Mapping[int, str]) -> bool:
    spans, there = split_row(old), split_row(new)
    if len(spans) != len(there):
        return False
    parts: list[str] = []
    at = 0
    for column, wish in sorted(wishes.items()):
        start, end = there[column]
        if value(new[start:end]) != norm(wish):
            return False
        parts += old[at : spans[column][0]], new[start:end]
        at = spans[column][1]
    return new == "".join([*parts, old[at:]])


def _verify_structure(before: Outline, after: Outline, intent: Intent, layout: _Layout) -> None:
    headings, tables, blocks = _moved(before, intent, layout.place)
    for line, text in intent.lines.items():
        new = _on_its_own(text, _first_new(before, layout, line, len(text)))
        headings += new[0]
        tables += new[1]
        blocks += new[2]
    shapes = [(table.line, table.end, table.columns) for table in after.tables]
    blocks.sort(key=lambda b: b.line)
    for what, meant, found in (
        ("headings", sorted(headings, key=lambda h: h.line), list(after.headings)),
        ("tables", sorted(tables), shapes),
        ("blocks", _worded(after.source, blocks), _worded(after.source, after.blocks)),
    ):
        if meant != found:
            raise Refused(f"the {what} of the page would not be what was meant{_where(meant, found)}")


def _worded(source: Source, blocks: Sequence[Block]) -> list[Block]:
    """The blocks up to their last line that says something: a list also owns the blank lines behind it,
    however many are put there."""
    worded = []
    for block in blocks:
        end = block.end
        while end > block.line + 1 and not source.lines[end - 1].strip():
            end -= 1
        worded.append(block._replace(end=end))
    return worded


Parts = tuple[list[Heading], list[tuple[int, int, int]], list[Block]]


def _moved(before: Outline, intent: Intent, place: Mapping[int, int]) -> Parts:
    """The old headings, tables and blocks at their new lines."""
    kept = [h for h in before.headings if h.line not in intent.gone]
    headings = [replace(h, line=place[h.line], end=place[h.end - 1] + 1) for h in kept]
    growth = [0] * len(before.tables)
    for (table, _), rows in intent.added.items():
        growth[table] += len(rows)
    for table, _ in intent.removed:
        growth[table] -= 1
    tables = [
        (place[t.line], place[t.line] + t.end - t.line + more, t.columns)
        for t, more in zip(before.tables, growth, strict=True)
        if t.line not in intent.gone
    ]
    blocks = [moved for b in before.blocks if (moved := _moved_block(b, intent, place)) is not None]
    return headings, tables, blocks


def _moved_block(block: Block, intent: Intent, place: Mapping[int, int]) -> Block | None:
    """What is left of a block, with the items that were put at its head."""
    left = [line for line in range(block.line, block.end) if line in place]
    if not left:
        return None
    head = len(intent.items.get(block.line, ())) if left[0] == block.line else 0
    return Block(block.kind, place[left[0]] - head, place[left[-1]] + 1)


def _first_new(before: Outline, layout: _Layout, line: int, count: int) -> int:
    """The new line where the lines put before old line `line` begin."""
    after = line
    while after < before.source.line_count and after not in layout.place:
        after += 1
    return layout.place.get(after, len(layout.old)) - count


def _on_its_own(lines: Sequence[str], first: int) -> Parts:
    """What `lines` are on a page of their own, at the lines where they are to stand."""
    alone = scan(Source("\n".join(["", *lines]).encode("utf-8", "surrogateescape")))
    shift = first - 1
    headings = [replace(h, line=h.line + shift, end=h.end + shift) for h in alone.headings]
    tables = [(t.line + shift, t.end + shift, t.columns) for t in alone.tables]
    return headings, tables, [Block(b.kind, b.line + shift, b.end + shift) for b in alone.blocks]


def _where(meant: Sequence[object], found: Sequence[object]) -> str:
    for n in range(max(len(meant), len(found))):
        left, right = meant[n : n + 1], found[n : n + 1]
        if left != right:
            return f": {left[0] if left else 'nothing'} became {right[0] if right else 'nothing'}"
    return ""
