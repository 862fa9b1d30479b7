"""Agents whose own file cannot be understood: each is a Problem, and nothing is started with it."""

from __future__ import annotations

from mdorch.board.problem import problem
from mdorch.plan.advance import STARTABLE
from mdorch.plan.draft import Draft


def note_broken(draft: Draft) -> None:
    """A problem for each such file, on the first open row that it is for."""
    broken = dict(draft.policy.broken)
    for task in draft.board.tasks:
        if not broken:
            return
        for name in task.agents if draft.statuses[task.index] in STARTABLE else ():
            if why := broken.pop(name, ""):
                draft.problems.append(problem("agent-file", why, (task.line, 1), task.id))
