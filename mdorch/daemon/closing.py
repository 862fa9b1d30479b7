"""Closing the trees of runs that have ended, and merging their branches: what came of it is written down.

Both can be done again after a crash. Where a crew does them, they are asked for in one pass and what came of
them is fetched in a later one; until then the plan leaves the run alone (`Facts.landing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from mdorch.daemon.forest import Forest, NotYet
from mdorch.daemon.state import State
from mdorch.facts import RunState
from mdorch.frozen import replace
from mdorch.plan.actions import Action, Kind
from mdorch.plan.landing import UNMERGED
from mdorch.world.errors import NoRoom, is_passing
from mdorch.world.trees.joined import Conflict


class Note(Protocol):
    def __call__(self, action: Action, text: str, now: float, kind: str = "") -> None: ...


class Closing:
    """`refused` are the runs whose trees could not be closed now, by the system's fault."""

    def __init__(self, forest: Forest, state: State, note: Note) -> None:
        self.forest = forest
        self.state = state
        self.note = note
        self.refused: dict[str, OSError] = {}

    def land(self, actions: Iterable[Action], now: float) -> None:
        """Do what is planned, or have it done."""
        self.refused = {}
        for action in [a for a in actions if a.kind is Kind.LAND]:
            self._landed(action, now, partial(self.forest.land, action))
        if any(a.kind is Kind.FOLD and self.state.runs[a.run].branch for a in actions):
            self.forest.sweep()

    def fetch(self, now: float) -> None:
        """Write down what a crew has done since. Raises NoRoom where the system was in the way."""
        self.refused = {}
        for action, fetch in self.forest.fetch_landed():
            if action.run in self.state.runs:
                self._landed(action, now, fetch)
        self.raise_refused()

    def raise_refused(self) -> None:
        for run, error in self.refused.items():
            raise NoRoom(f"{run} cannot be closed yet: {(error.strerror or str(error)).lower()}")

    def _landed(self, action: Action, now: float, land: Callable[[], str]) -> None:
        run = self.state.runs[action.run]
        try:
            landed = land()
        except NotYet:
            return
        except Conflict as conflict:
            self._not_landed(action, str(conflict), now)
        except OSError as error:
            if is_passing(error):
                self.refused[run.id] = error
            else:
                self._not_landed(action, error.strerror or str(error), now)
        else:
            self.state.update(replace(run, landed=landed))
            self.note(action, self.forest.told(action, landed), now, "landed")

    def _not_landed(self, action: Action, why: str, now: float) -> None:
        run = replace(self.state.runs[action.run], conflicts=why)
        self.state.update(replace(run, outcome=UNMERGED) if run.state is RunState.FOLDED else run)
        self.note(action, why, now, "trouble")
