"""Where on its line a problem is: the cell, the field, the name that it speaks of.

What decides knows rows and blocks, and so whole lines; the text of the page is asked for only here, for those
who show problems in it. A problem whose place is known already, or cannot be told better, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from mdorch.board.mentions import Places, Spot
from mdorch.board.problem import Problem
from mdorch.frozen import replace

CELLS = {
    "agent-file": "agent",
    "cycle": "requires",
    "group-unmatched": "group",
    "never-ends": "requires",
    "put-back": "status",
    "unknown-agent": "agent",
}
FIELDS = {
    "handoff-no-artifact": "",  # an item of a list: only its text tells the place
    "handoff-two-tasks": "task",
    "handoff-unknown-status": "status",
    "handoff-unknown-task": "task",
}
ONE_OF_SEVERAL = "unresolved-requirement"  # the cell is known, and it names others as well
_NAMED = re.compile(r"`([^`]+)`")


def pinned(problems: Iterable[Problem], places: Callable[[], Places]) -> list[Problem]:
    """The same problems, each where it is. `places` is asked for only where one may be told better."""
    return [_pinned(problem, places) if problem.line else problem for problem in problems]


def _pinned(problem: Problem, places: Callable[[], Places]) -> Problem:
    if problem.code == ONE_OF_SEVERAL:
        spot = places().spot(problem.line - 1, problem.column - 1)
        return _at(problem, places(), spot, _NAMED.findall(problem.message)) if spot else problem
    if problem.column > 1:
        return problem
    if problem.code in CELLS:
        return _in_row(problem, places(), CELLS[problem.code])
    if problem.code in FIELDS:
        return _in_block(problem, places(), FIELDS[problem.code])
    return problem


def _in_row(problem: Problem, places: Places, role: str) -> Problem:
    line = problem.line - 1
    if line >= places.reading.source.line_count:
        return problem
    spot = next((s for s in places.spots(line) if s.kind == "task" and s.role == role), None)
    if spot is None:
        return problem
    names = _NAMED.findall(problem.message)
    if problem.code == "unknown-agent":
        names = [problem.message.split(" ", 1)[0]]
    return _at(problem, places, spot, names)


def _in_block(problem: Problem, places: Places, role: str) -> Problem:
    """In a field, or, without a role, where the text stands that the message names."""
    block = places.block(problem.line - 1)
    if block is None:
        return problem
    lines, names = range(block.body - 1, block.end - 1), _NAMED.findall(problem.message)
    if role:
        spots = [s for n in lines for s in places.spots(n) if (s.kind, s.role) == ("handoff", role)]
        return _at(problem, places, spots[-1], names) if spots else problem
    texts = places.reading.source.lines
    at = next(((n, texts[n].find(name)) for name in names for n in lines if name in texts[n]), None)
    return replace(problem, line=at[0] + 1, column=at[1] + 1) if at else problem


def _at(problem: Problem, places: Places, spot: Spot, names: Iterable[str]) -> Problem:
    """At the first of these names that stands there, else at its beginning."""
    text = places.reading.source.lines[spot.line]
    inside = (text.find(name, spot.start, spot.end) for name in names)
    start = next((at for at in inside if at >= 0), spot.start)
    return replace(problem, line=spot.line + 1, column=start + 1)
