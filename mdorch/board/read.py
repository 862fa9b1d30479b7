"""From the bytes of a page to its `Board`. Never raises, whatever the bytes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mdorch.board.agents import AgentTable, agent_tables, read_agent_rows
from mdorch.board.archived import read_archive
from mdorch.board.board import ARCHIVE, Board, Section
from mdorch.board.bodies import find_bodies
from mdorch.board.defaults import DEFAULTS
from mdorch.board.handoff import Handoff
from mdorch.board.handoffs import Line, block_ends, is_trapped, judged, numbered, part_of, read_block
from mdorch.board.memory import Known, Memory
from mdorch.board.policies import agents_of, contradictions, over, read_companion, read_policy
from mdorch.board.problem import Problem, problem
from mdorch.board.rownames import Archived
from mdorch.board.sections import TASKS, Sections
from mdorch.board.sheets import Sheet
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.board.tasks import read_tasks
from mdorch.page.outline import Heading, Outline
from mdorch.page.scan import outline_of
from mdorch.page.source import Source

_FENCE = re.compile(r"[\s>*+\-\d.)]*(```(?=[^`]*$)|~~~)")
_SILENT = frozenset({"fence", "code", "html", "quote", "front_matter"})


@dataclass(frozen=True)
class Reading:
    """One version of a page, read: its bytes, its outline, and what it says."""

    source: Source
    outline: Outline
    board: Board
    sheets: tuple[Sheet, ...]
    agent_tables: tuple[AgentTable, ...]
    memory: Memory | None = field(default=None, compare=False, repr=False)  # for the reading after it


def cell_at(reading: Reading, line: int, cell: int) -> tuple[Task, str] | None:
    """The task and the role of a cell of a task table; `line` and `cell` count from 0."""
    task = next((task for task in reading.board.tasks if task.line == line + 1), None)
    if task is None:
        return None
    columns = next(sheet.columns for sheet in reading.sheets if sheet.index == task.table)
    role = next((role for role, at in columns.items() if at == cell), None)
    return (task, role) if role else None


def read(
    data: bytes,
    companions: Sequence[tuple[str, bytes]] = (),
    known_agents: frozenset[str] = frozenset(),
    before: Reading | None = None,
) -> Reading:
    """Read a page. `companions` are (name, bytes) of documents whose policy sections count where the page is
    silent, or the page's archive; `known_agents` are names that mean agents even in an `Owner` column;
    `before` is a reading of a page like this one, which makes it quicker and nothing else."""
    outline = outline_of(data)
    source = outline.source
    headings = _headings(outline)
    sections = Sections(headings, source.line_count)
    problems = _page_problems(outline, sections)
    policy, found = read_policy(outline, sections)
    problems += found
    archived = Archived()
    for name, bytes_ in companions:
        if name.endswith(ARCHIVE):
            archived = read_archive(bytes_)
            continue
        lower, more = read_companion(name, bytes_)
        problems += [*more, *contradictions(policy, lower, name)]
        policy = over(policy, lower)
    names = known_agents | agents_of(policy) | agents_of(DEFAULTS)
    agents = frozenset(name.casefold() for name in names)
    tasks = read_tasks(outline, sections, Known(agents, archived), before.memory if before else None)
    problems += tasks.problems
    ids = {task.id for task in tasks.tasks if task.id}
    handoffs, found = _handoffs(outline, headings, ids | archived.ids)
    problems += found
    running = tuple(agent_tables(outline, sections))
    statuses = {task.status for task in tasks.tasks}
    board = Board(
        tasks=tuple(tasks.tasks),
        agents=tuple(read_agent_rows(running)),
        handoffs=tuple(handoffs),
        sections=tuple(Section(r.kind, r.title, r.line + 1, r.end + 1) for r in sections.regions),
        policy=policy,
        problems=tuple(sorted(problems, key=lambda p: (p.line, p.column, p.code))),
        pools=tasks.pools,
        bodies=find_bodies(headings, source.line_count, ids),
        archived=archived.ids,
        archived_blocks=archived.blocks,
        uses_ready=Status.READY in statuses and Status.WAITING in statuses,
        conflict_line=next((p.line for p in problems if p.code == "conflict-marker"), 0),
        size=len(source.text),
    )
    return Reading(source, outline, board, tuple(tasks.sheets), running, tasks.memory)


def _headings(outline: Outline) -> list[Heading]:
    """The headings, without the fields of handoffs that a `---` made into setext headings."""
    return [h for h in outline.headings if not (h.setext and is_trapped(h.text))]


# -- handoffs ---------------------------------------------------------------------------------------


def _handoffs(
    outline: Outline, headings: Sequence[Heading], ids: Iterable[str]
) -> tuple[list[Handoff], list[Problem]]:
    ends = list(block_ends(headings, outline.source.line_count))
    if not ends:
        return [], []
    dead = _dead_lines(outline)
    parts = {h.line: part_of(h.text) for h in headings}
    known = frozenset(ids)
    blocks = []
    for index, end in ends:
        heading = headings[index]
        title = Line(heading.line, outline.source.line(heading.line))
        lines = [Line(n, outline.source.line(n), n in dead, parts.get(n)) for n in range(heading.end, end)]
        blocks.append(read_block(title, heading.end, lines, at_end=end >= outline.source.line_count))
    pairs = [judged(block, known) for block in numbered(blocks)]
    return [block for block, _ in pairs], [p for _, found in pairs for p in found]


def _dead_lines(outline: Outline) -> set[int]:
    """Lines that say nothing in a handoff. Its fields may be list items, but not code inside them."""
    dead: set[int] = set()
    for kind, first, end in outline.blocks:
        if kind in _SILENT:
            dead.update(range(first, end))
        elif kind == "list":
            dead.update(_fenced(outline.source, range(first, end)))
    return dead


def _fenced(source: Source, lines: Iterable[int]) -> Iterator[int]:
    """The lines of code fences inside list items. A line that is less indented than its fence ends it."""
    fence = ""
    column = 0
    for number in lines:
        line = source.line(number)
        bare = line.strip()
        if fence and bare and len(line) - len(line.lstrip()) < column:
            fence = ""
        if fence:
            yield number
            fence = "" if bare.startswith(fence) and not bare.strip(fence[0]) else fence
        elif opens := _FENCE.match(line):
            yield number
            fence, column = opens[1], opens.start(1)


# -- the page as a whole ----------------------------------------------------------------------------


def _page_problems(outline: Outline, sections: Sections) -> list[Problem]:
    source = outline.source
    problems = []
    if not source.text.isascii():
        bad = re.search("[\udc80-\udcff]", source.text)
        if bad:
            byte = len(source.text[: bad.start()].encode("utf-8", "surrogateescape")) + (
                3 if source.bom else 0
            )
            message = f"the byte 0x{ord(bad[0]) - 0xDC00:02x} here is not UTF-8"
            problems.append(problem("invalid-utf8", message, source.position(byte)))
    conflict = _conflict_line(outline)
    if conflict:
        problems.append(problem("conflict-marker", "a merge conflict begins here", (conflict, 1)))
    if not sections.of(TASKS):
        problems.append(problem("no-task-queue", "the page has no Task Queue section", (1, 1)))
    for line, reason in outline.near_tables:
        problems.append(
            problem("near-table", f"this looks like a table and is none: {reason}", (line + 1, 1))
        )
    problems += _unclosed(outline)
    return problems


def _conflict_line(outline: Outline) -> int:
    """The line (from 1) of the first conflict marker that is no example in one block of code; else 0."""
    if "<<<<<<<" not in outline.source.text:
        return 0
    silent = [block for block in outline.blocks if block.kind in _SILENT]
    starts = [block.line for block in silent]
    lines = outline.source.lines
    start = middle = -1
    for n, line in enumerate(lines):
        if line.startswith("<<<<<<<") and line[7:8] in ("", " "):
            start, middle = n, -1
        elif start >= 0 and line == "=======":
            middle = n
        elif middle >= 0 and line.startswith(">>>>>>>") and line[7:8] in ("", " "):
            around = bisect_right(starts, start) - 1
            if around < 0 or n >= silent[around].end:
                return start + 1
            start = middle = -1
    return 0


def _unclosed(outline: Outline) -> list[Problem]:
    """A fence or a comment that runs to the end of the page: nothing below it is live."""
    source = outline.source
    last = outline.blocks[-1] if outline.blocks else None
    if last is None or last.end < source.line_count or last.kind not in ("fence", "html"):
        return []
    opening, closing = source.line(last.line).strip(), source.line(last.end - 1).strip()
    place = (last.line + 1, 1)
    if last.kind == "html":
        body = "\n".join(source.lines[last.line : last.end])
        unclosed = opening.startswith("<!--") and "-->" not in body
        return [problem("unclosed-comment", "this comment is never closed", place)] if unclosed else []
    sign = opening[0]
    ticks = len(opening) - len(opening.lstrip(sign))
    closed = last.end - last.line > 1 and not closing.strip(sign) and len(closing) >= ticks
    return [] if closed else [problem("unclosed-fence", "this code fence is never closed", place)]
