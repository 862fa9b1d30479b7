"""Parallel conflict: files that runs changed outside their scope, or that two of them may have changed.

Scopes are what rows promise; this is what was seen. Where runs share one folder nobody can see which of them
wrote a file, so the scopes say whose it may be: of one alone, and all is well; of none or of several, and
each of those that were at work is named. A run whose row names no files promised nothing: what is in nobody
else's files may be its own. What two runs that worked at the same time both say they changed is told, too.
Nothing is stopped: the work is done, and somebody should look at it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from mdorch.board.board import Board
from mdorch.board.problem import Problem, problem
from mdorch.board.task import Task
from mdorch.facts import Run, Touch
from mdorch.plan.draft import Draft
from mdorch.plan.globs import meet
from mdorch.plan.handoffs import paths
from mdorch.plan.scopes import scope_of

SHOWN = 50  # files that are told
_CHANGED = re.compile(
    r"\W*(?:added|changed|created|edited|fixed|modified|new|updated|wrote)\b", re.IGNORECASE
)


def note_conflicts(draft: Draft) -> None:
    """A problem for each file, on the first row that is concerned."""
    draft.problems += conflicts(draft.board, draft.facts.runs, draft.facts.touched[-SHOWN:])
    draft.problems += list(_said(draft.board, draft.facts.runs))[:SHOWN]


def conflicts(board: Board, runs: Iterable[Run], touched: Sequence[Touch]) -> list[Problem]:
    """What is wrong with these changes; a run that nobody knows any more is left out."""
    tasks = {run.id: run.task for run in runs} if touched else {}
    rows = {task.id: task for task in reversed(board.tasks)} if touched else {}
    found: list[Problem] = []
    for touch in touched:
        names = dict.fromkeys(tasks[run] for run in touch.runs if run in tasks)
        known = [rows[name] for name in names if name in rows]
        found += _judged(touch.path, known) if known else []
    return found


def _judged(path: str, rows: list[Task]) -> Iterator[Problem]:
    named = [row for row in rows if _covers(row, path)]
    if len(named) == 1 or (not named and any(scope_of(row) is None for row in rows)):
        return
    concerned = named or rows
    first, place = concerned[0], (concerned[0].line, 1)
    if len(concerned) == 1:
        message = f"`{path}` changed while {first.id} was at work, and its files do not name it"
        yield problem("outside-scope", message, place, first.id)
    else:
        why = "all of their files name it" if named else "none of their files names it"
        names = _either(row.id for row in concerned)
        message = f"`{path}` was changed by {names}, at work at the same time: {why}"
        yield problem("parallel-conflict", message, place, first.id)


def _said(board: Board, runs: Sequence[Run]) -> Iterator[Problem]:
    """Files that the handoffs of two runs, at work at the same time, both name as changed."""
    by = {block.mark.run: block for block in board.handoffs if block.mark and not block.mark.refused}
    known = [(run, _changed(by[run.id].deliverables)) for run in runs if run.id in by] if by else []
    rows = {task.id: task for task in board.tasks} if len(known) > 1 else {}
    for (one, its), (other, others) in combinations([k for k in known if k[1]], 2):
        if one.task == other.task or one.task not in rows or not _together(one, other):
            continue
        for path in sorted(its & others):
            message = f"`{path}` was changed by {one.task} and {other.task}, as both say; they were at work"
            place = (rows[one.task].line, 1)
            yield problem("parallel-conflict", f"{message} at the same time", place, one.task)


def _changed(deliverables: Iterable[str]) -> frozenset[str]:
    return frozenset(paths(line for line in deliverables if _CHANGED.match(line)))


def _together(one: Run, other: Run) -> bool:
    if None in (one.started, one.ended, other.started, other.ended):
        return False
    return (one.started or 0.0) < (other.ended or 0.0) and (other.started or 0.0) < (one.ended or 0.0)


def _either(names: Iterable[str]) -> str:
    return " or ".join(names)


def _covers(row: Task, path: str) -> bool:
    """Whether the row's files name the path, itself or by a folder above it."""
    scope = scope_of(row)
    file = tuple(filter(None, path.split("/")))
    if scope is None or not file:
        return False
    return any(meet(glob, file) for globs in scope.globs for glob in globs)
