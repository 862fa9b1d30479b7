"""Prerequisites against a naive reading that writes every wildcard out."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdorch.board.board import Board
from mdorch.board.status import Status
from mdorch.facts import Facts
from mdorch.plan.chains import cycles, heights, knots
from mdorch.plan.frame import Frame
from mdorch.plan.graph import ROOM, Needs, graph
from mdorch.plan.order import Heights
from mdorch.plan.plan import plan
from tests.plan.boards import NOW, board, policy

IDS = ("A-1", "A-2", "B-1", "B-2", "C-1")
NEED = st.sampled_from(["None", *IDS, "A-*", "B-*", "All above", "All", "Z-9", "A-1..A-2"])
STATUS = st.sampled_from(["Waiting", "Complete", "On Hold", "Cancelled", "In Progress"])
ROWS = st.lists(st.tuples(st.lists(NEED, min_size=1, max_size=2), STATUS), min_size=1, max_size=5)


def made(rows: list[tuple[list[str], str]]) -> Board:
    lines = [
        f"{IDS[n]} | t{n} | dev | {', '.join(needs)} | {status}" for n, (needs, status) in enumerate(rows)
    ]
    return board("\n".join(lines))


def expanded(page: Board, index: int, needs: list[str]) -> list[set[int]]:
    """For each prerequisite the rows it names, itself and cancelled ones left out; empty: unmet."""
    others = [t for t in page.tasks if t.index != index and not t.cancelled]
    exact = {t.id: t.index for t in page.tasks}
    found: list[set[int]] = []
    for text in needs:
        if text == "None":
            continue
        if text == "All":
            found.append({t.index for t in others})
        elif text == "All above":
            found.append({t.index for t in others if t.index < index})
        elif text.endswith("*"):
            named = {t.index for t in others if t.id.startswith(text[:-1])}
            found.append(named)
        elif ".." in text:
            ends = ("A-1", "A-2")
            known = all(i in exact for i in ends)
            kept = {t.index for t in others}
            found.append({exact[i] for i in ends if exact[i] in kept} if known else set())
        else:
            found.append({exact[text]} if text in exact else set())
    return found


@settings(max_examples=300)
@given(ROWS)
def test_met_is_what_a_naive_reading_says(rows: list[tuple[list[str], str]]) -> None:
    page = made(rows)
    needs = Needs(page, [t.status for t in page.tasks])
    for task, (texts, _) in zip(page.tasks, rows, strict=True):
        wanted = all(
            parts and all(page.tasks[i].status is Status.COMPLETE for i in parts)
            for parts in expanded(page, task.index, texts)
        )
        assert needs.met(task) == wanted == (not needs.unmet(task)), (task.id, texts)


@settings(max_examples=300)
@given(ROWS)
def test_knots_are_rows_that_can_reach_themselves(rows: list[tuple[list[str], str]]) -> None:
    page = made(rows)
    edges = {
        t.index: {i for parts in expanded(page, t.index, texts) for i in parts}
        for t, (texts, _) in zip(page.tasks, rows, strict=True)
    }
    reach = {n: set(targets) for n, targets in edges.items()}
    for _ in page.tasks:
        for n in reach:
            reach[n] |= {j for i in list(reach[n]) for j in reach[i]}
    wanted = {n for n in reach if n in reach[n]}
    assert {n for knot in knots(graph(page)) for n in knot if n < len(page.tasks)} == wanted


def test_a_cycle_names_its_whole_path() -> None:
    page = board(
        "A | x | d | C | Waiting\nB | x | d | A | Waiting\nC | x | d | B | Waiting\nD | x | d | A | Waiting"
    )
    g = graph(page)
    (walk,) = cycles(g, knots(g))
    assert [page.tasks[i].id for i in walk] == ["A", "C", "B", "A"]
    frame = Frame(page)
    assert ["".join(page.tasks[i].id for i in frame.circle(row)) for row in range(3)] == [
        "ACBA",
        "BACB",
        "CBAC",
    ]


def test_the_way_through_a_large_knot_is_found_once() -> None:
    rows = "\n".join(f"R{n} | x | d | R{(n + 1) % 300} | Waiting" for n in range(300))
    frame = Frame(board(rows))
    assert frame.circle(7) is frame.circle(250)
    assert frame.circle(7)[0] == 0


def test_height_is_the_longest_chain_that_hangs_on_a_row() -> None:
    page = board(
        "A | x | d | - | Waiting\nB | x | d | A | Waiting\nC | x | d | B | Waiting\nD | x | d | A | Waiting"
    )
    assert heights(graph(page), [1.0] * 4) == [3.0, 2.0, 1.0, 1.0]
    assert heights(graph(page), [1.0, 5.0, 1.0, 9.0]) == [10.0, 6.0, 1.0, 9.0]


def test_ten_thousand_rows_are_planned_in_no_time() -> None:
    rows = [f"T-{n} | t | dev | {f'T-{n - 9}' if n > 9 else 'None'} | Waiting" for n in range(10_000)]
    rows[5000] = "T-5000 | t | dev | All above | Waiting"
    page = board("\n".join(rows))
    began = time.process_time()
    plan(page, Facts(), policy(), NOW)
    assert time.process_time() - began < 1.5  # 0.2 s on a quiet machine


def test_wildcards_everywhere_are_no_square() -> None:
    page = board("\n".join(f"T-{n} | t | dev | All above | Waiting" for n in range(20_000)))
    began = time.process_time()
    plan(page, Facts(), policy(), NOW)
    assert time.process_time() - began < 15.0


@pytest.mark.parametrize("wild", ["All", "All above", "T-*"])
def test_wildcards_are_written_out_as_far_as_there_is_room(wild: str) -> None:
    """A page of rows that all name each other is answered in a size that grows with the page alone."""
    many = board("\n".join(f"T-{n} | do it | dev | {wild} | Waiting" for n in range(5000)))
    needs = Needs(many, [task.status for task in many.tasks])
    for told in (needs.required, needs.unmet):
        assert len(many.tasks) < sum(len(told(task)) for task in many.tasks) < 2 * ROOM
    few = board("\n".join(f"T-{n} | do it | dev | {wild if n == 299 else ''} | Waiting" for n in range(300)))
    assert len(Needs(few, [task.status for task in few.tasks]).required(few.tasks[299])) == 299


def test_an_id_in_many_rows_costs_no_more_than_the_rows() -> None:
    """Each copy that names the id needs all of them: ten thousand would make a hundred million edges."""
    many = board(
        "\n".join("A | do it | dev | A, B | Waiting" for _ in range(1000)) + "\nB | x | dev | A | Waiting"
    )
    made_of = graph(many)
    assert sum(map(len, made_of.edges)) < 6 * len(many.tasks)
    assert [sorted(n for n in knot if n < made_of.rows) for knot in knots(made_of)] == [list(range(1001))]
    alone = board("\n".join(f"A | do it | dev | {'A' if n == 7 else ''} | Waiting" for n in range(50)))
    assert [walk[0] for walk in cycles(graph(alone), knots(graph(alone)))] == [7]


@given(
    ROWS,
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["Complete", "Waiting", "On Hold"])), max_size=8),
)
def test_what_hangs_on_open_rows_is_found_again_after_each_change(
    rows: list[tuple[list[str], str]], changes: list[tuple[int, str]]
) -> None:
    """Most changes are rows that are done now, and change nothing for the others."""
    page = made(rows)
    frame, known = Frame(page), Heights()
    for at, word in [(0, rows[0][1]), *changes]:
        needs = rows[at % len(rows)][0]
        rows[at % len(rows)] = needs, word
        page = made(rows)
        statuses = [task.status for task in page.tasks]
        before = known.of(frame, page.tasks, statuses, ())
        anew = Heights().of(frame, page.tasks, statuses, ())
        for status, old, new in zip(statuses, before, anew, strict=True):
            assert status is Status.COMPLETE or old == new
