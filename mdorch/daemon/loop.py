"""The loop: wake, look, understand, guard, decide, carry out; then sleep.

A pass is repeated until it finds nothing to do; then the loop sleeps until somebody saves the page, a run
ends, or the earliest time that the plan named. Whatever woke it, it looks at everything: a lost or merged
event costs nothing.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping

from mdorch.board.board import Board
from mdorch.board.read import Reading
from mdorch.board.status import Status
from mdorch.daemon.act import Actor
from mdorch.daemon.clerk import Clerk
from mdorch.daemon.doorbell import Doorbell
from mdorch.daemon.doors import Doors
from mdorch.daemon.events import Ending, Tell, silent
from mdorch.daemon.ground import FAULTS, Ground
from mdorch.daemon.guard import Guard, doubt
from mdorch.daemon.pace import Pace
from mdorch.daemon.past import Past
from mdorch.daemon.rest import Rest
from mdorch.daemon.rows import Rows
from mdorch.daemon.state import State
from mdorch.daemon.voice import Voice
from mdorch.desk.look import policy_of
from mdorch.desk.site import Site
from mdorch.desk.times import spoken
from mdorch.facts import Cause, Facts, RunState
from mdorch.frozen import Frozen
from mdorch.page.merge import merge
from mdorch.plan.actions import TRANSIENT, Plan
from mdorch.plan.memo import Memo
from mdorch.plan.plan import plan
from mdorch.world.errors import NoRoom, PageError, Stale
from mdorch.world.git import at_work
from mdorch.world.journal import Journal
from mdorch.world.keeper.ready import is_ready
from mdorch.world.version import Version

RECHECK = 1.0  # seconds until a page that could not be read, or is not settled, is looked at again
RARELY = 8.0  # seconds until what fails again and again is tried again, at most
GLANCE = 60.0  # seconds until a time is asked for again: a machine that sleeps does not count them
SOON = 0.05  # seconds until git, at work on the page, is asked again
COLLECT = 50_000, 20, 20  # a page of ten thousand rows is no garbage: look for some less often than usual
AGAIN = 3.0  # seconds in which a second interrupt also stops the runs


class Options(Frozen):
    """`once`: one full pass, no watching. `until_idle`: end when nothing can go on without a person.
    `only`: no other task may start. `trusted_rows`: a person has seen the plan for the rows as they
    are, so that they need not settle. `paused`: why nothing is to be started, only folded. `at_work` is
    called once, when nothing can keep the daemon from its first pass."""

    once: bool = False
    until_idle: bool = False
    only: frozenset[str] | None = None
    trusted_rows: bool = False
    paused: str = ""
    at_work: Callable[[], None] | None = None


class Daemon:
    """One daemon of one page. `environ` is what agents inherit (by default that of this process)."""

    def __init__(
        self,
        site: Site,
        options: Options,
        tell: Tell = silent,
        environ: Mapping[str, str] | None = None,
        doors: Doors | None = None,
    ) -> None:
        self.site = site
        self.options = options
        self.tell = tell
        self.environ = os.environ if environ is None else environ
        self.doors = doors or Doors(site)
        self.bell = Doorbell()
        self.plan = Plan()
        self.hold = ""
        self.voice = Voice(tell)
        self.digest = ""  # of the page as it was last seen or left
        self.changed = 0.0  # when somebody else last changed it
        self.soon = False  # something is under way that will be over in a moment
        self.saved = False  # somebody else had, when it was last looked at
        self.rest = Rest()

    def run(self) -> Ending:
        """Until told to stop, or for as long as the options say. Raises AlreadyHeld, JournalTooNew."""
        gc.set_threshold(*COLLECT)
        ground = Ground(self.site.page, self.site.dot, self.doors.journal)
        try:
            with self.bell as bell:
                self.set_up(ground.journal, bell)
                if self.options.at_work is not None:
                    self.options.at_work()
                try:
                    return self._loop(bell, ground)
                finally:
                    self.watch.stop()
                    self.state.folders.close()
        finally:
            ground.release()

    def set_up(self, journal: Journal, bell: Doorbell) -> None:
        self.runs = self.doors.runs()
        self.pace = Pace(self.doors.clock)
        self.trusted_rows = self.options.trusted_rows
        self.begin(journal)
        self.watch = self.doors.watch(bell.ring)
        if not self.options.once:
            self.watch.start()

    def begin(self, journal: Journal) -> None:
        """From what was written down, whatever was under way before."""
        self.journal = self.voice.journal = journal
        self.now = self.voice.now = self.doors.clock.now()
        self.page = self.doors.page(journal)
        self.page.recover()
        self.state = State(self.site, journal, self.runs)
        self.memo = Memo()
        self.state.bound_times(self.now)
        self.actor = Actor(self.site, self.state, self.page, self.environ, self.tell)
        self.clerk = Clerk(self.site, self.state, self.page)
        self.past = Past(journal, self.doors.versions())
        self.rows = Rows(self.state, self.voice)
        self.guard = Guard(self.site, journal)
        self.hold = self.guard.hold
        self.first_look = True
        if journal.made_anew:
            self.voice.note(
                "trouble", "the journal was lost or damaged: made anew; run ids end in a suffix from now on"
            )

    def _loop(self, bell: Doorbell, ground: Ground) -> Ending:
        while True:
            bell.clear()
            done = self.saved = False
            try:
                while not bell.stopping and self._pass_on(ground):
                    bell.clear()
                    done = True
            except FAULTS as error:
                if self.options.once:
                    raise
                self.voice.in_the_way(ground.fall(error))
            if bell.stopping:
                return self._stopped(bell)
            if self.options.once or (self.options.until_idle and self.idle()):
                return self.ending()
            self.voice.tell_how(ground, self.watch)
            self.rest.after(self.saved and not done)
            self._sleep(bell)

    def _pass_on(self, ground: Ground) -> bool:
        """One pass, on firm ground; whether anything was done."""
        if not ground.is_firm():
            self.begin(ground.journal)
        return self.one_pass()

    def one_pass(self) -> bool:
        """One pass; whether anything was done. Trouble with the page is told once, and waited out."""
        self.now = self.voice.now = self.doors.clock.now()
        self._mind_the_clock()
        try:
            if self.page.unsettled:
                self.page.recover()
            self._poll_runs()  # before reading: what a run wrote before it ended is on the page by then
            done = self._act_on(self.page.read())
        except Stale:
            return True  # somebody saved meanwhile: decide again on what they saved
        except (PageError, NoRoom) as error:
            self.voice.in_the_way(str(error))
            return False
        self.voice.in_the_way("")
        return done

    def _mind_the_clock(self) -> None:
        by = self.pace.jump()
        if by:
            self.state.move_times(by, self.now)
            self.changed = min(self.changed + by, self.now)
            way = "forward" if by > 0 else "back"
            self.voice.note(
                "clock", f"the clock was set {way} by {spoken(abs(by))}: what waits for time goes on waiting"
            )

    def _act_on(self, version: Version) -> bool:
        reading = self.state.read(version.data)
        self._check(reading, version)
        self.soon = not self.hold and self.guard.git_at_work(version, self.past.last, self.now)
        if self.soon:
            return False
        if self._repaired(version):
            return True
        if self.first_look:
            self._first_look(reading, version)
        elif not self.hold:
            self.rows.observe(reading.board, self.now, Cause.HAND)
        facts = self.state.facts(
            self.now, self._quiet(version), self.hold, self.options.only, self.options.paused
        )
        self.plan = plan(reading.board, facts, policy_of(self.site, reading.board), self.now, self.memo)
        if not self.plan.actions:
            self.past.keep()
            return not self.hold and self._tidied(version, reading, facts)
        after = self.actor.carry_out(version, self.plan.actions, self.now, self._doubts)
        self.digest = after.source.digest
        if after.source.data != version.data:
            self.past.left(after.source.data, self.now)
        self.rows.observe(after.board, self.now, Cause.MDORCH)
        for run, error in self.actor.refused.items():
            raise NoRoom(f"{run} cannot be started yet: {(error.strerror or str(error)).lower()}")
        return True

    def _tidied(self, version: Version, reading: Reading, facts: Facts) -> bool:
        """Whether something was to be done for the page's upkeep, and was."""
        last = self.options.once or (self.options.until_idle and self.idle())
        after = self.clerk.tidy(version, reading, facts, self.now, last)
        if after is None:
            return False
        self.digest = after.source.digest
        self.past.left(after.source.data, self.now)
        self.rows.observe(after.board, self.now, Cause.MDORCH)
        self.voice.say("upkeep", self.clerk.told)
        return True

    def _first_look(self, reading: Reading, version: Version) -> None:
        """Runs that a lost journal forgot; rows that changed while nobody watched, dated by the file."""
        if self.hold:
            return
        self.state.witness(reading.board)
        for run in self.state.adopt(reading.board, self.now):
            self.voice.say("adopt", f"found again: {run.state.value}", run)
        self.rows.observe(reading.board, min(version.mtime, self.now), Cause.HAND, first=True)
        self.first_look = False
        if self.trusted_rows:
            self.trusted_rows = False
            self.state.settle_rows()

    def _quiet(self, version: Version) -> float:
        """For how many seconds nobody else has changed the page."""
        self.saved = version.digest != self.digest
        if self.saved:
            self.changed = self.now if self.digest else min(version.mtime, self.now)
            self.digest = version.digest
        return self.now - self.changed

    def _poll_runs(self) -> None:
        with self.journal.loosely():  # their folders say it, too
            ended = [run for run in self.state.poll() if run.state is RunState.ENDED]
            if ended:
                with self.journal.batch():
                    for run in ended:
                        self.voice.note("ended", run.ending, run)

    def _check(self, reading: Reading, version: Version) -> None:
        """Hold the page, or let it go again; a bad one is kept like any other."""
        before, last = self.hold, self.past.last
        self.hold = self.guard.check(reading.board, self.state.seen, version, last)
        if self.hold == before:
            return
        if self.hold:
            self.past.doubted(version.data, self.now)
            self.voice.note(
                "held",
                f"{self.hold}; nothing is written or started until it is right, or mdorch resume;"
                " mdorch history --restore last brings back what it was",
            )
        else:
            self.voice.note("free", "the page is acted upon again")

    def _doubts(self, board: Board) -> bool:
        """Whether a page that somebody saves while we act must be looked at again in peace."""
        git_dir = self.site.git
        return bool(doubt(board, self.state.seen, git_dir)) or at_work(git_dir, self.doors.clock.now())

    def _repaired(self, version: Version) -> bool:
        """Whether somebody saved an old buffer: what it had undone is on the page again now."""
        found = None if self.hold else self.past.believe(version, self.now)
        if found is None:
            return False
        saved, merged = version.data, found.merged
        self.page.replace(saved, merged, carry=lambda now: merge(saved, merged, now).data)
        self.voice.say("repair", self.past.repaired(saved, found, self.state.read(merged), self.now))
        return True

    def _sleep(self, bell: Doorbell) -> None:
        if self.rest.pause and not is_ready(self.state.watched(), self.rest.pause):
            self.rest.over(saved=is_ready([bell.fileno()], 0))
        until = min((w for w in (self.plan.wake, *self.clerk.wakes) if w is not None), default=None)
        timeout = None if until is None else min(until - self.doors.clock.now(), GLANCE)
        if self.voice.trouble or self.soon or self.page.unsettled:
            pause = SOON if self.soon else min(RECHECK * 2 ** max(self.voice.waits - 1, 0), RARELY)
            timeout = pause if timeout is None else min(timeout, pause)
        is_ready([bell.fileno(), *self.state.watched()], timeout)

    def idle(self) -> bool:
        """Nothing runs, settles, waits for time or is still to be folded."""
        waits = self.plan.wake is not None or self.voice.trouble or self.soon or self.page.unsettled
        live = [r for r in self.state.runs.values() if r.live]
        if waits or any(r.state is RunState.STARTED or not self.hold for r in live):
            return False  # (on a held page, a claim waits for a person as well)
        if self.hold or self.options.paused:
            return True
        return not any(v.rule in TRANSIENT for v in self.plan.verdicts.values())

    def ending(self) -> Ending:
        """0: every row (that was asked for) is complete or on hold; 1: not; 3: held, or no page."""
        live = sum(r.live for r in self.state.runs.values())
        if self.hold or self.voice.trouble:
            return Ending(3, (f"the page is held: {self.hold}" if self.hold else self.voice.trouble,), live)
        rows = self.state.reading.board.tasks if self.state.reading else ()
        asked = [t for t in rows if self.options.only is None or t.id in self.options.only]
        open_rows = [t for t in asked if t.status not in (Status.COMPLETE, Status.ON_HOLD)]
        verdicts = self.plan.verdicts
        reasons = [
            f"{t.id or f'line {t.line}'}: {verdicts[t.index].text}" for t in open_rows if t.index in verdicts
        ]
        return Ending(1 if open_rows else 0, tuple(reasons), live)

    def _stopped(self, bell: Doorbell) -> Ending:
        """Told to stop: runs go on without us, unless the same was asked for twice."""
        live = [r for r in self.state.runs.values() if r.live]
        if live and bell.interactive:
            goes = "1 run goes on" if len(live) == 1 else f"{len(live)} runs go on"
            self.voice.say("stop", f"{goes}; interrupt again within {AGAIN:.0f} s to stop it all")
            if bell.again(AGAIN):
                for run in live:
                    self.state.folders.stop(run.id, "interrupted")
                self.voice.note("stop", "interrupted twice: what runs is being stopped")
                return Ending(0)
        return Ending(0, (), len(live))


def fold_only(site: Site, environ: Mapping[str, str] | None = None) -> Ending:
    """One pass that folds what has ended and starts nothing."""
    return Daemon(site, Options(once=True, paused="folding only"), environ=environ).run()
