"""Rows of the task tables, read into `Task`s.

Two passes, because a prerequisite may name a row further down: first every row's id, status and
group, then the tasks themselves with their needs resolved. What a row does not say soundly is never
guessed: it is a draft (half typed) or read-only (broken, or one of two rows with one id), and
neither is ever launched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from mdorch.board.agents import read_agents
from mdorch.board.drafts import Draft, drafts_of, place_of
from mdorch.board.groups import group_names
from mdorch.board.memory import Known, Memory, Said, moved, moved_problems
from mdorch.board.problem import Problem, problem
from mdorch.board.requires import Requirements
from mdorch.board.rownames import RowKey
from mdorch.board.sections import Sections
from mdorch.board.sheets import Sheet, find_sheets
from mdorch.board.task import Need, NeedKind, Task
from mdorch.board.values import read_files, read_rank
from mdorch.board.words import clipped, is_blank
from mdorch.frozen import replace
from mdorch.page import cells
from mdorch.page.outline import Outline
from mdorch.page.source import Source

_place = attrgetter("table", "line")
INVERSE_LIMIT = 100_000  # edges that `blocks` cells may make on one page


@dataclass(slots=True)
class Found:
    """What `read_tasks` hands back besides tasks."""

    tasks: list[Task] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    pools: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    memory: Memory | None = None


def read_tasks(outline: Outline, sections: Sections, known: Known, before: Memory | None = None) -> Found:
    """Every row of every task table in a Task Queue, in page order. `before`: what an earlier one left."""
    found = Found()
    found.sheets = find_sheets(outline, sections, found.problems)
    memory = found.memory = Memory(known)
    drafts = [draft for sheet in found.sheets for draft in drafts_of(sheet, memory, before)]
    if not (before and _read_again(outline.source, drafts, before, found)):
        _read_all(outline.source, drafts, before, found)
    return found


def _read_all(source: Source, drafts: Sequence[Draft], before: Memory | None, found: Found) -> None:
    memory = found.memory
    assert memory is not None
    own = len(found.problems)
    doubles = _check_ids(source, drafts, found.problems)
    requirements = Requirements([_row_key(draft) for draft in drafts], memory.known.archived)
    inverse = _inverse(drafts, requirements, source, found.problems)
    comparable = before is not None and before.shape == memory.shape and before.known == memory.known
    old = before.tasks if before and comparable else []
    alone = len(found.problems) == own and not any("blocks" in sheet.columns for sheet in found.sheets)
    for index, draft in enumerate(drafts):
        needs = _needs(draft, index, requirements)
        if before and old and _still(draft, old[index], before.said[index], needs, doubles):
            task = old[index]
        else:
            task = _task(draft, index, needs, memory.known.agents, doubles)
        if index in inverse:
            task = _with_needs(task, inverse[index])
        found.tasks.append(task)
        memory.keep_problems(index, _check_row(source, draft, task, requirements))
    found.problems += [problem for some in memory.problems.values() for problem in some]
    found.pools = requirements.pools
    memory.tasks = found.tasks
    memory.requirements = requirements if alone and requirements.is_plain else None


def _read_again(source: Source, drafts: Sequence[Draft], before: Memory, found: Found) -> bool:
    """As `_read_all`, with the tasks of the reading before; False where they might mean something else."""
    memory, requirements = found.memory, before.requirements
    assert memory is not None
    same = before.shape == memory.shape and before.known == memory.known
    if requirements is None or not same or not all(map(_is_called_alike, memory.said, before.said)):
        return False
    tasks = list(before.tasks)
    pairs = enumerate(zip(memory.said, before.said, strict=True))
    for index in [index for index, (new, old) in pairs if new is not old]:
        draft = drafts[index]
        needs = _needs(draft, index, requirements)
        tasks[index] = fresh = _task(draft, index, needs, memory.known.agents, frozenset())
        memory.keep_problems(index, _check_row(source, draft, fresh, requirements))
    if not requirements.is_plain:
        return False
    for index, found_before in before.problems.items():
        if tasks[index] is before.tasks[index]:
            down = drafts[index].line + 1 - tasks[index].line
            memory.keep_problems(index, moved_problems(found_before, down))
    at = [(draft.sheet.index, draft.line + 1) for draft in drafts]
    now = enumerate(zip(map(_place, tasks), at, strict=True))
    elsewhere = [index for index, (there, here) in now if there != here]
    places = [at[index][0] for index in elsewhere], [at[index][1] for index in elsewhere]
    for index, task in zip(elsewhere, moved([tasks[i] for i in elsewhere], *places), strict=True):
        tasks[index] = task
    found.problems += [problem for some in memory.problems.values() for problem in some]
    found.tasks = memory.tasks = tasks
    memory.requirements = requirements
    return True


def _is_called_alike(one: Said, other: Said) -> bool:
    """Whether others may call both by the same names."""
    return one is other or (one.id == other.id and one.cells.get("group") == other.cells.get("group"))


def _row_key(draft: Draft) -> RowKey:
    sheet, group = draft.sheet, draft.said.get("group", "")
    section = sheet.place.region.line + 1 if sheet.place.region else 0
    groups = sheet.groups + group_names(group, sheet.group_column) if group else sheet.groups
    return RowKey(draft.id, section, groups, draft.core.status.cancelled)


def _check_ids(source: Source, drafts: Sequence[Draft], problems: list[Problem]) -> frozenset[str]:
    """The ids that more than one row has; a problem on each such row, and where ids differ in case alone."""
    rows: dict[str, list[Draft]] = {}
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
                problems.append(problem("duplicate-id", message, place_of(source, draft, "id"), name))
            if len(others) > 1:
                other_id = others[0] if others[0] != name else others[1]
                message = f"the ids `{clipped(name)}` and `{clipped(other_id)}` differ in case alone"
                problems.append(problem("id-case", message, place_of(source, draft, "id"), name))
    return frozenset(name for name, same in rows.items() if len(same) > 1)


def _inverse(
    drafts: Sequence[Draft], requirements: Requirements, source: Source, problems: list[Problem]
) -> dict[int, list[Need]]:
    """The needs that `blocks` cells make: index of the row that waits -> what it waits for."""
    edges: dict[int, list[Need]] = {}
    room = INVERSE_LIMIT
    for index, draft in enumerate(drafts):
        text = draft.said.get("blocks", "") if draft.id else ""
        unmet = []
        for need in requirements.read(text, index) if text else ():
            members = requirements.members(need)
            if need.archived:
                continue
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
            problems += _unresolved(unmet, draft, requirements, place_of(source, draft, "blocks"))
    return edges


def _unresolved(
    texts: Sequence[str], draft: Draft, requirements: Requirements, place: tuple[int, int]
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


def _needs(draft: Draft, index: int, requirements: Requirements) -> tuple[Need, ...]:
    requires = draft.said.get("requires", "")
    return requirements.read(requires, index) if requires else ()


def _still(draft: Draft, old: Task, said: Said, needs: tuple[Need, ...], doubles: Collection[str]) -> bool:
    """Whether a row is the task that it was in the reading before, of the same tables."""
    same = draft.core is said and old.line == draft.line + 1 and old.table == draft.sheet.index
    return same and old.needs == needs and old.read_only == (bool(said.broken) or draft.id in doubles)


def _task(
    draft: Draft, index: int, needs: tuple[Need, ...], known: Collection[str], doubles: Collection[str]
) -> Task:
    sheet, said, status = draft.sheet, draft.said.get, draft.core.status
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
        status_text=draft.core.status_text,
        needs=needs,
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
        draft=not draft.id or is_blank(title) or is_blank(draft.core.status_text) or draft.core.short,
        read_only=bool(draft.core.broken) or draft.id in doubles,
        cancelled=status.cancelled,
        status_known=status.known,
        roles=sheet.roles,
    )


def _link(draft: Draft) -> str:
    """The target of a link in the id or the title cell."""
    if not draft.sheet.links:
        return ""
    texts = draft.sheet.table.rows[draft.row].texts
    at = (draft.sheet.columns[role] for role in ("id", "title") if role in draft.sheet.columns)
    return next(
        filter(None, (cells.link_target(texts[i]) for i in at if i < len(texts) and "](" in texts[i])), ""
    )


def _check_row(source: Source, draft: Draft, task: Task, requirements: Requirements) -> list[Problem]:
    problems: list[Problem] = []
    if draft.core.broken and draft.sheet.index >= 0:
        problems.append(problem("ragged-row", draft.core.broken, (draft.line + 1, 1), task.id))
    if draft.core.broken:
        return problems  # what is in the wrong column says nothing about the cell that should be there
    if not task.status_known:
        message = f"`{clipped(task.status_text)}` is no status"
        problems.append(problem("unknown-status", message, place_of(source, draft, "status"), task.id))
    texts = [need.text for need in task.needs if need.kind is NeedKind.UNRESOLVED]
    if texts:
        problems += _unresolved(texts, draft, requirements, place_of(source, draft, "requires"))
    return problems
