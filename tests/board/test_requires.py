"""Prerequisite cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdorch.board.requires import Requirements
from mdorch.board.rownames import RowKey, matches
from mdorch.board.task import NeedKind
from tests.board.pages import board, codes, queue

HEADER = "ID | Title | Status | Depends On"


def needs_of(text: str, ids: tuple[str, ...]) -> list[str]:
    """The needs of a last row `Z` that says `text`, after rows with these ids."""
    rows = [f"{name} | x | Waiting |" for name in ids]
    task = board(queue(*rows, f"Z | x | Waiting | {text}", header=HEADER)).tasks[-1]
    marks = {NeedKind.UNRESOLVED: "?", NeedKind.POOL: "*", NeedKind.ABOVE: "^", NeedKind.TASK: ""}
    return [marks[need.kind] + (need.id if need.kind is NeedKind.TASK else need.text) for need in task.needs]


@pytest.mark.parametrize(
    "text",
    ["None", "none", "-", "—", "N/A", "No", "", "None.", "None (start here)", "**None**", "(none)", "()"],
)
def test_none_words(text: str) -> None:
    assert needs_of(text, ("A",)) == []


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("A-1", ["A-1"]),
        ("A-1, A-2; A-3", ["A-1", "A-2", "A-3"]),
        ("A-1 + A-2 & A-3", ["A-1", "A-2", "A-3"]),
        ("A-1 and A-2", ["A-1", "A-2"]),
        ("A-1/A-2", ["A-1", "A-2"]),
        ("A-1<br>A-2", ["A-1", "A-2"]),
        ("`A-1`, **A-2**", ["A-1", "A-2"]),
        ("[A-1](x.md), [A-2](y.md#a,b)", ["A-1", "A-2"]),
        ("A-1,", ["A-1"]),
        ("✅ A-1", ["A-1"]),
        ("A-1 A-2", ["A-1", "A-2"]),
        ("A-1/2/3", ["A-1", "A-2", "A-3"]),
        ("A-1/2/9", ["A-1", "A-2", "?A-9"]),
        ("A-1..A-3", ["*A-1..A-3"]),
        ("A-1 .. 3", ["*A-1 .. 3"]),
        ("A-1–A-3", ["*A-1–A-3"]),
        ("A-1-A-3", ["*A-1-A-3"]),
        ("A-1..A-9", ["?A-1..A-9"]),
        ("A-3..A-1", ["?A-3..A-1"]),
        ("A-1..B-3", ["?A-1..B-3"]),
        ("A-*", ["*A-*"]),
        ("Q-*", ["?Q-*"]),
        ("A-1, Supabase access", ["A-1", "?Supabase access"]),
        ("A-1 is related", ["?A-1 is related"]),
        ("a-1", ["?a-1"]),
        ("A-9", ["?A-9"]),
        ("?", ["??"]),
        ("(A-1)", ["?(A-1)"]),
        ("(A-1, A-2)", ["?(A-1", "?A-2)"]),
        ("None (after A-1)", ["?None (after A-1)"]),
        ("A-1, none (yet)", ["A-1"]),
        ("All above", ["^All above"]),
        ("all of the above", ["^all of the above"]),
        ("All", ["*All"]),
        ("A-1, All above", ["A-1", "^All above"]),
    ],
)
def test_the_language(text: str, needs: list[str]) -> None:
    assert needs_of(text, ("A-1", "A-2", "A-3")) == needs


@pytest.mark.parametrize("name", ["ABC-001", "T001", "WS04-01", "1.1", "P0-PHI-001", "#603", "7"])
def test_ids_of_all_shapes(name: str) -> None:
    assert needs_of(name, (name, "B")) == [name]
    assert needs_of(f"{name}, B", (name, "B")) == [name, "B"]


def test_a_range_holds_its_rows() -> None:
    found = board(
        queue(
            *(f"A-00{n} | x | Waiting |" for n in (1, 2, 3, 4)),
            "Z | x | Waiting | A-001..A-003",
            header=HEADER,
        )
    )
    assert found.pools[found.tasks[-1].needs[0].id] == (0, 1, 2)


def test_wildcards_are_shared_and_leave_out_cancelled_rows() -> None:
    rows = [
        "A | x | Waiting | All",
        "B | x | Cancelled |",
        "C | x | Waiting | All",
        "D | x | Skipped |",
        "E | x | Waiting | All above",
    ]
    found = board(queue(*rows, header=HEADER))
    assert found.pools == {"all": (0, 2, 4), "above 1": (0, 2, 4)}
    assert [[n.id for n in t.needs] for t in found.tasks] == [["all"], [], ["all"], [], ["above 1"]]


def test_a_wildcard_that_matches_nothing_else_is_unmet() -> None:
    first = board(queue("A | x | Waiting | All above", "B | x | Waiting |", header=HEADER))
    assert [n.kind for n in first.tasks[0].needs] == [NeedKind.UNRESOLVED]
    lone = board(queue("A | x | Waiting | All", header=HEADER))
    assert [n.kind for n in lone.tasks[0].needs] == [NeedKind.UNRESOLVED]
    assert codes(first) == codes(lone) == ["unresolved-requirement"]


def test_above_means_this_section() -> None:
    page = (
        queue("A | x | done |", header=HEADER)
        + "\n"
        + queue("B | x | todo |", "C | x | todo | All above", header=HEADER)
    )
    found = board(page)
    need = found.tasks[2].needs[0]
    assert found.pools[need.id] == (1, 2)


def test_phases_by_column_and_by_heading() -> None:
    page = "# Task Board\n\n" + "\n".join(
        [
            queue(
                "A | x | todo | |", header=HEADER + " | Group", title="## Phase 1 — Foundations (parallel)"
            ),
            queue(
                "B | x | todo | |",
                "C | x | todo | Phase 1 | 2",
                header=HEADER + " | Phase",
                title="## Phase 10",
            ),
            queue(
                "D | x | todo | all phase 2 tasks |",
                "E | x | todo | Foundations",
                header=HEADER,
                title="## Rest",
            ),
        ]
    )
    found = board(page)
    c, d, e = found.tasks[2:]
    assert found.pools[c.needs[0].id] == (0,)
    assert found.pools[d.needs[0].id] == (2,)
    assert e.needs[0].kind is NeedKind.UNRESOLVED  # a part of a heading is no name of it


def test_blocks_runs_the_other_way() -> None:
    header = "ID | Title | Status | Depends On | Blocks"
    found = board(
        queue("A | x | todo | | B, C", "B | x | todo | A | -", "C | x | todo | | nonsense", header=header)
    )
    assert [[(n.id, n.inverse) for n in t.needs] for t in found.tasks] == [[], [("A", False)], [("A", True)]]
    assert codes(found) == ["unresolved-requirement"]


def test_every_column_of_prerequisites_counts() -> None:
    header = "ID | Title | Depends On | Status | Blocked by"
    rows = (
        "A | x | - | todo | B",
        "B | x | A, None | todo | -",
        "C | x | A | todo | B, a key",
        "D | x | | todo |",
    )
    found = board(queue(*rows, header=header))
    assert [[n.text for n in t.needs] for t in found.tasks] == [["B"], ["A"], ["A", "B", "a key"], []]
    assert [(p.code, p.task) for p in found.problems if p.code != "cycle"] == [
        ("unresolved-requirement", "C")
    ]


def test_problems_name_the_place_and_a_near_miss() -> None:
    found = board(queue("TEST-1 | x | Ready |", "B | x | Ready | test-1", header=HEADER))
    problem = found.problems[0]
    assert (problem.code, problem.line, problem.column, problem.task) == (
        "unresolved-requirement",
        6,
        19,
        "B",
    )
    assert problem.hint == "did you mean `TEST-1`?"


def test_a_flood_of_wildcards_stays_small() -> None:
    rows = [f"T-{n:05d} | x | todo | T-00000..T-{n:05d}, T*{n}" for n in range(8000)]
    found = board(queue(*rows, header=HEADER))
    assert sum(map(len, found.pools.values())) <= 2_000_000
    assert "unresolved-requirement" in codes(found)


@given(st.text("ab*", max_size=8), st.text("ab", max_size=10))
def test_patterns_match_as_the_textbook_says(pattern: str, text: str) -> None:
    def textbook(p: str, t: str) -> bool:
        if not p:
            return not t
        if p[0] == "*":
            return any(textbook(p[1:], t[n:]) for n in range(len(t) + 1))
        return bool(t) and p[0] == t[0] and textbook(p[1:], t[1:])

    assert matches(pattern, text) == textbook(pattern, text)


@given(
    st.lists(
        st.sampled_from(["A-1", "A-2", "All", "A-*", "1..3", "A-1..A-2", "/", "-", "and", ",", ";", "x"]),
        max_size=6,
    )
)
def test_every_word_of_a_cell_counts(parts: list[str]) -> None:
    """What is read of any cell never is less than the ids that stand in it as parts of their own."""
    text = " , ".join(parts)
    reader = Requirements([RowKey("A-1", 1), RowKey("A-2", 1), RowKey("B", 1)])
    needs = reader.read(text, 2)
    assert {p for p in parts if p.startswith("A-") and len(p) == 3 and p != "A-*"} <= {n.id for n in needs}
    if "x" in parts:
        assert "x" in [n.text for n in needs if n.kind is NeedKind.UNRESOLVED]
