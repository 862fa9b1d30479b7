"""Where names stand on a page: the ids of tasks and the names of agents, in cells, handoffs, headings, prose.

A name means something by the place where it stands: the id cell of a row, a prerequisite, the field of a
handoff. Anywhere else it is words; there only an id that can hardly be anything else (`TEST-001`, and not
`12`) is taken for one. Code, comments and front matter name nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from mdorch.board.agents import AgentTable
from mdorch.board.handoff import Handoff
from mdorch.board.handoffs import FIELD
from mdorch.board.read import Reading
from mdorch.board.sheets import Sheet
from mdorch.board.task import NeedKind, Task
from mdorch.board.words import words
from mdorch.frozen import Frozen
from mdorch.page.cells import BLANK, split_row

SILENT = frozenset({"fence", "code", "html", "front_matter"})
IDS = frozenset({"id", "requires", "blocks", "task"})  # roles of places that hold ids
AGENTS = frozenset({"agent", "from", "to"})  # and of those that hold agents
_RUN = re.compile(r"[\w#.\-]+")
_FIELDS = {"task id": "task"}


class Mention(Frozen):
    """A name and its place: a line from 0, columns in characters. `role` is that of the cell or the field,
    "text" elsewhere. `wide`: the place means the name among others (a range, a pattern), and does not say it.
    """

    name: str
    line: int
    start: int
    end: int
    role: str
    wide: bool = False


class Spot(Frozen):
    """A place where something may be typed: the trimmed text of a cell or of a field, and whose it is.

    `kind` is "task" for a row of the queue, "agent" for one of the agent table, "handoff" for a field;
    `index` is that of the row among the board's tasks, -1 for none; `table` that in the outline.
    """

    kind: str
    role: str
    line: int
    start: int
    end: int
    index: int = -1
    table: int = -1


class Places:
    """What stands in which line of one reading."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        board = reading.board
        self.ids = {task.id for task in board.tasks if task.id}
        self.rows = {task.line - 1: task for task in board.tasks}
        self._sheets = sorted(reading.sheets, key=lambda sheet: sheet.table.line)
        self._running = sorted(reading.agent_tables, key=lambda found: found.table.line)
        self._silent = [block for block in reading.outline.blocks if block.kind in SILENT]
        self._blocks = board.handoffs

    def sheet(self, line: int) -> Sheet | None:
        at = bisect_right(self._sheets, line, key=lambda sheet: sheet.table.line) - 1
        return self._sheets[at] if at >= 0 and line < self._sheets[at].table.end else None

    def running(self, line: int) -> AgentTable | None:
        at = bisect_right(self._running, line, key=lambda found: found.table.line) - 1
        return self._running[at] if at >= 0 and line < self._running[at].table.end else None

    def block(self, line: int) -> Handoff | None:
        at = bisect_right(self._blocks, line + 1, key=lambda block: block.line) - 1
        return self._blocks[at] if at >= 0 and line + 1 < self._blocks[at].end else None

    def silent(self, line: int) -> bool:
        at = bisect_right(self._silent, line, key=lambda block: block.line) - 1
        return at >= 0 and line < self._silent[at].end

    def spots(self, line: int) -> list[Spot]:
        """The cells of a row, or the field of a handoff, that stand in this line."""
        text = self.reading.source.lines[line]
        sheet, running = self.sheet(line), self.running(line)
        if sheet and line >= sheet.table.line + 2:
            row = self.rows.get(line)
            columns = (*sheet.columns.items(), *(("requires", at) for at in sheet.more))
            return _cells("task", text, line, columns, (row.index if row else -1, sheet.index))
        if running and line >= running.table.line + 2:
            return _cells("agent", text, line, running.columns.items(), (-1, running.index))
        block = self.block(line)
        found = FIELD.fullmatch(text) if block and not self.silent(line) else None
        if block is None or found is None:
            return []
        name = words(found[1])
        start, end = _trimmed(text, *found.span(2))
        return [Spot("handoff", _FIELDS.get(name, name), line, start, end)]

    def spot(self, line: int, column: int) -> Spot | None:
        """The cell or the field that a column stands in, or at the end of."""
        if line >= self.reading.source.line_count:
            return None
        found = self.spots(line)
        if found and found[0].kind == "handoff":
            return found[0] if column >= found[0].start else None
        spans = split_row(self.reading.source.lines[line]) if found else []
        at = next((n for n, (start, end) in enumerate(spans) if start <= column <= end), -1)
        return next((s for s in found if at >= 0 and spans[at][0] <= s.start <= spans[at][1]), None)


