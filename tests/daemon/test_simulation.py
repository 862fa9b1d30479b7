"""The real daemon over fake doors: random boards, crashes at every effect, people who type in between.

`MDORCH_SIM_BOARDS` says how many boards are played (`make storm` plays many). A failure names its seed;
`Play(seed).run()` plays that board again, step by step the same.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import mdorch
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.daemon import act, clerk, state
from mdorch.daemon.act import Actor
from mdorch.daemon.carry import Basis
from mdorch.daemon.guard import Guard
from mdorch.daemon.state import State
from mdorch.daemon.work import Work
from mdorch.plan import fold, start
from mdorch.plan.actions import Rule, Verdict
from mdorch.plan.advance import TRANSITIONS, Outcome, Result
from mdorch.plan.draft import Draft
from mdorch.plan.room import Room
from mdorch.plan.start import Starter
from tests.daemon.simulation import disk
from tests.daemon.simulation.disk import EXCHANGE, LEASE, Broken, SimJournal
from tests.daemon.simulation.doors import SimPage, SimShelf
from tests.daemon.simulation.play import Odds, Play

BOARDS = int(
    os.environ.get("MDORCH_SIM_BOARDS", "600" if os.environ.get("MDORCH_STORM") == "full" else "160")
)
PARTS = 8


def _named(pattern: str, folder: Path) -> list[str]:
    """Every name that a pattern finds in the Python files below a folder."""
    texts = (path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    return sorted({name for text in texts for name in re.findall(pattern, text)})


_POINT = r'crash_point\("([^"]+)"\)'
# (there is no git here: of work trees see test_trees)
POINTS = [name for name in _named(_POINT, Path(mdorch.__file__).parent) if not name.startswith("tree.")]
DEATHS = 3  # boards, at least, on which somebody dies at each point
NEVER = 1e-9  # nearly
SOON = 500  # boards within which somebody must come by a point
PLANTED = 300  # crowded boards within which a planted bug must show


@pytest.mark.storm
@pytest.mark.parametrize("part", range(PARTS))
def test_every_law_holds_on_every_board(part: int) -> None:
    _play(range(part, BOARDS, PARTS))


def test_the_simulation_has_the_crash_points_of_the_program() -> None:
    """Those of the daemon's own modules are its own here; the doors have the others by the same names."""
    own = {point for module in (act, clerk) for point in re.findall(_POINT, inspect.getsource(module))}
    doors = _named(r'(?:step|die)\("([^"]+)"\)', Path(disk.__file__).parent)
    shims = _named(r'"(shim\.\w+)"', Path(disk.__file__).parent)
    assert {*own, *doors, *shims, *LEASE, *EXCHANGE} == set(POINTS)


@pytest.mark.parametrize("point", POINTS)
def test_every_law_holds_where_death_comes_at_this_point(point: str) -> None:
    """At the program's own crash points, each by its name, whenever they are passed by."""
    died = 0
    for seed in range(SOON):
        play = Play(seed)
        play.odds, play.lives = Odds(crash=NEVER, person=0.01, work=0.05, shim=NEVER), 4
        play.disk.doomed = point
        if point.startswith("exchange."):
            play.disk.way = EXCHANGE
        play.run()
        died += point in play.disk.crashed
        if died == DEATHS:
            return
    assert died, f"nothing here passes by {point}"


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


def _marks_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fold, "marks", lambda *_: [])


def _drafts_launched(patch: pytest.MonkeyPatch) -> None:
    asked = Starter._row_rule

    def row_rule(starter: Starter, task: Task) -> Verdict | None:
        verdict = asked(starter, task)
        return None if verdict and verdict.rule is Rule.DRAFT else verdict

    patch.setattr(Starter, "_row_rule", row_rule)


def _failure_completes(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(TRANSITIONS, Outcome.FAILED, Status.COMPLETE)


def _failure_called_success(patch: pytest.MonkeyPatch) -> None:
    asked = fold.result_of

    def result_of(*about: Any) -> Result:
        result = asked(*about)
        return replace(result, outcome=Outcome.COMPLETE) if result.outcome is Outcome.FAILED else result

    patch.setattr(fold, "result_of", result_of)


def _failures_uncounted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Draft, "failures", lambda *_: {})


def _lost_tried_again(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(TRANSITIONS, Outcome.LOST, Status.WAITING)


def _limits_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(start, "limits_of", lambda _: {})


def _pause_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(state, "pause_reason", lambda _: "")


def _hold_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Guard, "check", lambda *_: "")


def _claims_unrecorded(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SimJournal, "claim", lambda *_: None)


def _refusals_forgotten(patch: pytest.MonkeyPatch) -> None:
    asked = fold.result_of
    patch.setattr(fold, "result_of", lambda *about: replace(asked(*about), refused=False))


def _agent_rows_stay(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fold, "agent_rows_of", lambda _: [])


def _attempts_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(State, "reached", lambda *_: None)


def _plans_carried_blindly(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Basis, "holds", lambda *_: True)


def _scopes_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Room, "_shared", lambda *_: None)


def _archive_unkept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SimShelf, "keep", lambda *_: None)


def _completions_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(clerk, "finished_in", lambda _: [])


def _repairs_carried_into_doubt(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Work, "_doubts", lambda *_: False)


PLANTS: list[Plant] = [
    _scopes_ignored,
    _archive_unkept,
    _completions_forgotten,
    _repairs_carried_into_doubt,
    _plans_carried_blindly,
    _settle_ignored,
    _stale_ignored,
    _slots_ignored,
    _prerequisites_ignored,
    _folds_unrecorded,
    _marks_forgotten,
    _drafts_launched,
    _failure_completes,
    _failure_called_success,
    _failures_uncounted,
    _lost_tried_again,
    _limits_ignored,
    _pause_ignored,
    _hold_ignored,
    _claims_unrecorded,
    _refusals_forgotten,
    _agent_rows_stay,
    _attempts_forgotten,
]


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_bug_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises(Broken):
        _play(range(PLANTED), crowded=True)


def _play(seeds: range, crowded: bool = False) -> None:
    for seed in seeds:
        Play(seed, crowded).run()
