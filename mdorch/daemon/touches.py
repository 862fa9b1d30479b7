"""What runs really changed, set against what their rows promise: the parallel conflicts that were seen.

Rows with files keep apart what is planned; agents do as they like. So now and then while runs are at work,
and once when the last of them has ended, git is asked what changed, and when. By its time a change belongs to
the runs that were at work then. What is in nobody's or in several runs' files is kept, for the plan to tell,
and goes into the history. Nothing is stopped: the work is done, and somebody should look at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic

from mdorch.board.board import Board
from mdorch.daemon.voice import Voice
from mdorch.desk.site import Site
from mdorch.desk.touched import keep, touched
from mdorch.facts import Run, Touch
from mdorch.plan.conflicts import conflicts
from mdorch.plan.scopes import scope_of
from mdorch.world.changed import changed_since
from mdorch.world.journal import Journal

EVERY = 10.0  # seconds between two looks while runs are at work
SHARE = 20  # a look that takes long is followed by a pause this many times as long


class Touches:
    """`wake`: when to look again, if ever. Times are epoch seconds."""

    def __init__(self, site: Site, journal: Journal, voice: Voice, now: float) -> None:
        self._site = site
        self._journal = journal
        self._voice = voice
        self._looked = now
        self._pause = EVERY
        self.wake: float | None = None

    def look(self, board: Board, runs: Sequence[Run], now: float) -> bool:
        """Look, if it is time; whether something new was found."""
        begun = [run for run in runs if run.started is not None and not run.branch]  # others work elsewhere
        at_work = any(run.live for run in begun)
        concerned = [run for run in begun if run.live or (run.ended or 0.0) > self._looked]
        due = self._looked + self._pause
        self.wake = due if at_work else None
        if not concerned or (at_work and now < due):
            return False
        start = monotonic()
        fresh = self._seen(board, concerned, now)
        self._looked, self._pause = now, max(EVERY, (monotonic() - start) * SHARE)
        self.wake = now + self._pause if at_work else None
        return fresh

    def _seen(self, board: Board, runs: Sequence[Run], now: float) -> bool:
        site = self._site
        rows = {task.id: task for task in board.tasks}
        scoped = any(run.task in rows and scope_of(rows[run.task]) for run in runs)
        if site.git is None or not scoped:
            return False
        since = min(run.started or run.claimed for run in runs)
        files = changed_since(site.root, site.git, since)
        known = touched(self._journal, now)
        found = [touch for touch in self._touches(files, runs) if touch not in known]
        fresh = [(touch, p) for touch in found for p in conflicts(board, runs, [touch])]
        if fresh:
            for touch, problem in fresh:
                run = next(r for r in runs if r.id in touch.runs)
                self._voice.note("conflict", problem.message, run)
            keep(self._journal, [touch for touch, _ in fresh], now)
        return bool(fresh)

    def _touches(self, files: dict[str, float], runs: Sequence[Run]) -> Iterator[Touch]:
        own = {self._site.page, self._site.archive}
        for path, when in files.items():
            by = [r.id for r in runs if (r.started or r.claimed) <= when <= (r.ended or when)]
            if by and Path(self._site.root, path) not in own:
                yield Touch(path, tuple(by))
