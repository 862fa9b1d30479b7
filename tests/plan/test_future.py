"""The pure core, played: limits and scopes hold at every instant, all that can run does, and it ends.

`MDORCH_SIM_BOARDS` says how many boards are played. A failure names its seed; `Future(seed).play()` plays
that board again.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from mdorch.board.status import Status
from mdorch.plan.draft import Draft
from mdorch.plan.graph import Needs
from mdorch.plan.room import Room
from mdorch.plan.scopes import Busy
from mdorch.plan.start import Starter
from tests.plan.future import Broken, Future

BOARDS = int(os.environ.get("MDORCH_SIM_BOARDS", "80"))
PARTS = 4
SOON = 100  # boards within which a planted bug must show


@pytest.mark.parametrize("part", range(PARTS))
def test_every_law_holds_on_every_board(part: int) -> None:
    for seed in range(part, BOARDS, PARTS):
        try:
            Future(seed).play()
        except Broken as broken:
            raise AssertionError(f"seed {seed}: {broken}") from broken


def test_the_boards_are_of_many_kinds() -> None:
    """Or the laws above would say little."""
    ends = [Future(seed).play() for seed in range(25)]
    names = {task.id.partition("T-")[0] for board in ends for task in board.tasks}
    assert {"", "FIX-", "FIX-FIX-"} <= names
    statuses = {task.status for board in ends for task in board.tasks}
    assert {Status.COMPLETE, Status.FAILED, Status.WAITING, Status.ON_HOLD} <= statuses


Plant = Callable[[pytest.MonkeyPatch], None]


def _slots_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Starter, "_cap", lambda *_: None)


def _files_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Busy, "meeting", lambda *_: iter(()))


def _lanes_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Room, "_full", lambda *_: None)


def _needs_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Needs, "unmet", lambda *_: [])


def _failures_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Draft, "failures", lambda *_: {})
    patch.setattr(Draft, "launched", lambda *_: [])


@pytest.mark.parametrize(
    "plant", [_slots_ignored, _files_ignored, _lanes_ignored, _needs_ignored, _failures_forgotten]
)
def test_a_planted_bug_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises(Broken):
        _play(range(SOON))


def _play(seeds: range) -> None:
    for seed in seeds:
        Future(seed).play()