def _cells(
    kind: str, text: str, line: int, columns: Iterable[tuple[str, int]], at: tuple[int, int]
) -> list[Spot]:
    spans = split_row(text)
    found = []
    for role, column in columns:
        if column < len(spans):
            start, end = _trimmed(text, *spans[column])
            found.append(Spot(kind, role, line, start, end, *at))
    return found


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without blanks; of nothing but blanks what is behind the first of them."""
    inner = text[start:end]
    if not inner.strip(BLANK):
        at = min(start + 1, end)
        return at, at
    return start + len(inner) - len(inner.lstrip(BLANK)), end - len(inner) + len(inner.rstrip(BLANK))


# -- one name, everywhere ---------------------------------------------------------------------------


def is_distinct(name: str) -> bool:
    """Whether an id can hardly be anything else, wherever it stands."""
    return len(name) > 2 and bool(re.search(r"[^\W\d_]", name)) and bool(re.search(r"\d", name))


def hits(text: str, name: str, among: str = "") -> Iterator[tuple[int, int]]:
    """Where the name stands by itself in a text. `among`: signs that may stand beside it all the same."""
    beside = "".join(re.escape(sign) for sign in "#-/" if sign not in among)
    pattern = rf"(?<![\w{beside}])(?<![\w]\.){re.escape(name)}(?![\w\-{'' if '/' in among else '/'}]|\.\w)"
    return (found.span() for found in re.finditer(pattern, text))


def mentions(places: Places, name: str, kind: str) -> list[Mention]:
    """Where a page names a task or an agent (`kind`), in page order."""
    lines = places.reading.source.lines
    roles = IDS if kind == "task" else AGENTS
    prose = kind == "task" and is_distinct(name)
    found: list[Mention] = []
    for number, text in enumerate(lines):
        if name in text:
            found += _in_line(places, number, name, roles, prose)
    if kind == "task":
        found += _wide(places, name, {(m.line, m.role) for m in found})
    return sorted(found, key=lambda m: (m.line, m.start))


def _in_line(places: Places, line: int, name: str, roles: frozenset[str], prose: bool) -> Iterator[Mention]:
    if places.silent(line):
        return
    text = places.reading.source.lines[line]
    spots = [spot for spot in places.spots(line) if _may_name(spot, roles)]
    taken: set[int] = set()
    for spot in spots:
        if spot.role == "id" and places.reading.board.tasks[spot.index].id != name:
            continue
        for start, end in hits(text[spot.start : spot.end], name, among="/"):
            taken.add(spot.start + start)
            yield Mention(name, line, spot.start + start, spot.start + end, spot.role)
    for start, end in hits(text, name) if prose else ():
        if start not in taken and not any(s.role == "id" and s.start <= start < s.end for s in spots):
            yield Mention(name, line, start, end, "text")


def _may_name(spot: Spot, roles: frozenset[str]) -> bool:
    return spot.role in roles and (spot.role != "id" or spot.index >= 0)


def _wide(places: Places, name: str, said: set[tuple[int, str]]) -> Iterator[Mention]:
    """Prerequisites that mean the task without saying its id: ranges, patterns, groups, but not *all*."""
    board = places.reading.board
    own = {task.index for task in board.rows_of(name)}
    for task in board.tasks:
        for need in task.needs:
            among = (
                need.kind is NeedKind.POOL and need.id != "all" and not own.isdisjoint(board.pools[need.id])
            )
            short = need.kind is NeedKind.TASK and need.id == name and not need.inverse
            if (among and task.index not in own) or (short and (task.line - 1, "requires") not in said):
                yield _where(places, task, name, need.text)
                break


def _where(places: Places, task: Task, name: str, text: str) -> Mention:
    line = task.line - 1
    spots = [s for s in places.spots(line) if s.role == "requires"]
    for spot in spots:
        at = places.reading.source.lines[line].find(text, spot.start, spot.end)
        if at >= 0:
            return Mention(name, line, at, at + len(text), "requires", wide=True)
    return Mention(name, line, spots[0].start, spots[0].end, "requires", wide=True)


# -- what a place names -----------------------------------------------------------------------------


def named_at(places: Places, line: int, column: int, agents: frozenset[str]) -> tuple[str, Mention] | None:
    """The task or the agent ("task" or "agent") that is named at a place; `agents` are those known."""
    if line >= places.reading.source.line_count:
        return None
    spot = places.spot(line, column)
    if spot is not None and (spot.role in IDS or spot.role in AGENTS):
        return _in_spot(places, spot, column)
    if places.silent(line):
        return None
    for found in _RUN.finditer(places.reading.source.lines[line]):
        if found.start() <= column <= found.end():
            word = found[0].rstrip(".")
            kind = "task" if word in places.ids else "agent" if word in agents else ""
            mention = Mention(word, line, found.start(), found.start() + len(word), "text")
            return (kind, mention) if kind else None
    return None


def _in_spot(places: Places, spot: Spot, column: int) -> tuple[str, Mention] | None:
    board = places.reading.board
    row = board.tasks[spot.index] if spot.index >= 0 else None
    names: Sequence[str]
    if spot.role in AGENTS:
        kind, names = "agent", _agents_in(places, spot, row)
    elif spot.role == "id":
        kind, names = "task", [row.id] if row and row.id else []
    elif spot.role == "requires" and row:
        kind, names = "task", [need.id for need in row.needs if need.kind is NeedKind.TASK]
    else:
        kind, names = "task", sorted(places.ids)
    text = places.reading.source.lines[spot.line]
    for name in names:
        for start, end in hits(text[spot.start : spot.end], name, among="/") if name in text else ():
            if spot.start + start <= column <= spot.start + end:
                return kind, Mention(name, spot.line, spot.start + start, spot.start + end, spot.role)
    return None


def _agents_in(places: Places, spot: Spot, row: Task | None) -> Sequence[str]:
    board = places.reading.board
    if row is not None:
        return row.agents
    if spot.kind == "handoff":
        block = places.block(spot.line)
        return [name for name in (block.sender, block.to) if name] if block else []
    return [found.agent for found in board.agents if found.line == spot.line + 1]
