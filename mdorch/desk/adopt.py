"""What `mdorch init` does to a page: lines put in, and open rows of an adopted board put on hold.

A page belongs to somebody. So nothing that stands on it is moved or reworded; what is missing is added
at the end, or inside the section that lacks its table. A board that people keep under a heading of
their own is never doubled by a second queue: it is named, and `adopt` takes it by putting one heading
line before it, a level below the heading that it stands under. That keeps the outline of the document,
and reaches no further than up to the next heading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mdorch.board.edits import CannotWrite, edit
from mdorch.board.place import Changes
from mdorch.board.read import Reading, read
from mdorch.board.sections import AGENTS, KINDS, TASKS, Region
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.board.wishes import SetCell
from mdorch.board.words import words
from mdorch.desk import parts
from mdorch.desk.homemade import CannotInit, HomeBoard, Layout, NoBoard, board_at, home_boards
from mdorch.frozen import Frozen, field
from mdorch.page.source import Source
from mdorch.page.splice import apply
from mdorch.page.verify import Refused, verify

STARTABLE = frozenset({Status.WAITING, Status.READY, Status.PARTIAL})
_UNLIT = frozenset({"unclosed-fence", "unclosed-comment"})  # what is added behind these would not be live
_UNFIT = frozenset({"conflict-marker", "invalid-utf8"}) | _UNLIT


class Ask(Frozen):
    """`adopt` is a line of the board to take, counted from 1; 0: none. `new_queue`: add a queue even
    where the page has a board under another heading."""

    adopt: int = 0
    new_queue: bool = False


class Proposal(Frozen):
    """The page before and after. `inserted` maps a line of the old page, from 0, to the number of lines
    put before it; `held` are ids put on hold, `unheld` lines (from 1) of rows that could not be."""

    old: bytes
    new: bytes
    added: tuple[str, ...] = ()
    inserted: Mapping[int, int] = field(default_factory=dict)
    held: tuple[str, ...] = ()
    unheld: tuple[int, ...] = ()
    boards: tuple[HomeBoard, ...] = ()  # those that stay as they are, in lines of the new page
    undecided: bool = False  # the page has boards, and nobody said what to do about them
    remarks: tuple[str, ...] = ()


def propose_init(data: bytes, ask: Ask) -> Proposal:
    """What `init` would make of these bytes. Raises CannotInit."""
    page = Layout(data)
    _refuse_unfit(page.reading)
    boards = home_boards(page)
    draft = _Draft(page)
    taken = board_at(page, boards, ask.adopt) if ask.adopt else None
    has_queue = bool(page.reading.sheets) or taken is not None
    if not has_queue and not ask.new_queue and any(b.has_id for b in boards):
        return Proposal(data, data, boards=boards, undecided=True)
    draft.add_agent_table({b.line - 1 for b in boards})
    if taken is not None:
        draft.put_heading(taken)
    elif not has_queue:
        draft.add_queue(ask.new_queue)
    draft.add_handoff_note()
    new = draft.bytes()
    after = Layout(new)
    held, unheld = _holdable(after, draft.heading) if taken is not None else ((), ())
    return Proposal(
        data,
        _hold(new, held) if held else new,
        tuple(draft.added),
        draft.inserted,
        tuple(t.id for t in held),
        unheld,
        home_boards(after),
        remarks=tuple(draft.remarks),
    )


def _refuse_unfit(reading: Reading) -> None:
    """Refuse pages on which new lines would not be live, or on which bytes would be mixed with text."""
    if b"\0" in reading.source.data:
        place = reading.source.position(reading.source.data.index(b"\0"))
        raise CannotInit("a NUL byte: this is no text", "take it out, or save the page as UTF-8", place)
    for found in reading.board.problems:
        if found.code in _UNFIT:
            dark = ", so nothing added behind it would count" if found.code in _UNLIT else ""
            raise CannotInit(found.message + dark, found.hint, (found.line, found.column))


class _Draft:
    """Collects the lines to be put in. Lines count from 0."""

    def __init__(self, page: Layout) -> None:
        self.page = page
        self.changes = Changes(page.reading.outline)
        self.added: list[str] = []
        self.remarks: list[str] = []
        self.inserted: dict[int, int] = {}
        self.heading = -1  # where, on the new page, the heading put before an adopted board stands

    def put_heading(self, board: HomeBoard) -> None:
        line = board.line - 1
        above = self.page.above(line)
        level = min(above.level + 1, 6) if above else 2
        gap = [""] if line and self.page.source.line(line - 1).strip() else []
        self.heading = line + len(gap) + sum(count for at, count in self.inserted.items() if at <= line)
        self._put(line, [*gap, "#" * level + " Task Queue", ""])
        self.added.append(f"a heading “Task Queue” before the table in line {board.line}")

    def add_queue(self, insist: bool) -> None:
        """A Task Queue with example rows; into the section, where there is one without a table."""
        region = next(iter(self.page.sections.of(TASKS)), None)
        if region is None or insist:
            self._append(parts.QUEUE, "a Task Queue with two example rows, On Hold")
        elif any(region.body <= table.line < region.end for table in self.page.tables):
            self.remarks.append(
                f"line {region.line + 1}: the {KINDS[TASKS][0]} has a table, but none with an ID and a Status"
                " column; mdorch lint says more, --new-queue adds one that has them"
            )
        else:
            self._put_under(region, parts.QUEUE_TABLE, "a task table with two example rows, On Hold,")

    def add_agent_table(self, boards: set[int]) -> None:
        """`boards` are the headers of home-made boards: they may look like agent tables, and a table put
        behind one of them would go with it when it is adopted."""
        if any(sheet.table.line not in boards for sheet in self.page.reading.agent_tables):
            return
        regions = self.page.sections.of(AGENTS)
        free = [r for r in regions if not any(r.body <= line < r.end for line in boards)]
        if free:
            self._put_under(free[0], parts.AGENT_TABLE, "a table of running agents")
        else:
            self._append(parts.AGENTS, "Active Agent Orchestration, with the table of running agents")

    def add_handoff_note(self) -> None:
        said = (words(heading.text).split() for heading in self.page.headings)
        if not any({"handoff", "handoffs"} & set(heading) for heading in said):
            self._append(parts.HANDOFFS, "a note on handoffs")

    def bytes(self) -> bytes:
        """The page with the lines in it, read again and compared with what was meant."""
        reading = self.page.reading
        if not self.inserted:
            return reading.source.data
        new = apply(reading.source.data, self.changes.splices())
        try:
            verify(reading.outline, new, self.changes.intent())
        except Refused:
            line = reading.outline.blocks[-1].line if reading.outline.blocks else 0
            text = reading.source.line(line).strip()[:40]
            why = f"what `{text}` opens goes on to the end of the page: nothing added behind it would count"
            raise CannotInit(why, "close it, most often an HTML tag", (line + 1, 1)) from None
        return new

    def _append(self, text: str, name: str) -> None:
        """A section at the end of the page, at a level at which no handoff block there would take it in."""
        end = self.page.source.line_count
        open_blocks = {block.line - 1 for block in self.page.board.handoffs if block.at_end}
        inside = any(h.level == 1 and h.line in open_blocks for h in self.page.headings)
        before = self.changes.lines_at(end) or self.page.source.lines[-1:]
        gap = [""] if before and before[-1].strip() else []
        first, *more = text.splitlines()
        self._put(end, [*gap, first[1:] if inside else first, *more])
        self.added.append(name)

    def _put_under(self, region: Region, text: str, name: str) -> None:
        """Lines at the end of a section's own part: before its first sub-heading, if it has one."""
        lines = self.page.source.lines
        stop = min(region.end, self.page.next_heading(region.line))
        at = stop
        while at > region.body and not lines[at - 1].strip():
            at -= 1
        gap = [""] if at == stop < len(lines) else []
        self._put(at, ["", *text.splitlines(), *gap])
        self.added.append(f"{name} under “{' '.join(region.title.split())}” (line {region.line + 1})")

    def _put(self, line: int, texts: Sequence[str]) -> None:
        self.changes.add_lines(line, texts)
        self.inserted[line] = self.inserted.get(line, 0) + len(texts)


