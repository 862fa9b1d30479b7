"""Rows of the task tables, read into `Task`s.

Two passes, because a prerequisite may name a row further down: first every row's id, status and
group, then the tasks themselves with their needs resolved. What a row does not say soundly is never
guessed: it is a draft (half typed) or read-only (broken, or one of two rows with one id), and
neither is ever launched.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mdorch.board.agents import read_agents
from mdorch.board.groups import group_names
from mdorch.board.problem import Problem, problem
from mdorch.board.requires import Requirements, RowKey
from mdorch.board.sections import Sections
from mdorch.board.sheets import Sheet, find_sheets
from mdorch.board.statuses import StatusText, read_status
from mdorch.board.task import Need, NeedKind, Task
from mdorch.board.values import read_files, read_rank
from mdorch.board.words import clipped, is_blank
from mdorch.page import cells
from mdorch.page.outline import Outline
from mdorch.page.source import Source

INVERSE_LIMIT = 100_000  # edges that `blocks` cells may make on one page

_TEMPLATE = re.compile(r"\[[^\[\]()]*\s[^\[\]()]*\]|<[^<>]*>|\{[^{}]*\}|[A-Za-z]+-(?:#+|X{2,}|N{2,})")


@dataclass(slots=True)
class _Draft:
    """A row on its way to a `Task`."""

    sheet: Sheet
    row: int
    line: int
    said: dict[str, str]  # role -> value of the cell, for the roles that the table has
    id: str
    status: StatusText
    status_text: str
    short: bool  # fewer cells than the header has
    broken: str  # why the row is broken, "" for a sound one


@dataclass(slots=True)
class Found:
    """What `read_tasks` hands back besides tasks."""

    tasks: list[Task] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    pools: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_tasks(outline: Outline, sections: Sections, known_agents: Collection[str]) -> Found:
    """Every row of every task table in a Task Queue, in page order; `known_agents` in lower case."""
    found = Found()
    found.sheets = find_sheets(outline, sections, found.problems)
    drafts = [draft for sheet in found.sheets for draft in _drafts(sheet)]
    doubles = _check_ids(outline.source, drafts, found.problems)
    requirements = Requirements([_row_key(draft) for draft in drafts])
    inverse = _inverse(drafts, requirements, outline.source, found.problems)
    for index, draft in enumerate(drafts):
        task = _task(draft, index, requirements, known_agents, doubles)
        if index in inverse:
            task = _with_needs(task, inverse[index])
        found.tasks.append(task)
        _check_row(outline.source, draft, task, requirements, found.problems)
    found.pools = requirements.pools
    return found


def _drafts(sheet: Sheet) -> list[_Draft]:
    drafts = []
    width, status_at = sheet.table.columns, sheet.columns["status"]
    columns = [(role, at) for role, at in sheet.columns.items() if role != "status"]
    for number, row in enumerate(sheet.table.rows):
        texts = row.texts
        have = len(texts)
        said = {role: _value(texts[at]) if at < have else "" for role, at in columns}
        name = said["id"]
        if is_blank(name) or _is_template(name, texts[sheet.columns["id"]]):
            name = ""
        status_text = cells.plain(texts[status_at]) if status_at < have else ""
        broken = "" if have == width and sheet.index >= 0 else _broken(sheet, texts)
        drafts.append(
            _Draft(
                sheet,
                number,
                row.line,
                said,
                name,
                read_status(status_text),
                status_text,
                have < width,
                broken,
            )
        )
    return drafts


def _is_template(name: str, text: str) -> bool:
    """Whether an id is a placeholder that nobody filled in: `[Task ID]`, `<id>`, `TASK-###`."""
    return len(name) < 80 and not name[-1].isdigit() and bool(_TEMPLATE.fullmatch(cells.plain(text)))


def _broken(sheet: Sheet, texts: Sequence[str]) -> str:
    have, width = len(texts), sheet.table.columns
    if sheet.index < 0:
        return "the line under the header has another number of cells"
    if have < width:
        return f"the row has {have} cells, the header {width}"
    if any(map(str.strip, texts[width:])):
        return f"the row has {have} cells, the header {width}; is a `|` in a text not escaped?"
    return ""


def _value(text: str) -> str:
    """`cells.value`, quicker for the many cells that carry no decoration at all."""
    text = text.strip(cells.BLANK)
    if text and (text[0] in "*_~`[" or "\\" in text or "<" in text):
        return cells.value(text)
    return text


def _place(source: Source, draft: _Draft, role: str) -> tuple[int, int]:
    """Line and column (from 1) where the value of a cell begins; of the row where there is no cell."""
    column = draft.sheet.columns.get(role)
    spans = cells.split_row(source.line(draft.line))
    if column is None or column >= len(spans):
        return draft.line + 1, 1
    start, end = spans[column]
    text = source.line(draft.line)[start:end]
    blank = len(text) - len(text.lstrip(cells.BLANK))
    return draft.line + 1, start + (blank if blank < len(text) else 0) + 1


def _row_key(draft: _Draft) -> RowKey:
    sheet, group = draft.sheet, draft.said.get("group", "")
    section = sheet.place.region.line + 1 if sheet.place.region else 0
    groups = sheet.groups + group_names(group, sheet.group_column) if group else sheet.groups
    return RowKey(draft.id, section, groups, draft.status.cancelled)


def _check_ids(source: Source, drafts: Sequence[_Draft], problems: list[Problem]) -> frozenset[str]:
    """The ids that more than one row has; a problem on each such row, and where ids differ in case alone."""
    rows: dict[str, list[_Draft]] = {}
    for draft in drafts:
        if draft.id:
            rows.setdefault(draft.id, []).append(draft)
    folded: dict[str, list[str]] = {}
    for name in rows:
        folded.setdefault(name.casefold(), []).append(name)
    for name, same in rows.items():
        others = folded[name.casefold()]
        for draft in same:
            if len(same) > 1:
                other = next(d.line for d in same if d is not draft) + 1
                message = (
                    f"the id `{clipped(name)}` stands in {len(same)} rows; another one is in line {other}"
                )
                problems.append(problem("duplicate-id", message, _place(source, draft, "id"), name))
            if len(others) > 1:
                other_id = others[0] if others[0] != name else others[1]
                message = f"the ids `{clipped(name)}` and `{clipped(other_id)}` differ in case alone"
                problems.append(problem("id-case", message, _place(source, draft, "id"), name))
    return frozenset(name for name, same in rows.items() if len(same) > 1)


def _inverse(
    drafts: Sequence[_Draft], requirements: Requirements, source: Source, problems: list[Problem]
) -> dict[int, list[Need]]:
    """The needs that `blocks` cells make: index of the row that waits -> what it waits for."""
    edges: dict[int, list[Need]] = {}
    room = INVERSE_LIMIT
    for index, draft in enumerate(drafts):
        text = draft.said.get("blocks", "") if draft.id else ""
        unmet = []
        for need in requirements.read(text, index) if text else ():
            members = requirements.members(need)
            if not members or len(members) > room:
                unmet.append(need.text)
                continue
            room -= len(members)
            for member in members:
                if member != index:
                    edges.setdefault(member, []).append(
                        Need(NeedKind.TASK, need.text, draft.id, inverse=True)
                    )
        if unmet:
            problems += _unresolved(unmet, draft, requirements, _place(source, draft, "blocks"))
    return edges


def _unresolved(
    texts: Sequence[str], draft: _Draft, requirements: Requirements, place: tuple[int, int]
) -> Iterator[Problem]:
    """A problem for each part of a cell that names nothing; from the fourth on they are counted only."""
    for text in texts[:3]:
        like = requirements.similar(text)
        hint = f"did you mean `{like}`?" if like else ""
        message = f"`{clipped(text)}` names no row of this page"
        yield problem("unresolved-requirement", message, place, draft.id, hint)
    if len(texts) > 3:
        message = f"{len(texts) - 3} more parts of this cell name no row of this page"
        yield problem("unresolved-requirement", message, place, draft.id)


def _with_needs(task: Task, more: Sequence[Need]) -> Task:
    known = {need.id for need in task.needs if need.kind is NeedKind.TASK}
    return replace(task, needs=(*task.needs, *(need for need in more if need.id not in known)))


def _task(
    draft: _Draft, index: int, requirements: Requirements, known: Collection[str], doubles: Collection[str]
) -> Task:
    sheet, said, status = draft.sheet, draft.said.get, draft.status
    title, requires, agent_text = said("title", ""), said("requires", ""), said("agent", "")
    agents = read_agents(agent_text)
    person = agents.person
    if sheet.people and agents.names and not person:
        person = any(name.casefold() not in known for name in agents.names)
    priority = said("priority", "")
    return Task(
        index=index,
        table=sheet.index,
        row=draft.row,
        line=draft.line + 1,
        id=draft.id,
        title=title,
        status=status.status,
        status_text=draft.status_text,
        needs=requirements.read(requires, index) if requires else (),
        requires_text=requires,
        agents=agents.names,
        agent_text=agent_text,
        person=person,
        priority=priority,
        rank=read_rank(priority),
        group=said("group", ""),
        phase=sheet.phase,
        domain=said("domain", ""),
        files=read_files(said("files", "")),
        notes=said("notes", ""),
        details=said("details", ""),
        check=said("check", ""),
        review=said("review", ""),
        link=_link(draft),
        draft=not draft.id or is_blank(title) or is_blank(draft.status_text) or draft.short,
        read_only=bool(draft.broken) or draft.id in doubles,
        cancelled=status.cancelled,
        status_known=status.known,
        roles=sheet.roles,
    )


def _link(draft: _Draft) -> str:
    """The target of a link in the id or the title cell."""
    if not draft.sheet.links:
        return ""
    texts = draft.sheet.table.rows[draft.row].texts
    at = (draft.sheet.columns[role] for role in ("id", "title") if role in draft.sheet.columns)
    return next(
        filter(None, (cells.link_target(texts[i]) for i in at if i < len(texts) and "](" in texts[i])), ""
    )


def _check_row(
    source: Source, draft: _Draft, task: Task, requirements: Requirements, problems: list[Problem]
) -> None:
    if draft.broken and draft.sheet.index >= 0:
        problems.append(problem("ragged-row", draft.broken, (draft.line + 1, 1), task.id))
    if draft.broken:
        return  # what stands in the wrong column says nothing about the cell that should be there
    if not task.status_known:
        message = f"`{clipped(task.status_text)}` is no status"
        problems.append(problem("unknown-status", message, _place(source, draft, "status"), task.id))
    texts = [need.text for need in task.needs if need.kind is NeedKind.UNRESOLVED]
    if texts:
        problems += _unresolved(texts, draft, requirements, _place(source, draft, "requires"))
