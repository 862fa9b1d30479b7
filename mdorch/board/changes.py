"""What rows differ between the page and what was remembered of it.

A row is the same row while its id is the same. When an id is gone and a new one stands in a row that
says the same otherwise, the row was renamed: its history follows. A row whose id stands twice, or that
is only half typed, says nothing certain, so a duplicate changes nothing about what is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from operator import attrgetter
from types import MappingProxyType

from mdorch.board.board import Board
from mdorch.board.task import Task
from mdorch.facts import Seen
from mdorch.frozen import Frozen, field

# Role -> the attribute of a task that holds what the cell says.
_TOLD = {
    "title": "title",
    "status": "status_text",
    "requires": "requires_text",
    "agent": "agent_text",
    "priority": "priority",
    "group": "group",
    "domain": "domain",
    "notes": "notes",
    "details": "details",
    "check": "check",
    "review": "review",
}

NONE: Mapping[str, Task] = MappingProxyType({})
_content_of = attrgetter(*_TOLD.values(), "files", "phase", "roles")


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    CHANGED = "changed"


class Change(Frozen):
    """One row that differs. `cells` maps roles to (old, new); `old_id` is set for a renamed row alone."""

    kind: ChangeKind
    task: str
    old_id: str = ""
    cells: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def remember(task: Task) -> dict[str, str]:
    """What is kept of a row, for `facts.Seen.cells`: the values of the columns that its table has."""
    told = {role: getattr(task, name) for role, name in _TOLD.items() if role in task.roles}
    if "files" in task.roles:
        told["files"] = ", ".join(task.files)
    if task.phase:
        told["phase"] = task.phase
    return told


def changes(
    seen: Mapping[str, Seen], board: Board, alike: Mapping[str, Task] = MappingProxyType({})
) -> list[Change]:
    """The rows of `board` that differ from `seen` (by id), in page order; those that are gone come last.

    `alike` are rows, by id, that are known to read as `seen` has them.
    """
    rows, doubled = rows_of(board)
    gone = [name for name in seen if name not in rows]
    leavers: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for name in gone:
        leavers.setdefault(_content(seen[name].cells), []).append(name)
    found: list[Change] = []
    renamed: set[str] = set()
    for name in [name for name, task in rows.items() if name not in seen or alike.get(name) is not task]:
        before, task = seen.get(name), rows[name]
        if name in doubled or (before is not None and _reads_as(alike.get(name), task)):
            continue
        cells = remember(task)
        if before is None:
            old = leavers.get(_content(cells), [])
            if old:
                renamed.add(old[0])
                found.append(Change(ChangeKind.RENAMED, name, old.pop(0)))
            else:
                found.append(Change(ChangeKind.ADDED, name))
        elif before.cells != cells:
            found.append(Change(ChangeKind.CHANGED, name, cells=_difference(before.cells, cells)))
    found += (Change(ChangeKind.REMOVED, name) for name in gone if name not in renamed)
    return found


def rows_of(board: Board) -> tuple[dict[str, Task], set[str]]:
    """The first row of each id, and the ids that stand twice."""
    rows = {task.id: task for task in board.tasks if task.id}
    if len(rows) == len(board.tasks):  # nearly always
        return rows, set()
    rows.clear()
    doubled: set[str] = set()
    for task in board.tasks:
        if task.id in rows:
            doubled.add(task.id)
        elif task.id:
            rows[task.id] = task
    return rows, doubled


def _reads_as(known: Task | None, task: Task) -> bool:
    return known is not None and _content_of(known) == _content_of(task)


def _content(cells: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(cells.items()))


def _difference(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    roles = dict.fromkeys((*old, *new))
    return {
        role: (old.get(role, ""), new.get(role, ""))
        for role in roles
        if old.get(role, "") != new.get(role, "")
    }
