"""One pass: look, understand, guard, decide, carry out.

Whatever woke the daemon, a pass looks at everything. It begins from what was written down, and a daemon that
was disturbed below a pass begins so again, as after a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mdorch.board.read import Reading
from mdorch.daemon.act import Actor
from mdorch.daemon.adopt import adopt
from mdorch.daemon.doors import Doors, WatchDoor
from mdorch.daemon.ending import ending
from mdorch.daemon.events import Ending
from mdorch.daemon.gather import Gather
from mdorch.daemon.guard import Guard, doubt
from mdorch.daemon.options import Options
from mdorch.daemon.pace import Pace
from mdorch.daemon.past import Past
from mdorch.daemon.rows import Rows
from mdorch.daemon.state import State
from mdorch.daemon.upkeep import Upkeep
from mdorch.daemon.voice import Voice
from mdorch.desk.look import Look, policy_of
from mdorch.desk.notices import told_by
from mdorch.desk.times import spoken
from mdorch.facts import Cause, End, Facts, RunState
from mdorch.frozen import replace
from mdorch.page.merge import merge
from mdorch.plan.actions import TRANSIENT, Plan
from mdorch.plan.holds import until
from mdorch.plan.memo import Memo
from mdorch.plan.plan import plan
from mdorch.world.crew import Crew
from mdorch.world.errors import NoRoom, PageError, Stale
from mdorch.world.git import at_work
from mdorch.world.journal import Journal
from mdorch.world.version import Version

if TYPE_CHECKING:
    from mdorch.daemon.herald import Herald


class Work:
    """The work of one daemon, pass by pass. `environ` is what agents inherit."""

    def __init__(self, doors: Doors, options: Options, environ: Mapping[str, str], voice: Voice) -> None:
        self.doors = doors
        self.site = doors.site
        self.options = options
        self.environ = environ
        self.voice = voice
        self.plan = Plan()
        self.hold = ""
        self.digest = ""  # of the page as it was last seen or left
        self.changed = 0.0  # when somebody else last changed it
        self.soon = False  # something is under way that will be over in a moment
        self.watch: WatchDoor | None = None
        self.saved = False  # somebody else had, when it was last looked at
        self.first_look = True  # nothing has been acted upon since the beginning
        self.herald: Herald | None = None  # tells people, where they want to be told
        self.seen: Look | None = None  # the last pass at which nothing was left to do, until it is told
        self.crew: Crew | None = None  # does what may take long

    def set_up(self, journal: Journal, ring: Callable[[], None]) -> None:
        self.runs, self.ring = self.doors.runs(), ring
        self.pace = Pace(self.doors.clock)
        self.trusted_rows = self.options.trusted_rows
        if told_by(self.site.settings.notify):
            from mdorch.daemon.herald import Herald

            self.herald = Herald(self.site, self.environ, self.doors.clock.now)
        self.begin(journal)

    def rest_crew(self, finish: bool = False) -> None:
        """Wait for what is being done beside the loop; what is not begun is not done, unless to `finish`."""
        if self.crew is not None:
            self.crew.close(finish)
            self.crew = None

    def begin(self, journal: Journal) -> None:
        """From what was written down, whatever was under way before."""
        self.journal = self.voice.journal = journal
        self.now = self.voice.now = self.doors.clock.now()
        clock = self.doors.clock.now
        self.past = Past(journal, self.doors.versions(), clock, self._doubts, self._unwatched)
        self.page = self.doors.page(journal, self.past)
        self.page.recover()
        self.state = State(self.site, journal, self.runs)
        self.memo = Memo()
        self.state.bound_times(self.now)
        self.rest_crew()
        self.crew = None if self.options.once else self.doors.crew(self.ring)
        self.actor = Actor(self.site, self.state, self.page, self.environ, self.voice.tell, self.crew)
        self.actor.forest.sweep()
        self.gather = Gather()
        self.upkeep = Upkeep(self.state, self.page, self.voice, self.now)
        self.rows = Rows(self.state, self.voice)
        self.guard = Guard(self.site, journal)
        self.hold = self.guard.hold
        self.first_look = True
        if journal.made_anew:
            self.voice.note(
                "trouble", "the journal was lost or damaged: made anew; run ids end in a suffix from now on"
            )

    def one_pass(self) -> bool:
        """One pass; whether anything was done. Trouble with the page is told once, and waited out."""
        self.now, self.began = self.doors.clock.now(), self.doors.clock.elapsed()
        self.voice.now = self.now
        self.gather.look()
        self._mind_the_clock()
        try:
            self._poll_runs()  # before reading: what a run wrote before it ended is on the page by then
            self.actor.closing.fetch(self.now)
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

    def _act_on(self, version: Version, settled: bool = False) -> bool:
        """`settled`: late saves were merged in just now. Others may wait: there may be no end of them."""
        reading = self.state.read(version.data)
        self._check(reading, version)
        self.soon = not self.hold and self.guard.git_at_work(version, self.past.last, self.now)
        if self.soon:
            return False
        if self._repaired(version):
            return True
        if not settled and not self.hold and self.page.unsettled and self.page.settle():
            return self._act_on(self.page.read(), settled=True)
        if self.first_look:
            self._first_look(reading, version)
        elif not self.hold:
            self.rows.observe(reading.board, self.now, Cause.HAND)
        facts = self._decide(version, reading)
        if not self.plan.actions:
            return self._kept_up(version, reading, facts)
        if not self.options.once:
            took = self.doors.clock.elapsed() - self.began
            if self.gather.waits(self.plan.actions, facts.runs, self.now, took):
                return False
        after = self.actor.carry_out(version, self.plan.actions, self.now, self.past.believes)
        self._left(after)
        self.actor.raise_refused()
        return self.actor.did or self._kept_up(version, after, facts)

    def _kept_up(self, version: Version, reading: Reading, facts: Facts) -> bool:
        """What is done where there is nothing else to do; whether anything was."""
        if self.hold:
            return False
        last = self.options.once or (self.options.until_idle and self.idle())
        did, after = self.upkeep.keep(version, reading, facts, self.now, last)
        if after is not None:
            self._left(after)
        return did

    def _left(self, after: Reading) -> None:
        """The page is as we have just written it."""
        self.digest = after.source.digest
        self.rows.observe(after.board, self.now, Cause.MDORCH)

    def _decide(self, version: Version, reading: Reading) -> Facts:
        """Make the plan; what it was made from."""
        facts = self.state.facts(
            self.now, self._quiet(version), self.hold, self.options.only, self.options.paused
        )
        facts = replace(facts, landing=self.actor.forest.landing)
        policy = policy_of(self.site, reading.board)
        self.plan = plan(reading.board, facts, policy, self.now, self.memo)
        if not self.plan.actions:
            self.seen = Look(self.site, version.data, reading.board, facts, policy, self.plan, self.now)
        return facts

    def _first_look(self, reading: Reading, version: Version) -> None:
        """Runs that a lost journal forgot; rows that changed while nobody watched, dated by the file."""
        if self.herald is not None:
            self.herald.begin(reading.board)
        if self.hold:
            return
        self.state.witness(reading.board)
        for run in adopt(self.state, reading.board, self.now):
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
            self.state.read_meters(self.now)
            if ended:
                with self.journal.batch():
                    for run in ended:
                        self.voice.note("ended", run.ending, run)
        for run in [run for run in ended if run.end is End.LOST]:
            if left := self.runs.sweep(run.id):  # no deadline, no log and no stop: nobody keeps them
                self.voice.note("stop", f"{left} of its processes lived on without it, and are ended", run)

    def _check(self, reading: Reading, version: Version) -> None:
        """Hold the page, or let it go again; a bad one is kept like any other."""
        before, last = self.hold, self.past.last
        self.hold = self.guard.check(reading.board, self.state.seen, version, last)
        if self.hold == before:
            return
        if self.hold:
            self.past.doubted(version.data)
            self.voice.note("held", f"{self.hold}; {until(self.hold)}")
        else:
            self.voice.note("free", "the page is acted upon again")

    def _doubts(self, page: bytes) -> bool:
        """Whether a page that somebody saves while we act must be looked at again in peace."""
        board, git_dir = self.state.understand(page).board, self.site.git
        doubts = bool(doubt(board, self.state.seen, git_dir))
        return doubts or at_work(git_dir, self.site.page, page, self.doors.clock.now())

    def _unwatched(self, since: float) -> float:
        """For how many seconds the page may have been saved more than once without our knowing, since it was
        read at that time (epoch seconds)."""
        age = self.doors.clock.now() - since
        return self.watch.unwatched(self.doors.clock.elapsed() - age) if self.watch else age

    def _repaired(self, version: Version) -> bool:
        """Whether somebody saved an old buffer: what it had undone is on the page again now."""
        found = None if self.hold else self.past.believe(version.data, version.mtime)
        if found is None:
            return False
        saved, merged = version.data, found.merged

        def carry(now: bytes) -> bytes | None:
            return None if self._doubts(now) else merge(saved, merged, now).data

        self.page.replace(saved, merged, carry=carry)
        self.voice.say("repair", self.past.repaired(saved, found))
        return True

    def tell_people(self) -> None:
        """Of what was seen since the last time; nothing is waited for."""
        if self.herald is not None and self.seen is not None:
            self.herald.look(self.seen)
        self.seen = None

    def wake(self) -> float | None:
        """The earliest time at which something is to be done, in epoch seconds."""
        plan, others = self.plan, (self.gather.until, self.state.next_meters)
        wakes = (plan.wake, plan.later, *others, *self.upkeep.wakes)
        return min((w for w in wakes if w is not None), default=None)

    def is_unsettled(self) -> bool:
        """Whether something is under way on the page that will be over by itself."""
        return self.soon or (self.page.unsettled and not self.hold)

    def idle(self) -> bool:
        """Nothing runs, settles, waits for time or is still to be folded."""
        busy = self.voice.trouble or self.is_unsettled() or self.actor.forest.landing
        live = [r for r in self.state.runs.values() if r.live]
        if (
            busy
            or self.plan.wake is not None
            or any(r.state is RunState.STARTED or not self.hold for r in live)
        ):
            return False  # (on a held page, a claim waits for a person as well)
        if self.hold or self.options.paused:
            return True
        return not any(v.rule in TRANSIENT for v in self.plan.verdicts.values())

    def ending(self) -> Ending:
        wrong = f"the page is held: {self.hold}" if self.hold else self.voice.trouble
        so_far = Ending(3 if wrong else 0, (wrong,), sum(r.live for r in self.state.runs.values()))
        return ending(self.state.reading, self.plan, self.options.only, so_far)
