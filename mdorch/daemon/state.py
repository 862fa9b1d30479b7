"""What the daemon keeps between two passes: the journal's rows and runs, mirrored in memory.

Everything here can be made again from the journal, the run folders and the page; nothing is decided
from it that was not written down first.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mdorch.board.board import Board
from mdorch.board.read import Reading, read
from mdorch.board.status import Status
from mdorch.daemon.doors import RunDoor
from mdorch.daemon.launch import run_about
from mdorch.desk.look import after, pause_reason
from mdorch.desk.site import Site
from mdorch.facts import Cause, Facts, Run, RunState, Seen
from mdorch.world.journal import Journal
from mdorch.world.records import Wish

HOUR = 3600.0
_MARKED = re.compile(r"^(?P<task>.+)\.(?P<attempt>\d+)(?:-\w+)?$")


class State:
    """`readings` of one page version are kept, because most passes look at bytes already read."""

    def __init__(self, site: Site, journal: Journal, runs: RunDoor) -> None:
        self.site = site
        self.journal = journal
        self.folders = runs
        self.seen: dict[str, Seen] = journal.seen()
        self.runs: dict[str, Run] = {r.id: r for r in journal.current_runs()}
        self.highest: dict[str, int] = journal.highest()
        self._wishes: list[Wish] = []
        self._wishes_seen = 0
        self.reading: Reading | None = None

    def read(self, data: bytes) -> Reading:
        if self.reading is None or self.reading.source.data != data:
            self.reading = read(data, self.site.companions(), self.site.known_agents())
        return self.reading

    def adopt(self, board: Board, now: float) -> list[Run]:
        """Take up run folders of which the journal knows nothing: it was lost, they were not.

        A run that still lives, or whose task is still *In Progress* for it, is taken up again; of any
        other only the attempt number counts.
        """
        found = []
        for run_id in self.folders.ids():
            record = run_about(run_id, self.folders.about(run_id))
            if record is None:
                continue
            self._reached(record.task, record.attempt)
            if self.journal.run(run_id) is not None:
                continue
            run = after(record, self.folders.poll(run_id))
            rows = [t for t in board.tasks if t.id == run.task]
            if not run.live and not (len(rows) == 1 and rows[0].status is Status.IN_PROGRESS):
                run = replace(run, state=RunState.FOLDED, outcome="forgotten")
            self.journal.claim(run)
            self.journal.note(now, "adopt", run.task, run.id, f"taken up from its folder: {run.state.value}")
            self.runs[run.id] = run
            found.append(run)
        for block in board.handoffs:
            marked = _MARKED.match(block.mark.run) if block.mark else None
            if marked:
                self._reached(marked["task"], int(marked["attempt"]))
        return found

    def _reached(self, task: str, attempt: int) -> None:
        self.highest[task] = max(attempt, self.highest.get(task, 0))

    def poll(self) -> list[Run]:
        """Runs that are in another state than the journal says, brought up to date there."""
        changed = []
        for run in [r for r in self.runs.values() if r.live]:
            new = after(run, self.folders.poll(run.id))
            if new != run:
                changed.append(new)
                self.update(new)
        return changed

    def update(self, run: Run) -> None:
        """Write a run's new state down, and keep it."""
        old = self.runs.get(run.id)
        if old is None:
            self.journal.claim(run)
        else:
            fields = {f: getattr(run, f) for f in run.__slots__ if getattr(run, f) != getattr(old, f)}
            if fields:
                self.journal.update(run.id, **fields)
        self.runs[run.id] = run
        self._reached(run.task, run.attempt)

    def prune(self) -> None:
        """Forget folded runs of earlier rounds: the plan never asks for them."""
        for run in list(self.runs.values()):
            seen = self.seen.get(run.task)
            if run.state is RunState.FOLDED and seen is not None and run.round < seen.round:
                del self.runs[run.id]

    def facts(self, now: float, quiet: float, hold: str, only: frozenset[str] | None, paused: str) -> Facts:
        return Facts(
            runs=tuple(self.runs.values()),
            seen=self.seen,
            launches=tuple(self.journal.launches(now - HOUR)),
            paused=paused or pause_reason(self.site),
            hold=hold,
            quiet=quiet,
            only=only,
            highest=self.highest,
            suffix=self.journal.suffix,
        )

    def announced(self) -> dict[tuple[str, str], str]:
        """Cells that commands said they would change, since the last change that was seen."""
        self._wishes = self.journal.wishes(after=self._wishes_seen)
        return {(w.task, w.role): w.value for w in self._wishes}

    def forget_wishes(self) -> None:
        """The announced changes have been seen: the same cells may be changed by hand from now on."""
        self._wishes_seen = max((w.id for w in self._wishes), default=self._wishes_seen)

    def rename(self, old: str, new: str) -> None:
        """A task got another id; its runs and what was seen of it follow."""
        self.journal.rename(old, new)
        for run in list(self.runs.values()):
            if run.task == old:
                self.runs[run.id] = replace(run, task=new)

    def watched(self) -> list[int]:
        """Descriptors that become readable when a run ends."""
        for run in self.runs.values():
            if run.state is RunState.STARTED:
                self.folders.watch(run.id)
        return list(self.folders.watch_fds())

    def settle_rows(self) -> None:
        """Count every row on the page as settled: a person has just approved the plan for them."""
        rows = [replace(s, cause=Cause.COMMAND) for s in self.seen.values()]
        self.seen = {s.task: s for s in rows}
        self.journal.see(rows)
