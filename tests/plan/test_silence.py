"""`agents_responsive`: by the silence of an agent's output, long before its deadline."""

from __future__ import annotations

import pytest

from mdorch.facts import Facts, RunState
from mdorch.plan.actions import Plan
from mdorch.plan.checkup import Case, Level, Signs, agents_responsive
from tests.plan.boards import NOW, board, run


@pytest.mark.parametrize(
    ("began", "wrote", "silence", "level"),
    [
        (700, None, 600, Level.WARNING),  # seconds ago; never wrote
        (700, 601, 600, Level.WARNING),
        (700, 599, 600, Level.FINE),
        (500, None, 600, Level.FINE),  # it has not run for so long
        (9000, 5, 600, Level.FINE),
        (9000, 5, 4, Level.WARNING),
    ],
)
def test_an_agent_that_writes_nothing_is_stalled(
    began: float, wrote: float | None, silence: float, level: Level
) -> None:
    live = run("A", state=RunState.STARTED, started=NOW - began, ended=None, end=None)
    outputs = {live.id: NOW - wrote} if wrote is not None else {}
    signs = Signs(running=True, outputs=outputs, silence=silence)
    case = Case(board("A | do | dev | None | In Progress"), Facts(runs=(live,)), Plan(), signs, NOW)
    found = agents_responsive(case)
    assert found.level is level
    assert found.evidence[0].startswith("A.1 (dev): silent for ")
    assert found.command == ("mdorch logs A" if level is Level.WARNING else "")
