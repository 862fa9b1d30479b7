"""The table of transitions: each one walked, and every hand-made change between them."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from mdorch.board.edits import edit
from mdorch.board.policy import AgentRule
from mdorch.board.read import read
from mdorch.board.status import Status
from mdorch.board.statuses import DEFAULT_WORD
from mdorch.facts import Cause, End, Facts, Own, Run, RunState, Seen
from mdorch.plan.actions import Kind
from mdorch.plan.advance import STARTABLE, Outcome
from mdorch.plan.plan import plan, wishes_of
from mdorch.plan.states import diagram, edges
from tests.plan.boards import HEAD, NOW, folded, policy, run

DOCS = Path(__file__).resolve().parents[2] / "docs" / "states.md"
BLOCK = "\n## Agent Handoff Signal\n\n**From**: dev\n**To**: {}\n**Task**: A\n**Status**: {}\n"
WORDS = [DEFAULT_WORD[status] for status in Status]


def test_the_diagram_is_drawn_from_the_table() -> None:
    assert f"```mermaid\n{diagram()}```\n" in DOCS.read_text("utf-8")


def page(status: str, more: str = "", needs: str = "None") -> bytes:
    return f"## Task Queue\n\n{HEAD}| A | do it | dev | {needs} | {status} | |\n{more}".encode()


ASKED = {"default": AgentRule("default", 60.0, strict=True, resumes=True)}
EIGHT = tuple(folded("A", n, "handed_on") for n in range(1, 8))
# (from, why) → the page before, the runs, what is remembered, rules
WALKS: dict[tuple[str, str], tuple[bytes, tuple[Run, ...], dict[str, object]]] = {
    ("in_progress", "complete"): (page("In Progress"), (run(),), {}),
    ("in_progress", "handed on"): (page("In Progress", BLOCK.format("qa", "COMPLETE")), (run(),), {}),
    ("in_progress", "partial"): (page("In Progress", BLOCK.format("-", "PARTIAL")), (run(),), {}),
    ("in_progress", "blocked"): (page("In Progress", BLOCK.format("-", "BLOCKED")), (run(),), {}),
    ("in_progress", "in review"): (page("In Progress", BLOCK.format("human", "COMPLETE")), (run(),), {}),
    ("in_progress", "failed"): (page("In Progress"), (run(exit_code=1, ended=NOW),), {"backoff": 9.0}),
    ("in_progress", "lost"): (page("In Progress"), (run(end=End.LOST, exit_code=None),), {}),
    ("in_progress", "held"): (page("In Progress"), (run(end=End.STOPPED, stop_reason="hold"),), {}),
    ("in_progress", "reopened"): (page("In Progress"), (run(end=End.STOPPED, stop_reason="retry"),), {}),
    ("in_progress", "unbegun"): (
        *(page("In Progress"), (run(end=End.UNBEGUN, ended=NOW),), {"backoff": 9.0}),
    ),
    ("in_progress", "nudged"): (page("In Progress"), (run(own=Own.DONE, session="5e55"),), {"agents": ASKED}),
    ("in_progress", "limited"): (
        *(page("In Progress"), (run(exit_code=1, own=Own.LIMITED, limited=NOW + 60),), {}),
    ),
    ("in_progress", "attempts used up"): (page("In Progress"), (run(exit_code=1),), {"attempts": 1}),
    ("in_progress", "launches used up"): (
        *(page("In Progress"), (run(exit_code=1),), {"launches_per_task": 1, "attempts": 9}),
    ),
    ("in_progress", "too many hops"): (
        page("In Progress", BLOCK.format("qa", "COMPLETE")),
        *((*EIGHT, run("A", 8)), {"launches_per_task": 99}),
    ),
    ("failed", "fixed"): (
        page("Failed", "| FIX-A | fix it | dev | None | Complete | |\n", "FIX-A"),
        *((folded("A", 1, "failed", exit_code=1),), {"attempts": 1}),
    ),
    ("waiting", "starts"): (page("Waiting"), (), {}),
    ("ready", "starts"): (page("Ready"), (), {}),
    ("partial", "starts"): (page("Partial"), (), {}),
}


@pytest.mark.parametrize(("before", "after", "why"), list(edges()))
def test_every_transition(before: Status, after: Status, why: str) -> None:
    """Without a next claim in the same write, so that what is left on the page can be seen."""
    text, runs, rules = WALKS[before.value, why]
    seen = {"FIX-A": Seen("FIX-A", {}, "complete", NOW, Cause.MDORCH, since=NOW)}
    paused = "" if why == "starts" else "to see what is left"
    reading = read(text)
    assert reading.board.tasks[0].status is before
    found = plan(reading.board, Facts(runs=runs, seen=seen, paused=paused), policy(**rules), NOW)
    assert read(edit(reading, wishes_of(found.actions))).board.tasks[0].status is after


def test_every_outcome_is_walked() -> None:
    whys = {why for _, why in WALKS}
    assert {outcome.value.replace("_", " ") for outcome in Outcome} <= whys


@pytest.mark.parametrize(("before", "after"), list(product(WORDS, WORDS)))
def test_every_hand_made_change_is_a_fact(before: str, after: str) -> None:
    """Whatever was typed over whatever: the word stands, and only what may start does."""
    reading = read(page(after))
    seen = {"A": Seen("A", {}, read(page(before)).board.tasks[0].status, NOW - 60, round=1)}
    found = plan(reading.board, Facts(seen=seen), policy(), NOW)
    status = reading.board.tasks[0].status
    starts = [a.task for a in found.actions if a.kind is Kind.START]
    assert starts == (["A"] if status in STARTABLE else [])
    assert len(found.actions) == len(starts)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("Complete", None), ("Blocked", None), ("Partial", None), ("In Review", None),  # claims, for the fold
        ("On Hold", Kind.STOP), ("Cancelled", Kind.STOP), ("Deferred", Kind.STOP),
        ("Waiting", Kind.SET), ("Ready", Kind.SET), ("Failed", Kind.SET),  # put back
        ("In Progress", None), ("Wat", None), ("Backlog", None),
    ],
)  # fmt: skip
def test_every_word_typed_over_a_live_run(typed: str, kind: Kind | None) -> None:
    live = run(state=RunState.STARTED, end=None, ended=None)
    facts = Facts(runs=(live,), seen={"A": Seen("A", {}, "in_progress", NOW - 60)})
    found = plan(read(page(typed)).board, facts, policy(), NOW)
    assert [a.kind for a in found.actions] == ([kind] if kind else [])


@pytest.mark.parametrize("copies", [1, 2])
def test_a_claim_of_a_live_run_frees_nobody(copies: int) -> None:
    """*Complete* in the row of a run that is alive is a claim: the run may still fail."""
    rows = "| A | do it | dev | None | Complete | |\n" * copies + "| B | next | dev | A | Waiting | |\n"
    board = read(f"## Task Queue\n\n{HEAD}{rows}".encode()).board
    live = run(state=RunState.STARTED, end=None, ended=None)
    found = plan(board, Facts(runs=(live,)), policy(), NOW)
    assert found.actions == ()
    assert found.verdicts[copies].text == "waits for A (in progress)"
    if copies == 1:
        ended = plan(board, Facts(runs=(run(),)), policy(), NOW)
        assert [(a.kind, a.task) for a in ended.actions] == [(Kind.FOLD, "A"), (Kind.START, "B")]
