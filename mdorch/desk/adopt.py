"""What `mdorch init` does to a page: lines put in, and open rows of an adopted board put on hold.

A page belongs to somebody. So nothing that stands on it is moved or reworded; what is missing is added
at the end, or inside the section that lacks its table. A board that people keep under a heading of
their own is never doubled by a second queue: it is named, and `adopt` takes it by putting one heading
line before it, a level below the heading that it stands under. That keeps the outline of the document,
and reaches no further than up to the next heading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mdorch.board.columns import roles
from mdorch.board.edits import CannotWrite, edit
from mdorch.board.place import Changes
from mdorch.board.read import Reading, read
from mdorch.board.sections import AGENTS, KINDS, TASKS, Region
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.board.wishes import SetCell
from mdorch.board.words import words
from mdorch.desk import parts
from mdorch.page import cells
from mdorch.page.outline import Table
from mdorch.page.splice import apply
from mdorch.page.verify import Refused, verify

STARTABLE = frozenset({Status.WAITING, Status.READY, Status.PARTIAL})


class CannotInit(Exception):
    """The page cannot be changed as asked. `line` counts from 1; 0: no line in particular."""

    def __init__(self, line: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.line = line
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Ask:
    """`adopt` is a line of the board to take, counted from 1; 0: none. `new_queue`: add a queue even
    where the page has a board under another heading."""

    adopt: int = 0
    new_queue: bool = False


@dataclass(frozen=True, slots=True)
class HomeBoard:
    """A live table outside of any Task Queue whose columns say that its rows are tasks.

    `line` is that of its header, from 1. Without an id column it cannot be adopted as it is.
    """

    line: int
    columns: tuple[str, ...]
    rows: int
    heading: str
    has_id: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """The page before and after. `inserted` maps a line of the old page, from 0, to the number of lines
    put before it; `held` are ids put on hold, `unheld` lines (from 1) of rows that could not be."""

    old: bytes
    new: bytes
    added: tuple[str, ...] = ()
    inserted: Mapping[int, int] = field(default_factory=dict)
    held: tuple[str, ...] = ()
    unheld: tuple[int, ...] = ()
    boards: tuple[HomeBoard, ...] = ()
    undecided: bool = False  # the page has boards, and nobody said what to do about them
    remarks: tuple[str, ...] = ()


def propose_init(data: bytes, ask: Ask) -> Proposal:
    """What `init` would make of these bytes. Raises CannotInit."""
    reading = read(data)
    _refuse_unfit(reading)
    boards = home_boards(reading)
    draft = _Draft(reading)
    taken = _board_at(reading, boards, ask.adopt) if ask.adopt else None
    if taken is not None:
        draft.put_heading(taken)
    elif _queue_is_missing(reading):
        if any(b.has_id for b in boards) and not ask.new_queue:
            return Proposal(data, data, boards=boards, undecided=True)
        draft.add_queue(ask.new_queue)
    draft.add_agent_table({b.line - 1 for b in boards})
    draft.add_handoff_note()
    new = draft.bytes()
    held, unheld = _held(read(new), draft.heading) if taken is not None else ((), ())
    if held:
        new = _hold(new, held)
    left = tuple(b for b in boards if b is not taken)
    ids = tuple(t.id for t in held)
    return Proposal(data, new, tuple(draft.added), draft.inserted, ids, unheld, left, remarks=tuple(draft.remarks))


def home_boards(reading: Reading) -> tuple[HomeBoard, ...]:
    """Tables that look like somebody's task board and are not in a Task Queue, in page order."""
    found = []
    for table in reading.outline.tables:
        region = reading.sections.at(table.line).region
        header = tuple(map(cells.value, table.header.texts))
        columns = roles(header, "task")
        has_id = "id" in columns
        if "status" not in columns or not (has_id or any(words(name) == "task" for name in header)):
            continue
        if region is None or (region.kind == AGENTS and columns.get("id") == 0 and "title" in columns):
            heading = _heading_above(reading, table.line)
            title = heading[1] if heading else ""
            found.append(HomeBoard(table.line + 1, header, len(table.rows), title, has_id))
    return tuple(found)


def _refuse_unfit(reading: Reading) -> None:
    """Refuse pages on which new lines would not be live, or on which bytes would be mixed with text."""
    if b"\0" in reading.source.data:
        raise CannotInit(0, "this is no text file: it holds NUL bytes", "save it as UTF-8, or name another page")
    for found in reading.board.problems:
        if found.code in ("conflict-marker", "invalid-utf8", "unclosed-fence", "unclosed-comment"):
            why = f"{found.message}: nothing added behind it would count" if "unclosed" in found.code else found.message
            raise CannotInit(found.line, why, found.hint)


