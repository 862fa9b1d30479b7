"""What may be spent: of a day, of a run, and where a cost is not known."""

from __future__ import annotations

import pytest

from mdorch.board.edits import edit
from mdorch.board.policy import AgentRule, Policy
from mdorch.board.read import read
from mdorch.facts import End, Facts, RunState
from mdorch.plan.actions import Kind, Rule
from mdorch.plan.plan import plan, wishes_of
from tests.plan.boards import HEAD, NOW, policy, run

PAGE = f"## Task Queue\n\n{HEAD}| A | do it | dev | None | {{}} | |\n| B | more | ann | None | Waiting | |\n"
DAWN = NOW + 3600


def rules(**changes: object) -> Policy:
    agents = {"default": AgentRule("default", 9.0, priced=True), "ann": AgentRule("ann", 9.0)}
    return policy(**{"agents": agents, "usd_per_run": 1.0, "usd_per_day": 5.0, **changes})


@pytest.mark.parametrize(
    ("spent", "changes", "held"),
    [
        (4.99, {}, []),
        (5.0, {}, [Rule.BUDGET, Rule.BUDGET]),
        (99.0, {"usd_per_day": 0.0}, []),  # no limit
        (0.0, {"require_cost": True}, [Rule.BUDGET]),  # ann's program does not say
    ],
)
def test_nothing_starts_at_the_limit_of_a_day(
    spent: float, changes: dict[str, object], held: list[Rule]
) -> None:
    found = plan(
        read(PAGE.format("Waiting").encode()).board, Facts(spent=spent, dawn=DAWN), rules(**changes), NOW
    )
    assert [v.rule for v in found.verdicts.values() if v.rule is not Rule.STARTS] == held
    assert found.later == (DAWN if held else None)
    assert found.wake is None, "nobody sits and waits for the next day"


def test_a_cost_that_is_not_known_holds_where_it_must_be() -> None:
    board = read(PAGE.format("Waiting").encode()).board
    unknown = Facts(unpriced=("C.1",), dawn=DAWN)
    found = plan(board, unknown, rules(require_cost=True), NOW)
    assert found.verdicts[0].rule is Rule.BUDGET
    assert "what C.1 cost is not known" in found.verdicts[0].text
    assert [a.kind for a in plan(board, unknown, rules(), NOW).actions] == [Kind.START, Kind.START]


@pytest.mark.parametrize(
    ("usd", "limit", "stop_reason", "stops"),
    [
        (1.01, 1.0, "", True),
        (1.0, 1.0, "", False),
        (None, 1.0, "", False),
        (9.0, 0.0, "", False),
        (9.0, 1.0, "budget", False),
    ],
)
def test_a_run_over_its_own_budget_is_ended(
    usd: float | None, limit: float, stop_reason: str, stops: bool
) -> None:
    live = run(state=RunState.STARTED, end=None, ended=None, cost_usd=usd, stop_reason=stop_reason)
    board = read(PAGE.format("In Progress").encode()).board
    found = plan(board, Facts(runs=(live,)), rules(usd_per_run=limit), NOW)
    stopped = [(a.run, a.outcome) for a in found.actions if a.kind is Kind.STOP]
    assert stopped == ([("A.1", "budget")] if stops else [])


def test_a_run_that_was_ended_for_it_is_blocked() -> None:
    over = run(end=End.STOPPED, stop_reason="budget", exit_code=-2, cost_usd=1.2)
    reading = read(PAGE.format("In Progress").encode())
    found = plan(reading.board, Facts(runs=(over,)), rules(), NOW)
    task = read(edit(reading, wishes_of(found.actions))).board.tasks[0]
    assert (task.status, task.notes) == ("blocked", "over its budget: $1.20 of $1.00")
