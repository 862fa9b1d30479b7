"""Everything that `mdorch lint` says of a page: what holds something, and what could be better."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mdorch.board.defaults import DEFAULTS
from mdorch.board.policies import agents_of
from mdorch.board.problem import Problem, problem
from mdorch.desk.look import Look
from mdorch.desk.status import problems
from mdorch.plan.advice import advice
from mdorch.plan.checkup import Case, Signs
from mdorch.plan.handoffs import artifacts_of

CHECKED = 500  # files of handoffs that are looked for


def lint_problems(look: Look) -> list[Problem]:
    """In page order."""
    case = Case(look.board, look.facts, look.plan, Signs(), look.now)
    agents = agents_of(look.policy.page) | agents_of(DEFAULTS)
    found = [*problems(look), *advice(case, look.policy, agents), *missing_artifacts(look)]
    return sorted(found, key=lambda p: (p.line, p.column, p.code))


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
