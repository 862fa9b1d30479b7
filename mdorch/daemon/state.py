"""What the daemon keeps between two passes: the journal's rows and runs, mirrored in memory.

Everything here can be made again from the journal, the run folders and the page; nothing is decided
from it that was not written down first.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable

from mdorch.board.board import Board
from mdorch.board.changes import Change
from mdorch.board.dialect import Dialect, written
from mdorch.board.read import Reading
from mdorch.board.status import Status
from mdorch.daemon.doors import RunDoor
from mdorch.daemon.observe import ROUND
from mdorch.daemon.readings import Readings
from mdorch.desk.disputes import disputes
from mdorch.desk.folders import after
from mdorch.desk.look import CLEARED, durations, pause_reason
from mdorch.desk.money import Spent, spent_today
from mdorch.desk.site import Site
from mdorch.desk.touched import touched
from mdorch.desk.trees import left_by, missing_by
from mdorch.facts import Cause, Duration, Facts, Run, RunState, Seen
from mdorch.frozen import differing, replace
from mdorch.plan.advance import Outcome
from mdorch.world.agents import Earlier
from mdorch.world.attached import attached
from mdorch.world.journal import Journal
from mdorch.world.records import Wish

HOUR, MINUTE = 3600.0, 60.0
METERS = 5.0  # seconds between two looks at what a run costs
ANNOUNCED = 10.0  # seconds from a command's announcement to its write, at most
LEFT = "left"  # in the journal: the digest of the page as it was last believed or left
_OVERTAKEN, _ROUNDS, _CELLS = "overtaken", "rounds", "cells"  # names of small facts in the journal


class State:
    """`reading` is of the version of the page that was acted upon last."""

    def __init__(self, site: Site, journal: Journal, runs: RunDoor) -> None:
        self.site = site
        self.journal = journal
        self.folders = runs
        self.seen: dict[str, Seen] = journal.seen()
        self.runs: dict[str, Run] = {r.id: r for r in journal.current_runs()}
        self.highest: dict[str, int] = journal.highest()
        self._past: tuple[float, tuple[Duration, ...]] = (0.0, ())  # when it was looked up
        self.unwritable: dict[str, str] = {}  # tasks whose changes this page version refuses, and why
        self.overtaken: dict[str, frozenset[str]] = {
            run: frozenset(roles) for run, roles in json.loads(journal.get(_OVERTAKEN, "{}")).items()
        }
        self._wishes: list[Wish] = []  # announcements as they were last read
        self.reading: Reading | None = None
        self._readings = Readings()
        self.metered = 0.0  # when what runs cost was last asked
        self._blocks: dict[str, float] = {}  # keys of handoffs, and since when they are there

    def read(self, data: bytes) -> Reading:
        """The page that is to be acted upon now, read."""
        if self.reading is None or self.reading.source.data != data:
            self.reading = self.understand(data)
            self.unwritable = {}
        return self.reading

    def understand(self, data: bytes) -> Reading:
        """What a page says."""
        return self._readings.of(data, self.site.companions(), self.site.known_agents())

    def reached(self, task: str, attempt: int) -> None:
        """This attempt at the task has been made, or its number is used up."""
        self.highest[task] = max(attempt, self.highest.get(task, 0))

    def poll(self) -> list[Run]:
        """Runs that are in another state than the journal says, brought up to date there."""
        live = [run for run in self.runs.values() if run.live]
        changed = [new for run in live if (new := after(run, self.folders.poll(run.id))) != run]
        if changed:
            with self.journal.batch():
                for run in changed:
                    self.update(run)
        return changed

    def update(self, run: Run) -> None:
        """Write a run's new state down, and keep it."""
        old = self.runs.get(run.id)
        if old is None:
            self.journal.claim(run)
        else:
            if fields := differing(run, old):
                self.journal.update(run.id, **fields)
        self.runs[run.id] = run
        self.reached(run.task, run.attempt)

    def fold(self, run_id: str, outcome: str) -> None:
        """The result of a run is on the page. One that was stopped to start again opens a new round."""
        run = self.runs[run_id]
        self.update(replace(run, state=RunState.FOLDED, outcome=outcome))
        seen = self.seen.get(run.task)
        if outcome == Outcome.REOPENED and seen is not None:
            self.seen[run.task] = replace(seen, round=seen.round + 1)
            self.journal.see([self.seen[run.task]])
        if self.overtaken.pop(run_id, None):
            self._keep_overtaken()

    def overtake(self, changes: Iterable[Change]) -> None:
        """Changes that were made while no daemon looked: they stand, also where the fold of a run had been
        begun, and may be on the page already."""
        columns = {change.task: frozenset(change.cells) for change in changes if change.cells}
        begun = [r for r in self.runs.values() if r.state is RunState.ENDED and r.outcome]
        for run in begun:
            if run.task in columns:
                self.overtaken[run.id] = self.overtaken.get(run.id, frozenset()) | columns[run.task]
                self._keep_overtaken()

    def _keep_overtaken(self) -> None:
        plain = {run: sorted(roles) for run, roles in self.overtaken.items()}
        self.journal.set(_OVERTAKEN, json.dumps(plain) if plain else "")

    def witness(self, board: Board) -> None:
        """Where a page has no agent table, a claim that a crash left is known to be shown by its row: it
        says what our write would have made of it. What somebody else typed is theirs."""
        dialect = Dialect(board.tasks)
        for run in [r for r in self.runs.values() if r.state is RunState.CLAIMED and not r.shown]:
            before, rows = self.seen.get(run.task), [t for t in board.tasks if t.id == run.task]
            if before is not None and len(rows) == 1 and before.status != Status.IN_PROGRESS:
                token = dialect.token(rows[0].table, Status.IN_PROGRESS)
                ours = written(before.cells.get("status", ""), Status.IN_PROGRESS, token)
                if rows[0].status_text == ours:
                    self.update(replace(run, shown=True))

    def move_times(self, by: float, now: float) -> None:
        """The clock was set by so many seconds: what happened within the hour is as long ago as before, and
        nothing is still to come. All else is too long ago to hold anything."""
        self.journal.move_times(now - by - HOUR, by, now)
        self._blocks = {key: since + by for key, since in self._blocks.items()}
        self.bound_times(now)

    def bound_times(self, now: float) -> None:
        """Nothing has happened later than now, whatever the clock said then."""
        self.journal.move_times(now, 0.0, now)
        self.seen = self.journal.seen()
        self.reload_runs()

    def reload_runs(self) -> None:
        """Believe the journal again, after it refused a commit."""
        self.runs = {r.id: r for r in self.journal.current_runs()}

    def prune(self) -> None:
        """Forget folded runs of earlier rounds: the plan never asks for them."""
        for run in list(self.runs.values()):
            seen = self.seen.get(run.task)
            if run.state is RunState.FOLDED and seen is not None and run.round < seen.round:
                del self.runs[run.id]

    def facts(self, now: float, quiet: float, hold: str, only: frozenset[str] | None, paused: str) -> Facts:
        cleared = float(self.journal.get(CLEARED, "0"))
        spent = self._spent(now, cleared)
        left = left_by(self.site, self.runs.values())
        return Facts(
            runs=tuple(self.runs.values()),
            seen=self.seen,
            launches=tuple(self.journal.launches(now - HOUR)),
            paused=paused or pause_reason(self.site),
            hold=hold,
            quiet=quiet,
            blocks=self._open_blocks(now - quiet),
            only=only,
            highest=self.highest,
            suffix=self.journal.suffix,
            unwritable=self.unwritable,
            overtaken=self.overtaken,
            disputes=disputes(self.journal),
            touched=touched(self.journal, now),
            left=left,
            missing=missing_by(self.site, self.reading.board, self.runs.values(), left)
            if self.reading
            else {},
            past=self._durations(now),
            cleared=cleared,
            spent=spent.usd,
            unpriced=spent.unpriced,
            dawn=spent.dawn,
            attached=attached(self.site.dot),
        )

    def _spent(self, now: float, cleared: float) -> Spent:
        """What was spent today; where nobody says what it costs and nobody wants to know, it is not asked."""
        settings = self.site.settings
        if settings.require_cost or any(spec.priced for spec in settings.agents.values()):
            return spent_today(self.journal, now, cleared)
        return Spent(0.0, (), 0.0)

    def read_meters(self, now: float) -> None:
        """What runs have cost so far, as far as their programs say so as they go. Each is asked now and then:
        what it printed since is read, and no more."""
        if self.next_meters is None or now < self.next_meters:
            return
        for run in self._metered():
            account = self.folders.account(run.id)
            if account is not None and account.usd is not None and account.usd != run.cost_usd:
                tokens, session = account.tokens, account.session or run.session
                self.update(replace(run, cost_usd=account.usd, tokens=tokens, session=session))
        self.metered = now

    @property
    def next_meters(self) -> float | None:
        """When what runs cost is to be asked again; None while nothing runs that would say."""
        return self.metered + METERS if self._metered() else None

    def _metered(self) -> list[Run]:
        settings = self.site.settings
        priced = any(spec.priced for spec in settings.agents.values())
        if not priced or not (settings.usd_per_run or settings.usd_per_day):
            return []
        live = [run for run in self.runs.values() if run.state is RunState.STARTED]
        return [run for run in live if (spec := settings.agent(run.agent)) is not None and spec.priced]

    def _open_blocks(self, changed: float) -> dict[str, float]:
        """Since when each block that is not taken, and each answer, reads as it does: what else is saved is
        no matter to it."""
        blocks = self.reading.board.handoffs if self.reading else ()
        open_ = [block.key for block in blocks if block.valid and not block.taken]
        open_ += [block.answered for block in blocks if block.taken and block.answer]
        self._blocks = {key: min(self._blocks.get(key, changed), changed) for key in open_}
        return self._blocks

    def _durations(self, now: float) -> tuple[Duration, ...]:
        """How long runs took, looked up now and then: the order of everything hangs on it."""
        if not 0 <= now - self._past[0] < MINUTE:
            self._past = now, durations(self.journal)
        return self._past[1]

    def announced(self, when: float) -> dict[tuple[str, str], str]:
        """Cells that commands said, shortly before `when`, they would change: (task, role) → value; and
        the new rounds that they asked for, whenever. What was answered once is not found again."""
        answered = {role: int(self.journal.get(role, "0")) for role in (_ROUNDS, _CELLS)}
        cells = self.journal.wishes(since=when - ANNOUNCED, after=answered[_CELLS])
        rounds = self.journal.wishes(after=answered[_ROUNDS])
        self._wishes = [w for w in cells if w.role != ROUND] + [w for w in rounds if w.role == ROUND]
        return {(w.task, w.role): w.value for w in self._wishes}

    def answer(self, changed: Container[str]) -> None:
        """Somebody changed these tasks: what was announced of them has been seen, or will not count. And the
        new rounds have begun."""
        for name, ids in (
            (_ROUNDS, [w.id for w in self._wishes if w.role == ROUND]),
            (_CELLS, [w.id for w in self._wishes if w.role != ROUND and w.task in changed]),
        ):
            if ids:
                self.journal.set(name, str(max(ids)))

    def answered_rounds(self) -> int:
        """Up to which number the announcements of new rounds are answered."""
        return int(self.journal.get(_ROUNDS, "0"))

    def rename(self, old: str, new: str) -> None:
        """A task got another id; its runs and what was seen of it follow."""
        self.journal.rename(old, new)
        self.seen.pop(old, None)
        for run in self.journal.runs(new):
            self.reached(new, run.attempt)
            if run.id in self.runs:
                self.runs[run.id] = run

    def watched(self) -> list[int]:
        """Descriptors that become readable when a run ends."""
        for run in self.runs.values():
            if run.state is RunState.STARTED:
                self.folders.watch(run.id)
        return list(self.folders.watch_fds())

    def resumed(self, run: Run) -> Run | None:
        """The run that it goes on with: also one of a round before."""
        return (self.runs.get(run.resumes) or self.journal.run(run.resumes)) if run.resumes else None

    def earlier(self, run: Run) -> Earlier:
        """The session that a run goes on with."""
        begun = self.resumed(run)
        if begun is None or not begun.session:
            return Earlier()
        spent = sum(r.tokens or 0 for r in self.runs.values() if r.session == begun.session)
        return Earlier(begun.session, spent)

    def settle_rows(self) -> None:
        """Count every row on the page as settled: a person has just approved the plan for them."""
        rows = [replace(s, cause=Cause.COMMAND) for s in self.seen.values()]
        self.seen = {s.task: s for s in rows}
        self.journal.see(rows)
