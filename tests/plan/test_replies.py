"""Answers typed into a handoff's question: what goes on because of them, and what does not."""

from __future__ import annotations

import pytest

from mdorch.board.board import Board
from mdorch.board.read import read
from mdorch.board.status import Status
from mdorch.board.wishes import SetCell
from mdorch.facts import Cause, Facts, Run, RunState, Seen
from mdorch.frozen import replace
from mdorch.plan.actions import Action, Kind, Rule
from mdorch.plan.draft import stamp
from mdorch.plan.plan import plan
from tests.plan.boards import HEAD, NOW, folded, policy, run

ASKED = NOW - 60.0
BLOCK = """
## Agent Handoff Signal
{mark}
**From**: dev
**To**: -
**Task**: A
**Status**: BLOCKED

### Questions
- which one?
{answer}"""
ANSWER = "\n**Answer**: the second\n"


def page(status: str = "Blocked", answer: str = ANSWER, by: str = "A.1", more: str = "") -> Board:
    table = f"## Task Queue\n\n{HEAD}| A | do it | dev | None | {status} | which one? |\n"
    unmarked = read((table + BLOCK.format(mark="", answer=answer)).encode()).board
    mark = f"<!-- mdorch: taken {by} {unmarked.handoffs[0].digest} {stamp(ASKED)} -->\n"
    return read((table + BLOCK.format(mark=mark if by else "", answer=answer) + more).encode()).board


def done(board: Board, **facts: object) -> list[Action]:
    seen = {"A": Seen("A", {}, "blocked", ASKED, Cause.MDORCH, since=ASKED + 0.5)}
    values: dict[str, object] = {"runs": (asking(),), "seen": seen, **facts}
    return list(plan(board, Facts(**values), policy(), NOW).actions)  # type: ignore[arg-type]


def asking() -> Run:
    return folded("A", 1, "blocked", claimed=ASKED - 60)


def kinds(actions: list[Action]) -> list[Kind]:
    return [action.kind for action in actions]


@pytest.mark.parametrize("by", ["A.1", "A.0"])
def test_an_answer_lets_the_task_go_on(by: str) -> None:
    actions = done(page(by=by))
    assert kinds(actions) == [Kind.SET, Kind.START]
    assert actions[0].reason == "its question at line 7 is answered"


@pytest.mark.parametrize(
    ("notes", "left"),
    [
        ("which one?", ""),
        ("see #12; which one?", "see #12"),
        ("which one? the second, I say", None),
        ("", None),
    ],
)
def test_a_question_that_is_answered_leaves_the_notes(notes: str, left: str | None) -> None:
    board = page()
    board = replace(board, tasks=(replace(board.tasks[0], notes=notes),))
    wishes = {wish.role: wish.value for wish in done(board)[0].wishes if isinstance(wish, SetCell)}
    assert wishes.pop("status") is Status.WAITING
    assert wishes == ({} if left is None else {"notes": left})


HOLDS: dict[str, tuple[Board, dict[str, object]]] = {
    "no answer": (page(answer=""), {}),
    "an empty answer": (page(answer="\n**Answer**:\n"), {}),
    "put on hold meanwhile": (page("On Hold"), {}),
    "blocked again by hand": (page(), {"seen": {"A": Seen("A", {}, "blocked", NOW - 9, since=NOW - 9)}}),
    "nothing is remembered": (page(), {"seen": {}}),
    "a later run": (page(), {"runs": (asking(), folded("A", 2, "lost", claimed=NOW - 20))}),
    "a run at work": (
        page(),
        {"runs": (asking(), run("A", 2, state=RunState.STARTED, end=None, ended=None))},
    ),
    "another word since": (
        page(more="\n## Agent Handoff Signal\n\n**To**: -\n**Task**: A\n**Status**: BLOCKED\n"),
        {"blocks": {}, "quiet": 0.0},
    ),
    "the page is held": (page(), {"hold": "held"}),
}


@pytest.mark.parametrize("why", HOLDS)
def test_it_acts_once_and_on_its_own_question_alone(why: str) -> None:
    board, facts = HOLDS[why]
    assert Kind.START not in kinds(done(board, **facts))
    assert Kind.SET not in kinds(done(board, **facts))


def test_an_answer_that_is_being_typed_waits_until_it_is_quiet() -> None:
    board = page()
    block = board.handoffs[0]
    seen = {"A": Seen("A", {}, "blocked", ASKED, Cause.MDORCH, since=ASKED)}
    facts = Facts(runs=(asking(),), seen=seen, blocks={block.answered: NOW - 2})
    found = plan(board, facts, policy(), NOW)
    assert found.actions == ()
    assert found.verdicts[0].rule is Rule.SETTLING
    assert found.wake == NOW + 3
