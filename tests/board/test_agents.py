"""Cells that name agents."""

from __future__ import annotations

import pytest

from mdorch.board.agents import read_agents
from tests.board.pages import board, queue


@pytest.mark.parametrize(
    ("text", "names", "person"),
    [
        ("backend-developer", ("backend-developer",), False),
        ("a, b", ("a", "b"), False),
        ("a / b + c & d", ("a", "b", "c", "d"), False),
        ("a and b or c", ("a", "b", "c"), False),
        ("`a`, **b**", ("a", "b"), False),
        ("a (lead)", ("a",), False),
        ("~~python-pro~~ → backend-developer", ("backend-developer",), False),
        ("~~a~~ -> b", ("b",), False),
        ("~~a~~ ➡️ b, c", ("b", "c"), False),
        ("~~a~~", ("a",), False),
        ("", (), False),
        ("-", (), False),
        ("—", (), False),
        ("auto", (), False),
        ("N/A", (), False),
        ("🤖 a, b", ("a", "b"), False),
        ("TBD", (), False),
        ("human", ("human",), True),
        ("me", ("me",), True),
        ("@alice", ("@alice",), True),
        ("a, @alice", ("a", "@alice"), True),
        ("a, a", ("a",), False),
        ("(human)", ("human",), True),
        ("(a)", ("a",), False),
        ("human (Ann)", ("human",), True),
        ("Ann (human)", ("Ann (human)",), True),
        ("🧑 Ann (@ann)", ("Ann (@ann)",), True),
        ("Human review", ("Human review",), True),
        ("**Human:** Ann", ("**Human:** Ann",), True),
        ("the user", ("the user",), True),
        ("human-factors", ("human-factors",), False),
        ("user-researcher (UX)", ("user-researcher",), False),
    ],
)
def test_names_in_order_of_choice(text: str, names: tuple[str, ...], person: bool) -> None:
    read = read_agents(text)
    assert (read.names, read.person) == (names, person)


@pytest.mark.parametrize(
    ("column", "person"),
    [
        ("Owner", True),
        ("Assignee", True),
        ("Assigned", True),
        ("Assigned To", False),
        ("Agent", False),
        ("Role", False),
    ],
)
def test_unknown_names_under_a_word_for_people_are_people(column: str, person: bool) -> None:
    page = queue("T-1 | one | Ready | Alice", header=f"ID | Title | Status | {column}")
    assert board(page).tasks[0].person is person
    assert not board(page, known=["alice"]).tasks[0].person


def test_agents_of_the_policy_are_no_people() -> None:
    rows = [
        f"T-{n} | x | Ready | {name}"
        for n, name in enumerate(("test-automator", "odd-one", "stand-in", "Alice"))
    ]
    page = queue(*rows, header="ID | Title | Status | Owner") + (
        "\n## Agent Substitution Map\n\n| Missing | Use Instead |\n|--|--|\n| odd-one | stand-in |\n"
    )
    assert [t.person for t in board(page).tasks] == [False, False, False, True]