def _queue_is_missing(reading: Reading) -> bool:
    return not reading.sheets


def _heading_above(reading: Reading, line: int) -> tuple[int, str] | None:
    """Level and text of the last heading before a line (from 0)."""
    above = [h for h in reading.outline.headings if h.line < line]
    return (above[-1].level, " ".join(above[-1].text.split())) if above else None


def _board_at(reading: Reading, boards: Sequence[HomeBoard], line: int) -> HomeBoard | None:
    """The board that a line (from 1) belongs to; None where that line is in a Task Queue already."""
    lines = reading.source.lines
    if not 1 <= line <= len(lines):
        raise CannotInit(0, f"there is no line {line}: the page has {len(lines)}", _advice(boards))
    n = line - 1
    while n < len(lines) - 1 and not lines[n].strip():
        n += 1
    region = reading.sections.at(n).region
    if region is not None and region.kind == TASKS:
        return None
    table = _table_at(reading, n)
    if table is None:
        raise CannotInit(line, "no live table stands here", _advice(boards))
    board = next((b for b in boards if b.line == table.line + 1), None)
    if board is not None and board.has_id:
        return board
    if region is not None and board is None:
        raise CannotInit(line, f"this table belongs to the section “{region.title}”", _advice(boards))
    columns = roles(tuple(map(cells.value, table.header.texts)), "task")
    missing = " and ".join(f"no {role} column" for role in ("id", "status") if role not in columns)
    hint = "give it a column `ID` and a column `Status`, then adopt it"
    raise CannotInit(line, f"this table has {missing}: its rows cannot be tasks yet", hint)


def _table_at(reading: Reading, n: int) -> Table | None:
    """The table that covers line `n` (from 0), or the first one right under the heading there."""
    under = next((h for h in reading.outline.headings if h.line <= n < h.end), None)
    if under is None:
        return next((t for t in reading.outline.tables if t.line <= n < t.end), None)
    following = [h.line for h in reading.outline.headings if h.line > n]
    until = following[0] if following else reading.source.line_count
    return next((t for t in reading.outline.tables if under.end <= t.line < until), None)


def _advice(boards: Sequence[HomeBoard]) -> str:
    usable = [f"--adopt {b.line}" for b in boards if b.has_id]
    return f"boards on this page: {', '.join(usable)}" if usable else "mdorch tables lists the live tables"


