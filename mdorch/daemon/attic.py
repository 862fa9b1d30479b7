"""What is old goes from `.mdorch/`: folders of runs, lines of the history, announcements.

It is done now and then, when there is nothing else to do, and in small steps, so that nothing ever waits
for it. A folder goes first and its run's line in the journal later: a line that is left says that the run is
over, a folder that is left would be taken for one that a lost journal forgot. What may go says
`world.retention`.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from mdorch.board.board import Board
from mdorch.config.settings import Settings
from mdorch.daemon.observe import ROUND
from mdorch.daemon.state import HOUR, State
from mdorch.desk.look import REMEMBERED

DAY = 24 * HOUR
LEAST = 2 * DAY  # nothing younger goes by its age: launches of an hour and the spend of a day are counted
NOTES = 100_000  # lines of the history, at most
STEP = 50  # folders at once
LINES = 5_000  # lines of the journal at once


class Attic:
    def __init__(self, settings: Settings, state: State) -> None:
        self._settings = settings
        self._state = state
        self._due = 0.0  # when it is looked through again

    def clear(self, board: Board, now: float, last: bool) -> bool:
        """One step, if it is time, or the daemon is about to end; whether anything went. `now` is epoch
        seconds."""
        if not last and self._due - HOUR <= now < self._due:
            return False
        with suppress(sqlite3.OperationalError):  # a full disk is for others to tell
            if self._folders({task.id for task in board.tasks}, now) or self._lines(now):
                return True
        self._due = now + HOUR
        return False

    def _before(self, now: float) -> float:
        return now - max(self._settings.keep_for, LEAST)

    def _folders(self, here: set[str], now: float) -> bool:
        """Those that are too old, and the oldest of too many; but not the last one of a task that is here."""
        folders, before = self._state.folders, self._before(now)
        there = set(folders.ids())
        known = self._state.journal.spare_runs()
        spare = [(run, time) for run, time, last in known if run in there and last not in here]
        many = len(there) - self._settings.keep_runs
        going = [run for n, (run, time) in enumerate(spare) if n < many or time < before]
        gone = 0
        for run in going[:STEP]:
            with suppress(OSError):
                gone += folders.remove(run)
        return gone > 0

    def _lines(self, now: float) -> bool:
        state, before = self._state, self._before(now)
        there = set(state.folders.ids())
        old = [run for run in state.journal.old_runs(before, REMEMBERED) if run not in there][:LINES]
        if old:
            state.journal.forget_runs(old)
            for run in old:
                state.runs.pop(run, None)
        notes = state.journal.forget_notes(before, NOTES, LINES)
        wishes = state.journal.forget_wishes(now - HOUR, ROUND, state.answered_rounds())
        return bool(old or notes or wishes)
