"""The metrics that the page shows, kept up: written when they differ by enough to matter, and not often.

What was written last is in the journal, with its numbers: a share that moved by less than a point, or a
time by less than a tenth, is left as it is. Between two writes for nothing else lies a minute; where
something else is written anyway, or the daemon is about to end, the figures go along.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from mdorch.board.edits import CannotWrite
from mdorch.board.figures import places, write_figures
from mdorch.board.read import Reading
from mdorch.daemon.state import State
from mdorch.desk.metrics import record_of
from mdorch.desk.times import spoken
from mdorch.plan.tally import Tally, tally

EVERY = 60.0  # seconds
_FIGURES, _WRITTEN = "figures", "figures_at"  # in the journal
_SHARES = ("handoff_success_rate", "task_completion_rate", "blocked_task_ratio")


class Gauges:
    """`wake`: when figures that have changed may be written, if there are any."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.wake: float | None = None
        self._new: dict[str, tuple[str, float]] = {}

    def written(self, reading: Reading, now: float, at_once: bool) -> bytes:
        """The page with the figures that it should show; `at_once`: however short ago the last were."""
        self.wake, self._new = None, {}
        if next(places(reading), None) is None:
            return reading.source.data
        last = {key: (text, number) for key, (text, number) in json.loads(self._get(_FIGURES, "{}")).items()}
        record = record_of(self._state.journal, reading.board, self._state.seen.values())
        found = dict(figures(tally(reading.board, record, now)))
        fresh = {key: new for key, new in found.items() if key not in last or matters(key, last[key], new)}
        shown = {key: text for key, (text, _) in (last | fresh).items() if key in found}
        try:
            data = write_figures(reading, shown, {key: text for key, (text, _) in last.items()})
        except CannotWrite:
            return reading.source.data
        due = float(self._get(_WRITTEN, "0")) + EVERY
        if data != reading.source.data and now < due and not at_once:
            self.wake = due
            return reading.source.data
        self._new = last | fresh
        return data

    def keep(self, now: float) -> None:
        """What `written` gave is on the page: remember it."""
        if self._new:
            self._state.journal.set(_FIGURES, json.dumps(self._new))
            self._state.journal.set(_WRITTEN, str(now))

    def _get(self, name: str, default: str) -> str:
        return self._state.journal.get(name, default)


def figures(found: Tally) -> Iterator[tuple[str, tuple[str, float]]]:
    """Key → what a page says, and the number behind it; nothing for what cannot be told yet."""
    for name in _SHARES:
        share: float | None = getattr(found, name)
        if share is not None:
            yield name, (f"{share:.0%}", share)
    if found.parallel_efficiency is not None:
        yield "parallel_efficiency", (f"{found.parallel_efficiency:.1f}x", found.parallel_efficiency)
    if found.average_task_duration is not None:
        yield "average_task_duration", (_length(found.average_task_duration), found.average_task_duration)
    for agent in found.agents:
        yield f"{agent.agent}/tasks", (str(agent.tasks), agent.tasks)
        yield f"{agent.agent}/runs", (str(agent.runs), agent.runs)
        if agent.success_rate is not None:
            yield f"{agent.agent}/success_rate", (f"{agent.success_rate:.0%}", agent.success_rate)
        if agent.average_duration is not None:
            yield f"{agent.agent}/average_duration", (_length(agent.average_duration), agent.average_duration)


def matters(key: str, old: tuple[str, float], new: tuple[str, float]) -> bool:
    """Whether a figure differs by enough: a time by a tenth, anything else by what can be seen."""
    if key.endswith("duration"):
        return old[0] != new[0] and abs(new[1] - old[1]) > 0.1 * old[1]
    return old[0] != new[0]


def _length(seconds: float) -> str:
    return spoken(max(1.0, seconds))
