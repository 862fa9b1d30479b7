"""What an agent program says of its own end, beside its exit code and its handoff."""

from __future__ import annotations

import pytest

from mdorch.board.board import Board
from mdorch.board.edits import edit
from mdorch.board.policy import AgentRule, Policy
from mdorch.board.read import read
from mdorch.facts import Facts, Own, Run
from mdorch.plan.actions import Action, Kind, Plan, Rule
from mdorch.plan.plan import plan, wishes_of
from tests.plan.boards import HEAD, NOW, folded, policy, run

BLOCK = "\n## Agent Handoff Signal\n\n**From**: dev\n**To**: -\n**Task**: A\n**Status**: {}\n"
ROW = "| A | do it | dev | None | {} | |\n"


def rules(strict: bool = True, **changes: object) -> Policy:
    rule = AgentRule("default", 60.0, strict=strict, program="claude", resumes=True, priced=True)
    return policy(**{"agents": {"default": rule}, "backoff": 0.0, **changes})


def page(status: str, more: str = "") -> bytes:
    return f"## Task Queue\n\n{HEAD}{ROW.format(status)}{more}".encode()


def decided(text: bytes, *runs: Run, by: Policy | None = None, **facts: object) -> Plan:
    return plan(read(text).board, Facts(runs=runs, **facts), by or rules(), NOW)  # type: ignore[arg-type]


def left(text: bytes, found: Plan) -> Board:
    return read(edit(read(text), wishes_of(found.actions))).board


def start(found: Plan) -> Action | None:
    return next((a for a in found.actions if a.kind is Kind.START), None)


@pytest.mark.parametrize(
    ("changes", "handoff", "outcome", "status", "notes"),
    [
        ({"own": Own.DONE}, "COMPLETE", "complete", "complete", ""),
        ({"own": Own.DENIED}, "COMPLETE", "complete", "complete", ""),
        ({"own": Own.MUTE}, "COMPLETE", "complete", "complete", ""),
        ({"own": Own.FAILED}, "COMPLETE", "failed", "failed", "exit 0, and failed: why"),
        ({"own": Own.FAILED}, "BLOCKED_ON_[a key]", "blocked", "blocked", "a key"),
        ({"own": Own.FAILED, "exit_code": 1}, "", "failed", "failed", "exit 1: why"),
        ({"own": Own.MUTE}, "", "failed", "failed", "exit 0, and no result: why"),
        ({"own": Own.DONE}, "", "blocked", "blocked", "ended without a handoff: why"),  # it has no session
        (
            *({"own": Own.DENIED, "session": "5e55"}, ""),
            *("blocked", "blocked", "ended without a handoff: permission denied: why"),
        ),
        ({"own": Own.SPENT, "exit_code": 1}, "", "blocked", "blocked", "over its budget: why"),
        ({"own": None}, "", "blocked", "blocked", "ended without a handoff: why"),
    ],
)
def test_how_it_counts(
    changes: dict[str, object], handoff: str, outcome: str, status: str, notes: str
) -> None:
    text = page("In Progress", BLOCK.format(handoff) if handoff else "")
    found = decided(text, run(detail="why", **changes), by=rules(attempts=1))
    assert [a.outcome for a in found.actions if a.kind is Kind.FOLD] == [outcome]
    task = left(text, found).tasks[0]
    assert (task.status, task.notes) == (status, notes)


FORGOT = run(own=Own.DONE, session="5e55", detail="which one?")


def test_a_forgotten_handoff_is_asked_for_once_in_the_same_session() -> None:
    text = page("In Progress")
    found = decided(text, FORGOT, highest={"A": 1})
    begun = start(found)
    assert begun is not None
    assert (begun.run, begun.resumes, begun.agent) == ("A.2", "A.1", "dev")
    assert left(text, found).tasks[0].status == "in_progress"
    asked = run("A", 2, own=Own.DONE, session="5e55", resumes="A.1", detail="which one?")
    again = decided(text, folded("A", 1, "nudged", session="5e55"), asked)
    assert start(again) is None
    task = left(text, again).tasks[0]
    assert (task.status, task.notes) == ("blocked", "ended without a handoff: which one?")


def test_it_is_asked_later_where_it_cannot_be_now() -> None:
    text = page("In Progress")
    found = decided(text, FORGOT, paused="for lunch")
    assert left(text, found).tasks[0].status == "waiting"
    before = folded("A", 1, "nudged", session="5e55")
    begun = start(decided(page("Waiting"), before, highest={"A": 1}))
    assert begun is not None
    assert begun.resumes == "A.1"
    given_up = folded("A", 2, "released", resumes="A.1", started=None)
    later = start(decided(page("Waiting"), before, given_up, highest={"A": 2}))
    assert later is not None
    assert later.resumes == "A.1", "a claim that was given up asked nobody"
    other = start(decided(page("Waiting").replace(b"dev", b"ann"), before, highest={"A": 1}))
    assert other is not None
    assert other.resumes == "", "another agent knows nothing of that session"


