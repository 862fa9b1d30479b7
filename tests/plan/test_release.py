"""Claims that a crash left half-done."""

from __future__ import annotations

from mdorch.board.wishes import AddAgentRow, RemoveAgentRow, SetCell
from mdorch.facts import Facts, Run, RunState
from mdorch.frozen import replace
from mdorch.plan.actions import Kind
from mdorch.plan.draft import shows, shows_later, stamp
from tests.plan.boards import NOW, board, planned, run, seen

AGENTS = "## Active Agents\n\n| Agent | Task | Status | Started |\n|---|---|---|---|\n"


def claim(name: str, attempt: int) -> Run:
    times = {"claimed": NOW - 9, "started": None, "ended": None, "end": None, "exit_code": None}
    return run("B", attempt, id=f"{name}.{attempt}", state=RunState.CLAIMED, **times)


def test_of_two_claims_of_one_row_one_starts_and_the_other_leaves_the_row_to_it() -> None:
    """The task was `A` when the first was made; a crash came right after the write that shows the second."""
    found = planned("B | do it | dev | | In Progress", facts=Facts(runs=(claim("A", 1), claim("B", 2))))
    start, release = found.actions
    assert (start.kind, release.kind) == (Kind.START, Kind.RELEASE)
    assert {start.run, release.run} == {"A.1", "B.2"}
    assert not any(isinstance(wish, SetCell) for wish in release.wishes)
    added = [(w.agent, w.task, w.started) for w in start.wishes if isinstance(w, AddAgentRow)]
    removed = [(w.agent, w.task, w.started) for w in release.wishes if isinstance(w, RemoveAgentRow)]
    assert not set(added) & set(removed)


def test_a_claim_is_shown_by_the_name_that_no_later_change_of_the_id_can_hide() -> None:
    """Its task was `A` when it was claimed, is `B`, and may be `C` before the start is on the disk."""
    start, _ = planned(
        "B | do it | dev | | In Progress", facts=Facts(runs=(claim("A", 1), claim("B", 2)))
    ).actions
    (row,) = [wish for wish in start.wishes if isinstance(wish, AddAgentRow)]
    page = board("C | do it | dev", AGENTS + f"| {row.agent} | {row.task} | In Progress | {row.started} |\n")
    assert start.run == "A.1"
    assert shows(page, replace(claim("A", 1), task="C"))


def test_a_claim_starts_in_the_round_that_it_is_now() -> None:
    facts = Facts(runs=(claim("B", 1),), seen=seen("B", 60, round=3))
    (start,) = planned("B | do it | dev | | Waiting", facts=facts).actions
    assert (start.run, start.round) == ("B.1", 3)


def test_a_page_that_shows_a_later_run_says_nothing_of_the_one_before() -> None:
    page = board("B | do it | dev | | In Progress", AGENTS + f"| dev | B | In Progress | {stamp(NOW)} |\n")
    assert shows_later(page, claim("B", 1))
    assert not shows_later(page, run("B", claimed=NOW))
