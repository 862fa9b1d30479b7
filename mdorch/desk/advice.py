"""Everything that `mdorch lint` says of a page: what holds something, and what could be better."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from mdorch.board.defaults import DEFAULTS
from mdorch.board.mentions import Places
from mdorch.board.policies import agents_of
from mdorch.board.problem import Problem, problem
from mdorch.board.read import read
from mdorch.desk.look import Look
from mdorch.desk.pins import pinned
from mdorch.desk.status import problems
from mdorch.plan.advice import advice
from mdorch.plan.checkup import Case, Signs
from mdorch.plan.handoffs import artifacts_of

CHECKED = 500  # files of handoffs that are looked for


def lint_problems(look: Look, places: Callable[[], Places] | None = None) -> list[Problem]:
    """In page order. `places`: of a reading of this very text, where there is one already."""
    case = Case(look.board, look.facts, look.plan, Signs(), look.now)
    agents = agents_of(look.policy.page) | agents_of(DEFAULTS)
    found = [*problems(look), *advice(case, look.policy, agents), *missing_artifacts(look)]
    found = pinned(found, places or cache(lambda: _places(look)))
    return sorted(found, key=lambda p: (p.line, p.column, p.code))


def _places(look: Look) -> Places:
    return Places(read(look.data, look.site.companions(), look.site.known_agents()))


def missing_artifacts(look: Look) -> Iterator[Problem]:
    """Files that blocks say they left, and that are not there: relative to the repository, or to the page."""
    places = (look.site.root, look.site.page.parent)
    named = ((block, path) for block in look.board.handoffs for path in artifacts_of(block))
    for number, (block, path) in enumerate(named):
        if number == CHECKED:
            return
        if not any(_there(place / path) for place in places):
            message = f"this handoff names `{path}` as an artifact, and there is no such file"
            yield problem("handoff-no-artifact", message, (block.line, 1), block.task)


def _there(path: Path) -> bool:
    """A path that cannot be looked at may be there: only what is surely missing is told."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return True