def test_being_asked_uses_up_no_attempt_but_counts_as_a_launch() -> None:
    before = folded("A", 1, "nudged", session="5e55")
    assert start(decided(page("Waiting"), before, by=rules(attempts=1))) is not None
    bound = decided(page("In Progress"), FORGOT, by=rules(launches_per_task=1))
    assert left(page("In Progress"), bound).tasks[0].status == "failed"


def test_without_strict_an_end_without_a_handoff_is_complete() -> None:
    found = decided(page("In Progress"), FORGOT, by=rules(strict=False))
    assert left(page("In Progress"), found).tasks[0].status == "complete"


HIT = {"own": Own.LIMITED, "exit_code": 1, "limited": NOW + 60, "detail": "5-hour limit"}


def test_a_usage_limit_pauses_its_program_and_no_other() -> None:
    rows = "| B | more | dev | None | Waiting | |\n| C | other | ann | None | Waiting | |\n"
    by = rules(attempts=1)
    by = policy(agents={**by.agents, "ann": AgentRule("ann", 60.0, program="codex")}, attempts=1, backoff=0.0)
    text = page("In Progress", rows)
    found = decided(text, run(**HIT), by=by)
    assert left(text, found).tasks[0].status == "waiting"
    assert [found.verdicts[n].rule for n in range(3)] == [Rule.AGENT_LIMITED, Rule.AGENT_LIMITED, Rule.STARTS]
    assert found.verdicts[0].text == "the usage limit of claude holds until 1970-01-12T13:47:40Z"
    assert found.wake == NOW + 60


@pytest.mark.parametrize(
    ("said", "outcome"), [("", "limited"), ("COMPLETE", "limited"), ("BLOCKED", "blocked")]
)
def test_a_usage_limit_is_no_failed_attempt(said: str, outcome: str) -> None:
    text = page("In Progress", BLOCK.format(said) if said else "")
    found = decided(text, run(**HIT), by=rules(attempts=1))
    fold = next(action for action in found.actions if action.kind is Kind.FOLD)
    after = left(text, found)
    assert (fold.outcome, after.tasks[0].status) == (outcome, "blocked" if said == "BLOCKED" else "waiting")
    assert [mark.refused for block in after.handoffs if (mark := block.mark)] == (
        [said == "COMPLETE"] if said else []
    )


def test_a_usage_limit_lifts_by_itself_or_by_resume_and_uses_up_nothing() -> None:
    hit = folded("A", 1, "limited", **HIT)
    by, text = rules(attempts=1, launches_per_task=1), page("Waiting")
    assert start(decided(text, hit, by=by)) is None
    assert start(plan(read(text).board, Facts(runs=(hit,)), by, NOW + 61)) is not None
    assert start(decided(text, hit, by=by, cleared=NOW)) is not None


def test_an_agents_broken_file_is_a_problem_and_nothing_starts() -> None:
    by = rules(broken={"dev": ".claude/agents/dev.md:3: its front matter has no name"})
    found = decided(page("Waiting"), by=by)
    assert found.actions == ()
    assert found.verdicts[0].rule is Rule.AGENT_BROKEN
    assert [(p.code, p.line) for p in found.problems] == [("agent-file", 5)]
    assert "dev.md:3" in found.problems[0].message


ASKED = """
## Agent Handoff Signal
<!-- mdorch: taken A.1 {digest} 2026-11-22T16:40:00Z -->

**From**: {sender}
**To**: human
**Task**: A
**Status**: BLOCKED

### Questions
- Which one?
{answer}"""


def asked(sender: str = "dev", answer: str = "\n**Answer**: The first.\n") -> bytes:
    text = page("Waiting", ASKED.format(digest="0" * 8, sender=sender, answer=answer))
    (block,) = read(text).board.handoffs
    return text.replace(b"0" * 8, block.digest.encode())


@pytest.mark.parametrize(
    ("text", "highest", "resumes"),
    [
        (asked(), 1, "A.1"),
        (asked(answer=""), 1, ""),
        (asked(), 2, ""),  # another run was begun since
        (asked("tester"), 1, ""),  # it was another agent's question
    ],
)
def test_an_answer_goes_on_in_the_session_that_asked(text: bytes, highest: int, resumes: str) -> None:
    action = start(decided(text, highest={"A": highest}))
    assert action is not None
    assert (action.run, action.resumes) == (f"A.{highest + 1}", resumes)


def test_a_program_without_sessions_begins_again() -> None:
    rule = AgentRule("default", 60.0, strict=True)
    action = start(decided(asked(), by=policy(agents={"default": rule}), highest={"A": 1}))
    assert action is not None
    assert action.resumes == ""
