"""Parallel conflict: files that runs changed outside their scope, or that two of them may have changed.

Scopes are what rows promise; this is what was seen. Where runs share one folder nobody can see which of them
wrote a file, so the scopes say whose it may be: of one alone, and all is well; of none or of several, and
each of those at work is named. Nothing is stopped: the work is done, and somebody should look at it.
"""

from __future__ import annotations

from mdorch.board.problem import problem
from mdorch.board.task import Task
from mdorch.facts import RunState, Touch
from mdorch.plan.draft import Draft
from mdorch.plan.globs import meet
from mdorch.plan.scopes import scope_of

SHOWN = 50  # files that are told


def note_conflicts(draft: Draft) -> None:
    """A problem for each file, on the first row that is concerned."""
    live = {run.id: run.task for run in draft.facts.runs if run.state is RunState.STARTED}
    for touch in draft.facts.touched[:SHOWN]:
        rows = [row for name in touch.runs if name in live for row in draft.rows(live[name])[:1]]
        if rows:
            _note(draft, touch, rows)


def _note(draft: Draft, touch: Touch, rows: list[Task]) -> None:
    named = [row for row in rows if _covers(row, touch.path)]
    silent = [row for row in rows if scope_of(row) is None]
    suspects = named + silent
    if len(rows) == 1 and not suspects:
        row = rows[0]
        message = f"{row.id} changed `{touch.path}`, which its files do not name"
        draft.problems.append(problem("outside-scope", message, (row.line, 1), row.id))
    elif len(rows) > 1 and len(named) != 1 and len(suspects) != 1:
        concerned = suspects or rows
        names = " or ".join(row.id for row in concerned)
        message = f"`{touch.path}` was changed by {names}: they are at work at the same time"
        draft.problems.append(problem("parallel-conflict", message, (concerned[0].line, 1), concerned[0].id))


def _covers(row: Task, path: str) -> bool:
    """Whether the row's files name the path, itself or by a folder above it."""
    scope = scope_of(row)
    file = tuple(filter(None, path.split("/")))
    if scope is None or not file:
        return False
    return any(meet(glob, file) for globs in scope.globs for glob in globs)
