"""When rows are compared with what is remembered of them (`daemon.rows`)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mdorch.board.read import read
from mdorch.daemon import rows as module
from mdorch.daemon.rows import Rows
from mdorch.daemon.state import State
from mdorch.daemon.voice import Voice
from mdorch.facts import Cause
from mdorch.world.journal import Journal
from mdorch.world.runs import Runs
from tests.daemon.stage import Stage

NOW = time.time()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    stage = Stage(
        tmp_path, "| A-1 | first | dev | None | On Hold | |\n| A-2 | second | dev | None | On Hold | |\n"
    )
    with closing(Journal.open(stage.site.dot)) as journal:
        yield State(stage.site, journal, Runs(stage.site.dot))


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When rows were compared."""
    times: list[float] = []
    observe = module.observe

    def observed(*about: object) -> object:
        times.append(about[3][0])  # type: ignore[index]
        return observe(*about)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "observe", observed)
    return times


def test_a_board_that_is_the_same_is_not_compared_again(state: State, compared: list[float]) -> None:
    rows, page = Rows(state, Voice(lambda _: None)), state.site.page.read_bytes()
    board = read(page).board
    for when in (NOW, NOW + 1, NOW + 2):
        rows.observe(board, when, Cause.HAND)
    assert compared == [NOW]
    assert set(state.seen) == {"A-1", "A-2"}
    changed = read(page.replace(b"second", b"third")).board
    rows.observe(changed, NOW + 3, Cause.HAND)
    assert compared == [NOW, NOW + 3]
    assert state.seen["A-2"].cells["title"] == "third"


def test_a_new_round_that_was_asked_for_is_found_on_the_same_board(
    state: State, compared: list[float]
) -> None:
    rows, board = Rows(state, Voice(lambda _: None)), read(state.site.page.read_bytes()).board
    rows.observe(board, NOW, Cause.HAND)
    state.journal.wish(NOW, "A-1", "round", "1")
    rows.observe(board, NOW + 1, Cause.HAND)
    assert compared == [NOW, NOW + 1]
    assert state.seen["A-1"].round == 1