class _Draft:
    """Collects the lines to be put in. Lines count from 0."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.changes = Changes(reading.outline)
        self.added: list[str] = []
        self.remarks: list[str] = []
        self.inserted: dict[int, int] = {}
        self.heading = -1  # where, on the new page, the heading put before an adopted board stands

    def put_heading(self, board: HomeBoard) -> None:
        line = board.line - 1
        above = _heading_above(self.reading, line)
        level = min(above[0] + 1, 6) if above else 2
        gap = [""] if line and self.reading.source.line(line - 1).strip() else []
        self._put(line, [*gap, "#" * level + " Task Queue", ""])
        self.heading = line + len(gap)
        self.added.append(f"a heading “Task Queue” that makes the board at line {board.line} the queue")

    def add_queue(self, insist: bool) -> None:
        """A Task Queue with example rows; into the section, where there is one without a table."""
        region = next(iter(self.reading.sections.of(TASKS)), None)
        if region is None or insist:
            self._append(parts.QUEUE, "a Task Queue with two example rows, On Hold")
        elif any(self._inside(t.line, region) for t in self.reading.outline.tables):
            name = KINDS[TASKS][0]
            self.remarks.append(
                f"line {region.line + 1}: the {name} has a table, but none with an ID and a Status column;"
                " mdorch lint says more, --new-queue adds one that has them"
            )
        else:
            self._put_under(region, parts.QUEUE_TABLE, "a task table with two example rows, On Hold")

    def add_agent_table(self, boards: set[int]) -> None:
        if any(sheet.table.line not in boards for sheet in self.reading.agent_tables):
            return
        region = next(iter(self.reading.sections.of(AGENTS)), None)
        if region is None or boards & {s.table.line for s in self.reading.agent_tables}:
            self._append(parts.AGENTS, "Active Agent Orchestration with the table of running agents")
        else:
            self._put_under(region, parts.AGENT_TABLE, "a table of running agents")

    def add_handoff_note(self) -> None:
        said = (words(heading.text).split() for heading in self.reading.outline.headings)
        if not any({"handoff", "handoffs"} & set(heading) for heading in said):
            self._append(parts.HANDOFFS, "a note on handoffs")

    def bytes(self) -> bytes:
        """The page with the lines in it, read again and compared with what was meant."""
        data = self.reading.source.data
        if not self.inserted:
            return data
        new = apply(data, self.changes.splices())
        try:
            verify(self.reading.outline, new, self.changes.intent())
        except Refused as refused:
            line = self.reading.outline.blocks[-1].line + 1 if self.reading.outline.blocks else 1
            hint = "look at what the page ends with: an HTML block, or a list, may go on"
            raise CannotInit(line, f"the new lines would not read back as meant: {refused}", hint) from None
        return new

    def _inside(self, line: int, region: Region) -> bool:
        return region.body <= line < region.end

    def _append(self, text: str, name: str) -> None:
        """A section at the end of the page, at the level at which a handoff block there would not take it in."""
        source, blocks = self.reading.source, self.reading.board.handoffs
        end = source.line_count
        open_at_end = [h.line - 1 for h in blocks if h.at_end]
        top = any(h.level == 1 and h.line in open_at_end for h in self.reading.outline.headings)
        before = self.changes.lines_at(end) or source.lines[-1:]
        gap = [""] if before and before[-1].strip() else []
        lines = text.splitlines()
        self._put(end, [*gap, lines[0][1:] if top else lines[0], *lines[1:]])
        self.added.append(name)

    def _put_under(self, region: Region, text: str, name: str) -> None:
        """Lines at the end of a section's own part: before its first sub-heading, if it has one."""
        below = [h.line for h in self.reading.outline.headings if h.line > region.line]
        stop = min([region.end, *below])
        lines = self.reading.source.lines
        at = stop
        while at > region.body and not lines[at - 1].strip():
            at -= 1
        gap = [""] if at == stop and stop < len(lines) else []
        self._put(at, ["", *text.splitlines(), *gap])
        self.added.append(f"{name} under “{' '.join(region.title.split())}”, line {region.line + 1}")

    def _put(self, line: int, texts: Sequence[str]) -> None:
        self.changes.add_lines(line, texts)
        self.inserted[line] = self.inserted.get(line, 0) + len(texts)


def _held(after: Reading, heading: int) -> tuple[tuple[Task, ...], tuple[int, ...]]:
    """The rows under the new heading that might start, and the lines of those that cannot be written."""
    region = next(r for r in after.sections.regions if r.line == heading)
    mine = [t for t in after.board.tasks if region.body <= t.line - 1 < region.end]
    others = {t.id: t.line for t in after.board.tasks if t.id and t not in mine}
    double = [t.id for t in mine if t.id in others]
    if double:
        shown = ", ".join(double[:5]) + ("…" if len(double) > 5 else "")
        hint = "an id may stand on the page once: change one of the two, then adopt"
        raise CannotInit(others[double[0]], f"the Task Queue here has {shown} already", hint)
    startable = [t for t in mine if t.status in STARTABLE]
    broken = tuple(t.line for t in startable if t.read_only or not t.id)
    return tuple(t for t in startable if t.line not in broken), broken


def _hold(data: bytes, tasks: Sequence[Task]) -> bytes:
    try:
        return edit(read(data), [SetCell(t.id, "status", Status.ON_HOLD) for t in tasks])
    except CannotWrite as error:
        raise CannotInit(error.problem.line, error.problem.message, error.problem.hint) from None


def script(proposal: Proposal) -> Iterator[tuple[str, str]]:
    """The change line by line, as (sign, text): " " for a line that stays, "-" for one that goes, "+" for
    one that comes. Takes time in proportion to the page."""
    old, new = _lines(proposal.old), _lines(proposal.new)
    at = 0
    for n in range(len(old) + 1):
        for _ in range(proposal.inserted.get(n, 0)):
            yield "+", new[at]
            at += 1
        if n < len(old) and old[n] == new[at]:
            yield " ", old[n]
        elif n < len(old):
            yield "-", old[n]
            yield "+", new[at]
        at += n < len(old)


def _lines(data: bytes) -> list[str]:
    from mdorch.page.source import Source

    return Source(data).lines