def _holdable(after: Layout, heading: int) -> tuple[tuple[Task, ...], tuple[int, ...]]:
    """The rows under the new heading that might start, and the lines of those that cannot be written."""
    region = next(r for r in after.sections.regions if r.line == heading)
    mine = [t for t in after.board.tasks if region.body <= t.line - 1 < region.end]
    taken = {t.index for t in mine}
    others = {t.id for t in after.board.tasks if t.id and t.index not in taken}
    double = [t.id for t in mine if t.id in others]
    if double:
        shown = ", ".join(double[:5]) + ("…" if len(double) > 5 else "")
        hint = "an id may stand on the page once: change one of the two, then adopt"
        raise NoBoard(f"the Task Queue has {shown} already", hint)
    startable = [t for t in mine if t.status in STARTABLE]
    broken = tuple(t.line for t in startable if t.read_only or not t.id)
    return tuple(t for t in startable if t.id and not t.read_only), broken


def _hold(data: bytes, tasks: Sequence[Task]) -> bytes:
    try:
        return edit(read(data), [SetCell(t.id, "status", Status.ON_HOLD) for t in tasks])
    except CannotWrite as error:
        found = error.problem
        raise CannotInit(found.message, found.hint, (found.line, found.column)) from None


def script(proposal: Proposal) -> Iterator[tuple[str, str]]:
    """The change line by line, as (sign, text): " " for a line that stays, "-" for one that goes, "+" for
    one that comes. Takes time in proportion to the page."""
    old, new = Source(proposal.old).lines, Source(proposal.new).lines
    at = 0
    for n in range(len(old) + 1):
        for _ in range(proposal.inserted.get(n, 0)):
            yield "+", new[at]
            at += 1
        if n == len(old):
            return
        if old[n] == new[at]:
            yield " ", old[n]
        else:
            yield "-", old[n]
            yield "+", new[at]
        at += 1
