"""Metrics that a page shows: cells and list items in a section of that name, each kept up where it stands.

Only what is there is written: a cell beside the name of a metric, an item `- **Task completion rate**:
40%`, the columns of a table with a row for each agent. A place is ours while it says nothing (`-`, `TBD`,
`0%`) or what was written there last; what somebody else typed stays. Nothing is ever added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mdorch.board.columns import roles
from mdorch.board.handoffs import is_trapped
from mdorch.board.leaving import written
from mdorch.board.place import Changes
from mdorch.board.read import Reading
from mdorch.board.sections import section_ends
from mdorch.board.words import contains, is_none, words
from mdorch.frozen import Frozen
from mdorch.page import cells
from mdorch.page.outline import Table

SECTIONS = (
    "success metrics",
    "orchestration metrics",
    "metrics tracking",
    "task monitor",
    "agent performance",
)
NAMES = {  # of a metric on the page, in words -> its name in `plan.tally`
    **dict.fromkeys(("parallel efficiency", "parallel speedup"), "parallel_efficiency"),
    **dict.fromkeys(("handoff success rate", "agent handoff success rate"), "handoff_success_rate"),
    **dict.fromkeys(("task completion rate", "completion rate"), "task_completion_rate"),
    **dict.fromkeys(
        ("average task duration", "avg task duration", "average duration"), "average_task_duration"
    ),
    **dict.fromkeys(("blocked task ratio", "blocked ratio", "blocked tasks ratio"), "blocked_task_ratio"),
}
COLUMNS = {  # of a table of agents, in words -> its figure in `plan.tally`
    **dict.fromkeys(("tasks", "tasks completed", "completed"), "tasks"),
    "runs": "runs",
    **dict.fromkeys(("success rate", "success"), "success_rate"),
    **dict.fromkeys(("avg time", "average time", "avg duration", "average duration"), "average_duration"),
}
_VALUES = frozenset({"value", "current", "current value", "now", "actual"})
_NOTHING = frozenset({"tbd", "?", "unknown", "pending", "…", "..."})
_ZERO = re.compile(r"0+(?:\.0+)?\s*(?:%|x|s|min|h)?")
_ITEM = re.compile(r"(?P<lead>\s{0,3}[-*+]\s+[*_]{0,3}(?P<name>[^:*_]+?)[*_]{0,3}:[*_]{0,3}\s*)(?P<value>.*)")


class Place(Frozen):
    """Where a figure stands: a cell of a table, or a line from `at` on. `key` is its name where what was
    written is remembered."""

    key: str
    text: str
    cell: tuple[int, int, int] | None = None
    line: int = -1
    at: int = 0


def places(reading: Reading) -> Iterator[Place]:
    """Every place of a figure, in page order. A key is a metric's name, or `agent/figure`."""
    outline = reading.outline
    headings = [h for h in outline.headings if not (h.setext and is_trapped(h.text))]
    ours = {s.index for s in reading.sheets} | {s.index for s in reading.agent_tables}
    blocks = {n for h in reading.board.handoffs for n in range(h.line - 1, h.end - 1)}
    lines: set[int] = set()
    for heading, end in zip(headings, section_ends(headings, outline.source.line_count), strict=True):
        if any(contains(words(heading.text), phrase) for phrase in SECTIONS):
            lines.update(range(heading.end, end))
    for index, table in enumerate(outline.tables):
        if table.line in lines - blocks and index not in ours:
            yield from _in_table(index, table)
    for block in outline.blocks:
        if block.kind == "list" and block.line in lines - blocks:
            yield from _in_list(reading, range(block.line, block.end))


def _in_table(index: int, table: Table) -> Iterator[Place]:
    header = [words(cells.value(text)) for text in table.header.texts]
    agent = roles(tuple(map(cells.value, table.header.texts)), "agent").get("agent")
    figures = {at: COLUMNS[name] for at, name in enumerate(header) if name in COLUMNS}
    value = next((at for at, name in enumerate(header) if name in _VALUES), 1 if len(header) == 2 else -1)
    for number, row in enumerate(table.rows):
        texts = [cells.value(text) for text in row.texts]
        if len(texts) != len(header):
            continue
        if agent is not None:
            for at, figure in figures.items():
                yield Place(f"{texts[agent]}/{figure}", texts[at], (index, number, at))
        elif value > 0 and words(texts[0]) in NAMES:
            yield Place(NAMES[words(texts[0])], texts[value], (index, number, value))


def _in_list(reading: Reading, lines: range) -> Iterator[Place]:
    for line in lines:
        found = _ITEM.fullmatch(reading.source.lines[line])
        if found and words(found["name"]) in NAMES:
            name = NAMES[words(found["name"])]
            yield Place(name, found["value"].strip(), line=line, at=found.start("value"))


def is_ours(place: Place, last: Mapping[str, str]) -> bool:
    """Whether the place says nothing, or what was written there last."""
    text = place.text.strip()
    said = words(text) in _NOTHING or text in _NOTHING or is_none(text) or bool(_ZERO.fullmatch(text))
    return said or last.get(place.key) == text


def write_figures(reading: Reading, figures: Mapping[str, str], last: Mapping[str, str]) -> bytes:
    """The page with these figures (key → text) in the places that are ours. Raises `CannotWrite`."""
    changes = Changes(reading.outline)
    for place in places(reading):
        text = figures.get(place.key)
        if text is None or text == place.text or not is_ours(place, last):
            continue
        if place.cell is not None:
            changes.set_cell(*place.cell, text)
        else:
            changes.set_text(place.line, reading.source.lines[place.line][: place.at] + text)
    return written(reading, changes)
