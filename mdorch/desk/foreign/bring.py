"""Foreign tasks onto the page: appended to the queue through the desk's one door.

Nothing that is brought starts by surprise: what is not complete is On Hold, unless it is asked for that it
comes as it was; and then a task that requires what nobody knows is On Hold all the same.

Twice is once. What was brought is remembered in the journal, by its place and key; without a journal a row
with the same id and title, or the same title where a list has no ids, is the one that was brought.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from mdorch.board.board import Board
from mdorch.board.newrows import next_id
from mdorch.board.status import Status
from mdorch.board.wishes import AppendTask
from mdorch.desk.commands import opened, spelled
from mdorch.desk.foreign.found import Foreign, Found
from mdorch.desk.look import peeked
from mdorch.desk.propose import propose
from mdorch.desk.site import Site
from mdorch.page.cells import norm
from mdorch.world.journal import Journal

IMPORTED = "imported"  # in the journal: place and key of what was brought → its id on the page
FEW = 5  # ids that one line names
_COLUMNS = ("agent", "priority", "requires", "notes", "group")


@dataclass
class Brought:
    """What was, or would be, brought: `rows` are wishes, `there` ids of what is on the page already, `left`
    lines about what was not carried over."""

    rows: list[AppendTask] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


class _Bringer:
    """Onto one version of the page. `origins` says what was brought before."""

    def __init__(self, board: Board, found: Found, origins: Mapping[str, str], root: Path) -> None:
        self.board = board
        self.found = found
        self.origins = dict(origins)
        self.root = f"{root}/"
        self.titles: dict[str, list[str]] = {}
        for task in board.tasks:
            self.titles.setdefault(task.title, []).append(task.id)
        self.by_id = {task.id.lower(): task.title for task in board.tasks if task.id}
        self.archived = {name.lower() for name in board.archived}
        there = {task.id for task in board.tasks if task.id} | board.archived
        self.there = {name.lower(): name for name in there}
        self.used = set(self.there)
        self._numbered: Iterator[str] = iter(())
        self.names: dict[str, str] = {}  # key → id on the page
        self.said = Brought()
        self._lost: dict[str, list[str]] = {}

    def bring(self, open_: bool) -> Brought:
        fresh = [task for task in self.found.tasks if not self._is_there(task)]
        self._numbered = self._numbers({task.id for task in fresh if task.id})
        for task in sorted(fresh, key=lambda task: not task.id):  # (ids that are kept come first)
            self.names[task.key] = self._name(task)
            self.origins[self._origin(task)] = self.names[task.key]
        for task in fresh:
            self.said.rows.append(self._row(task, open_))
        lines = [f"{what}: {_some(names)}" for what, names in self._lost.items()]
        self.said.left = [*lines, *(self.found.notes if fresh else ())]
        return self.said

    def _origin(self, task: Foreign) -> str:
        return f"{self.found.form} {self.found.source.removeprefix(self.root)} {task.key}"

    def _is_there(self, task: Foreign) -> bool:
        name = self.origins.get(self._origin(task), "")
        if name.lower() not in self.by_id and name.lower() not in self.archived:
            name = self._same(task)
        if name:
            self.names[task.key] = name
            self.said.there.append(name)
            if name in (same := self.titles.get(norm(task.title), [])):
                same.remove(name)  # (another one with this title is another task)
        return bool(name)

    def _same(self, task: Foreign) -> str:
        """The row that is this task, by what it says; "" where there is none."""
        title = norm(task.title)
        if not task.id:
            return next(iter(self.titles.get(title, [])), "")
        for name in _variants(task.id):
            if name.lower() in self.archived or self.by_id.get(name.lower()) == title:
                return name
            if name.lower() not in self.by_id:
                return ""
        return ""

    def _name(self, task: Foreign) -> str:
        names = _variants(task.id) if task.id else self._numbered
        name = next(name for name in names if name.lower() not in self.used)
        if task.id and name != task.id:
            self._lose("ids that were taken", f"{task.id} is {name} here")
        self.used.add(name.lower())
        return name

    def _numbers(self, coming: set[str]) -> Iterator[str]:
        """Ids in the style of the page, one after the other."""
        table = self.board.tasks[-1].table if self.board.tasks else -1
        first = next_id(table, self.board.tasks, {*self.there.values(), *coming})
        stem = first.rstrip("0123456789")
        width = len(first) - len(stem)
        return (f"{stem}{number:0{width}d}" for number in count(int(first[len(stem) :])))

    def _row(self, task: Foreign, open_: bool) -> AppendTask:
        name = self.names[task.key]
        known = {key: self.names.get(key) or self.there.get(key.lower(), "") for key in task.requires}
        missing = [key for key, there in known.items() if not there]
        if missing:
            self._lose("prerequisites that nobody knows", f"{name} ({', '.join(missing)})")
        for what in task.lost:
            self._lose(what, name)
        notes = [f"see {task.see.removeprefix(self.root)}" if task.see else ""]
        notes += [f"required {', '.join(missing)}, which was not there"] if missing else []
        return AppendTask(
            title=task.title,
            id=name,
            status=self._status(task, name, open_ and not missing),
            agent=task.agent,
            requires=", ".join(dict.fromkeys(filter(None, known.values()))),
            priority=task.priority,
            notes="; ".join(filter(None, notes)),
            group=task.group,
            optional=True,
        )

    def _status(self, task: Foreign, name: str, open_: bool) -> Status:
        if task.status is Status.COMPLETE or task.status is Status.ON_HOLD:
            return task.status
        if not open_:
            if task.status is not Status.WAITING:
                self._lose(f"the status {spelled(task.status)} (On Hold here)", name)
            return Status.ON_HOLD
        return opened(self.board, task.status)

    def _lose(self, what: str, name: str) -> None:
        self._lost.setdefault(what, []).append(name)


def preview(board: Board, site: Site, found: Found, open_: bool) -> Brought:
    """What `bring` would do. Changes nothing."""
    with peeked(site) as journal:
        origins = _origins(journal)
    return _Bringer(board, found, origins, site.root).bring(open_)


def bring(site: Site, found: Found, open_: bool, now: float) -> Brought:
    """Append what is not there yet. Raises Trouble, as `propose` does."""
    with peeked(site) as journal:
        origins = _origins(journal)
    last: list[_Bringer] = []

    def make(board: Board) -> Sequence[AppendTask]:
        last[:] = [_Bringer(board, found, origins, site.root)]
        return last[0].bring(open_).rows

    board = propose(site, make, now, "import")
    with closing(Journal.open(site.dot, check=False)) as journal:
        journal.set(IMPORTED, json.dumps(last[0].origins))
    said = last[0].said
    said.left += _no_columns(board, said.rows)
    return said


def _no_columns(board: Board, rows: Iterable[AppendTask]) -> list[str]:
    """What the table has no column for."""
    there = {task.id: set(task.roles) for task in board.tasks}
    missing: dict[str, list[str]] = {}
    for row in rows:
        for role in _COLUMNS:
            if getattr(row, role) and role not in there.get(row.id, {role}):
                missing.setdefault(role, []).append(row.id)
    return [f"{role} (the table has no column for it): {_some(names)}" for role, names in missing.items()]


def _origins(journal: Journal | None) -> dict[str, str]:
    try:
        known: Any = json.loads(journal.get(IMPORTED, "{}")) if journal is not None else {}
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}


def _variants(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}-{number}" for number in count(2))


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more
