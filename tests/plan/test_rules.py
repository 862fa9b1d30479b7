"""The one rule that holds a row: a table of cases, from what only a person changes to what takes time."""

from __future__ import annotations

import pytest

from mdorch.board.policy import AgentRule, Policy
from mdorch.facts import Cause, Dispute, End, Facts, Run, RunState
from mdorch.plan.actions import Kind, Rule
from mdorch.plan.plan import plan
from tests.plan.boards import NOW, board, folded, planned, policy, run, seen, verdict

ONE = "A | do it | dev | None | Waiting"


@pytest.mark.parametrize(
    ("row", "rule", "words"),
    [
        (ONE, Rule.STARTS, "needs nothing; assigned to dev"),
        ("A | do it | dev | None | Ready", Rule.STARTS, ""),
        ("A | do it | dev | None | Partial", Rule.STARTS, ""),
        ("A | do it | dev | None | Complete", Rule.COMPLETE, ""),
        ("A | do it | dev | None | In Review", Rule.IN_REVIEW, "mdorch approve A"),
        ("A | do it | dev | None | In Review | seen", Rule.IN_REVIEW, "waits for a review: seen; mdorch"),
        ("A | do it | dev | None | Blocked | no key", Rule.BLOCKED, "no key"),
        ("A | do it | dev | None | Failed | exit 1", Rule.FAILED, "exit 1"),
        ("A | do it | dev | None | Parked", Rule.ON_HOLD, "is on hold (Parked)"),
        ("A | do it | dev | None | Cancelled", Rule.ON_HOLD, "cancelled"),
        ("A | do it | dev | None | In Progress", Rule.PERSON_WORKING, "somebody"),
        ("A | do it | dev | None | Wat", Rule.UNKNOWN_STATUS, "Wat"),
        ("A |  | dev | None | Waiting", Rule.DRAFT, "draft: it does not say what is to be done"),
        ("A | do it | dev | None |", Rule.DRAFT, "draft: it has no status"),
        ("A | [Title] | dev | None | Waiting", Rule.DRAFT, "draft: cells are missing"),
        ("A | do it | human | None | Waiting", Rule.PERSON, "human"),
        ("A | do it | @ann | None | Waiting", Rule.PERSON, "@ann"),
        ("A | do it | dev | Z | Waiting", Rule.NEEDS, "names no task"),
        ("A | do it | dev | A | Waiting", Rule.CYCLE, "is part of a cycle of prerequisites: A → A"),
        ("A | hum a song |  | None | Waiting", Rule.NO_AGENT, "mdorch assign A"),
        ("A | Audit the tests |  | None | Waiting", Rule.STARTS, "audit_*"),
    ],
)
def test_rows(row: str, rule: Rule, words: str) -> None:
    found = verdict(row)
    assert found.rule is rule
    assert words in found.text


def test_a_question_is_to_be_answered_and_not_tried_again() -> None:
    block = "\n## Agent Handoff Signal\n\n**From**: dev\n**Task**: {}\n**Status**: BLOCKED\n\n"
    asks = block.format("A") + "### Questions\n- Left?\n"
    texts = {
        asks: "waits for an answer: Left? (mdorch answer A TEXT)",
        asks + asks.replace("Left", "Right"): "waits for an answer: Right? (mdorch answer A TEXT)",
        asks + "\n**Answer**: yes\n": "is blocked: Left?; once that is solved: mdorch retry A",
        block.format("A"): "is blocked: Left?; once that is solved: mdorch retry A",
    }
    for text, reason in texts.items():
        page = board("A | do it | dev | None | Blocked | Left?", after=text)
        found = plan(page, Facts(), policy(), NOW).verdicts[0]
        assert (found.rule, found.text) == (Rule.BLOCKED, reason)


def test_a_row_that_cannot_be_written_says_which_of_the_two_it_is() -> None:
    rows = "A | one | dev | None | Waiting\nA | two | dev | None | Waiting"
    assert verdict(rows).text.startswith("is the id of 2 rows: ")
    assert verdict("A | one | dev | None | Waiting | x | y").text.startswith("has a broken row: ")


