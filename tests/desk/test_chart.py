"""The arrows of the graph: all that is needed, and nothing that goes without saying."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdorch.board.read import read
from mdorch.desk.chart import _Arrows, chart, timeline
from mdorch.desk.look import look
from mdorch.desk.site import open_site
from mdorch.plan.graph import graph
from tests.front.stage import ROWS, make_stage

TOP = "## Task Queue\n\n| ID | Task | Prerequisites | Status |\n|---|---|---|---|\n"


def arrows(*needs: str, status: str = "Waiting") -> list[tuple[int, int]]:
    rows = [f"| T-{n} | x | {need or 'None'} | {status} |\n" for n, need in enumerate(needs)]
    return sorted(_Arrows(graph(read((TOP + "".join(rows)).encode()).board)).found())


def reach(pairs: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """All pairs that a way of arrows joins."""
    found = set(pairs)
    while more := {(a, d) for (a, b), (c, d) in itertools.product(found, pairs) if b == c} - found:
        found |= more
    return found


CASES = [
    (["", "T-0", "T-0, T-1"], [(0, 1), (1, 2)]),
    (["", "All above", "All above", "All above"], [(0, 1), (1, 2), (2, 3)]),
    (["", "", "All"], [(0, 2), (1, 2)]),
    (["", "T-0", "All"], [(0, 1), (1, 2)]),
    (["", "", "T-*"], [(0, 2), (1, 2)]),
    (["T-1", "T-0", "T-0"], [(0, 1), (0, 2), (1, 0)]),
    (["T-0", "T-0"], [(0, 0), (0, 1)]),
    (["T-2", "", "T-1"], [(1, 2), (2, 0)]),
]


@pytest.mark.parametrize(("needs", "expected"), CASES)
def test_arrows(needs: list[str], expected: list[tuple[int, int]]) -> None:
    assert arrows(*needs) == expected


@given(st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=1, max_size=10))
def test_what_is_left_out_is_implied(given_: list[list[int]]) -> None:
    needs = [{n for n in row if n < index} for index, row in enumerate(given_)]
    wanted = {(n, index) for index, row in enumerate(needs) for n in row}
    found = set(arrows(*(", ".join(f"T-{n}" for n in sorted(row)) for row in needs)))
    assert reach(found) == reach(wanted)
    assert found <= wanted
    assert not any(pair in reach(found - {pair}) for pair in found)


def test_thousands_of_rows_that_need_all_above_are_a_chain_soon() -> None:
    start = time.process_time()
    assert len(arrows("", *["All above"] * 1999)) == 1999
    assert time.process_time() - start < 20


def test_a_picture_of_the_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = make_stage(tmp_path, monkeypatch)
    stage.write(ROWS)
    found = look(open_site(None, None, stage.env), 1e9)
    assert chart(found) == {"arrows": [(0, 1), (1, 2)], "critical": ["A-2", "A-3"], "cut": False}
    told = timeline(found)
    assert told["runs"] == []
    assert [run["task"] for run in told["forecast"]["runs"]] == ["A-2", "A-3"]
