"""The real daemon over fake doors: random boards, crashes at every effect, people who type in between.

`MDORCH_SIM_BOARDS` says how many boards are played (`make storm` plays many). A failure names its seed;
`Play(seed).run()` plays that board again, step by step the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from mdorch.daemon.act import Actor
from mdorch.plan.draft import Draft
from mdorch.plan.start import Starter
from tests.daemon.simulation.disk import Broken
from tests.daemon.simulation.doors import SimPage
from tests.daemon.simulation.play import Play

BOARDS = int(os.environ.get("MDORCH_SIM_BOARDS", "240"))
PARTS = 8
SOON = 150  # boards within which a planted bug must show


@pytest.mark.parametrize("part", range(PARTS))
def test_every_law_holds_on_every_board(part: int) -> None:
    _play(range(part, BOARDS, PARTS))


Plant = Callable[[pytest.MonkeyPatch], None]


def _settle_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Draft, "settled_at", lambda *_: 0.0)


def _stale_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SimPage, "_refusal", lambda *_: None)


def _slots_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Starter, "_cap", lambda *_: None)


def _prerequisites_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Starter, "_needs_rule", lambda *_: None)


def _folds_unrecorded(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Actor, "_record", lambda *_: None)


PLANTS: list[Plant] = [
    _settle_ignored,
    _stale_ignored,
    _slots_ignored,
    _prerequisites_ignored,
    _folds_unrecorded,
]


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_bug_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises(Broken):
        _play(range(SOON))


def _play(seeds: range) -> None:
    for seed in seeds:
        Play(seed).run()