@pytest.mark.parametrize(
    ("facts", "rules", "rule"),
    [
        (Facts(hold="most rows are gone"), policy(), Rule.HELD),
        (Facts(paused="lunch"), policy(), Rule.PAUSED),
        (Facts(only=frozenset({"B"})), policy(), Rule.NOT_ASKED),
        (Facts(only=frozenset({"A"})), policy(), Rule.STARTS),
        (Facts(seen=seen("A", ago=4.0)), policy(settle=5.0), Rule.SETTLING),
        (Facts(seen=seen("A", ago=6.0)), policy(settle=5.0), Rule.STARTS),
        (Facts(seen=seen("A", ago=1.0, cause=Cause.COMMAND)), policy(settle=5.0), Rule.STARTS),
        (Facts(seen=seen("A", ago=1.0, cause=Cause.MDORCH)), policy(settle=5.0), Rule.STARTS),
        (Facts(launches=(NOW - 10, NOW - 5)), policy(launches_per_hour=2), Rule.HOUR_CAP),
        (Facts(launches=(NOW - 3601, NOW - 5)), policy(launches_per_hour=2), Rule.STARTS),
        (Facts(), policy(max_parallel=0), Rule.SLOTS),
        (Facts(), policy(agents={}), Rule.NO_AGENT),
        (Facts(), policy(agents={"other": AgentRule("other", 9.0)}), Rule.NO_AGENT),
        (Facts(runs=(folded("A", 1, "failed", ended=NOW - 0.2),)), policy(), Rule.BACKOFF),
        (Facts(runs=(folded("A", 1, "failed"),)), policy(), Rule.STARTS),
        (Facts(runs=(folded("A", 1, "failed"), folded("A", 2, "failed"))), policy(attempts=2), Rule.FAILED),
        (Facts(runs=(folded("A", 1, "partial"),)), policy(launches_per_task=1), Rule.FAILED),
        (
            Facts(runs=(folded("A", 1, "failed"), folded("A", 2, "failed")), seen=seen("A", 90.0, round=1)),
            policy(attempts=2),
            Rule.STARTS,  # a new round counts from zero
        ),
        (
            Facts(runs=(run("A", 1, state=RunState.STARTED, end=None, ended=None),)),
            policy(),
            Rule.RUNNING,
        ),
    ],
)
def test_facts(facts: Facts, rules: Policy, rule: Rule) -> None:
    assert verdict(ONE, rules, facts).rule is rule


def test_a_run_of_another_task_fills_its_slot_and_its_group() -> None:
    rows = "T-1 | Review one | dev | None | In Progress\nT-2 | Review two | dev | None | Waiting"
    facts = Facts(runs=(run("T-1", state=RunState.STARTED, end=None, ended=None),))
    found = verdict(rows, facts=facts, of=1)
    assert found.rule is Rule.GROUP_LIMIT
    assert "T-1" in found.text


def test_the_longest_chain_starts_first_then_priority_then_place() -> None:
    rows = "A | x | dev | None | Waiting\nB | x | dev | None | Waiting\nC | x | dev | B | Waiting"
    starts = [a.task for a in planned(rows, policy(max_parallel=5)).actions if a.kind is Kind.START]
    assert starts == ["B", "A"]


@pytest.mark.parametrize(
    ("ended", "status", "outcome"),
    [
        (run(), "complete", "complete"),
        (run(exit_code=1), None, "failed"),  # another attempt follows: no write but the claim
        (run(exit_code=-9), None, "failed"),
        (run(end=End.TIMEOUT, exit_code=None), None, "failed"),
        (run(end=End.UNSTARTABLE, exit_code=None), None, "failed"),
        (run(end=End.LOST, exit_code=None), "blocked", "lost"),
        (run(end=End.STOPPED, exit_code=None, stop_reason="hold"), "on_hold", "held"),
        (run(end=End.UNBEGUN, exit_code=None), None, "unbegun"),
    ],
)
def test_folds(ended: Run, status: str | None, outcome: str) -> None:
    found = planned("A | do it | dev | None | In Progress", policy(attempts=9), Facts(runs=(ended,)))
    (fold,) = [a for a in found.actions if a.kind is Kind.FOLD]
    assert fold.outcome == outcome
    written = [getattr(w, "value", None) for w in fold.wishes if getattr(w, "role", "") == "status"]
    assert written == ([status] if status else ["waiting"])


def test_wake_is_the_first_moment_at_which_something_changes() -> None:
    facts = Facts(seen={**seen("A", ago=1.0), **seen("B", ago=3.0)})
    found = planned("A | x | dev | None | Waiting\nB | x | dev | None | Waiting", policy(settle=5.0), facts)
    assert found.wake == NOW + 2.0


def test_a_settled_board_asks_for_nothing() -> None:
    rows = "A | x | dev | None | Complete\nB | x | human | A | Waiting\nC | x | dev | None | On Hold"
    found = planned(rows)
    assert found.actions == ()
    assert found.wake is None


@pytest.mark.parametrize(
    ("role", "stands", "told"),
    [
        ("notes", "mine", True),
        ("notes", "another", False),
        ("status", "Waiting", True),
        ("gone", "mine", False),
    ],
)
def test_a_cell_with_two_values_is_a_problem_until_it_says_something_else(
    role: str, stands: str, told: bool
) -> None:
    facts = Facts(disputes=(Dispute("A", role, stands, "theirs", NOW),))
    found = planned("A | do | dev | None | Waiting | mine", facts=facts).problems
    assert [p.code for p in found] == (["disputed-cell"] if told else [])
    if told:
        assert f"“{stands}” stands" in found[0].message
        assert f"mdorch set A {role}={stands}" in found[0].hint
