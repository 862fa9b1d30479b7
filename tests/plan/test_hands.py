"""A session in a person's hands: what holds meanwhile, and what counts once it is closed."""

from __future__ import annotations

import pytest

from mdorch.board.policy import PagePolicy
from mdorch.board.read import read
from mdorch.board.wishes import SetCell
from mdorch.facts import ATTACH, End, Facts, Run
from mdorch.plan.actions import Action, Kind, Plan, Rule
from mdorch.plan.plan import plan
from tests.plan.boards import HEAD, NOW, folded, policy, run

BLOCK = "\n## Agent Handoff Signal\n\n**From**: dev\n**To**: {}\n**Task**: A\n**Status**: {}\n{}"
OVER = run(end=End.STOPPED, exit_code=-2, stop_reason=ATTACH)


def page(status: str, more: str = "", check: str = "") -> bytes:
    head = HEAD if not check else HEAD.replace(" Notes |", " Check |")
    rows = f"| A | do it | dev | None | {status} | {check} |\n| B | then | dev | A | Waiting | |\n"
    return f"## Task Queue\n\n{head}{rows}{more}".encode()


def decided(data: bytes, *runs: Run, attached: bool = False, **rules: object) -> Plan:
    board = read(data).board
    facts = Facts(runs=runs, attached=frozenset({"A"}) if attached else frozenset())
    return plan(board, facts, policy(**rules), NOW)


def folds(made: Plan) -> list[Action]:
    return [action for action in made.actions if action.kind is Kind.FOLD]


@pytest.mark.parametrize("status", ["In Progress", "Waiting", "Complete", "Partial", "Failed"])
@pytest.mark.parametrize("before", [OVER, folded("A", 0, "failed"), run(exit_code=1)])
def test_nothing_starts_and_nothing_is_folded_while_it_is_open(status: str, before: Run) -> None:
    made = decided(page(status), before, attached=True)
    started = [a.task for a in made.actions if a.kind is Kind.START]
    assert "A" not in started
    assert not folds(made)
    assert made.verdicts[0].rule is Rule.PERSON_WORKING
    assert made.later, "one that is closed without a word is noticed"
    assert (started == ["B"]) is (status == "Complete" and before.state == "folded")


# what its handoff says, what its row says → what it comes to, and the status that is written
CLOSED = [
    ("", "In Progress", "held", "on_hold"),
    ("", "Waiting", "reopened", None),
    ("", "Complete", "complete", None),
    ("", "Blocked", "blocked", None),
    ("", "On Hold", "held", None),
    ("COMPLETE", "In Progress", "complete", "complete"),
    ("BLOCKED", "In Progress", "blocked", "blocked"),
    ("PARTIAL", "In Progress", "partial", "partial"),
]


@pytest.mark.parametrize(("said", "row", "outcome", "status"), CLOSED)
def test_what_it_comes_to_once_it_is_closed(said: str, row: str, outcome: str, status: str | None) -> None:
    more = BLOCK.format("-", said, "") if said else ""
    (fold,) = folds(decided(page(row, more), OVER))
    cells = [w.value for w in fold.wishes if isinstance(w, SetCell) and (w.task, w.role) == ("A", "status")]
    assert (fold.outcome, [str(cell) for cell in cells]) == (outcome, [status] if status else [])


def test_a_claim_that_nothing_checked_is_for_a_review() -> None:
    block = BLOCK.format("-", "COMPLETE", "")
    rules = {"checks": ("tests",), "page": PagePolicy()}
    assert folds(decided(page("In Progress", block, "tests"), OVER, **rules))[0].outcome == "in_review"
    assert folds(decided(page("In Progress", block), OVER, **rules))[0].outcome == "complete"


def test_who_had_it_is_not_too_late() -> None:
    """Its agent's name is under what a person hands off; a run that was given up could not."""
    late = decided(
        page("On Hold", BLOCK.format("-", "COMPLETE", "")), folded("A", 1, "held", end=End.STOPPED)
    )
    assert "too late" in late.actions[0].reason
    ours = folded("A", 1, "held", end=End.STOPPED, stop_reason=ATTACH)
    taken = decided(page("On Hold", BLOCK.format("-", "COMPLETE", "")), ours)
    assert taken.actions[0].outcome == "complete"


@pytest.mark.parametrize("state", ["ended", "folded"])
def test_what_is_being_closed_is_left_alone(state: str) -> None:
    """Neither folded by what is seen in its tree now, nor closed a second time; what needs it waits."""
    kind = {
        "ended": run(branch="b", exit_code=1),
        "folded": folded("A", 1, "in_review", branch="b", landed="kept"),
    }
    board = read(page("In Progress" if state == "ended" else "Complete")).board
    free, busy = (
        plan(board, Facts(runs=(kind[state],), landing=landing), policy(merge="merge", backoff=9.0), NOW)
        for landing in (frozenset[str](), frozenset({"A.1"}))
    )
    kinds = [a.kind for a in free.actions if a.task == "A"]
    assert kinds[0] is (Kind.FOLD if state == "ended" else Kind.LAND)
    assert [a for a in busy.actions if a.task == "A"] == []
