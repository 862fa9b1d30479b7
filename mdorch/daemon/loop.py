"""The loop: wake, look, understand, guard, decide, write, launch, note; then sleep.

The order of the three durable steps is what makes a launch happen once, whatever crashes between them:

1. *claim* — the run is in the journal, with the page write that will show it, in one synced commit;
2. *page* — compare-and-replace: the row says In Progress, the agent table names the run;
3. *start* — the run's folder is made exclusively, then the shim starts.

A crash after 1 leaves a claim that the next pass shows and starts, or gives up; after 2 the same claim
already shown; after 3 a folder, which is believed over the journal. Folding goes the same way: page
first, journal after, and folding again what is already on the page changes nothing.

A pass is repeated until it finds nothing to do; then the loop sleeps until somebody saves the page, a run
ends, or the earliest time that the plan named.
"""

from __future__ import annotations

import contextlib
import hashlib
import select
from collections.abc import Mapping
from dataclasses import dataclass, replace

from mdorch.board.edits import CannotWrite, edit
from mdorch.board.read import Reading
from mdorch.board.status import Status
from mdorch.daemon.doorbell import Doorbell
from mdorch.daemon.events import Ending, Event, Tell, silent
from mdorch.daemon.guard import doubt
from mdorch.daemon.launch import spec_of
from mdorch.daemon.observe import described, observe, wished_cells
from mdorch.daemon.state import State, git_dir
from mdorch.desk.brief import prompt_of
from mdorch.desk.look import policy_of
from mdorch.desk.site import Site
from mdorch.facts import Cause, End, Run, RunState
from mdorch.plan.actions import TRANSIENT, Action, Kind, Plan, Rule
from mdorch.plan.plan import plan, wishes_of
from mdorch.world.clock import Clock, SystemClock
from mdorch.world.crash import crash_point
from mdorch.world.errors import AlreadyStarted, PageBusy, PageError, PageMissing, Stale
from mdorch.world.journal import Journal
from mdorch.world.lock import DaemonLock
from mdorch.world.pagefile import Version
from mdorch.world.runs import Runs
from mdorch.world.watch import Watch

RECHECK = 1.0  # seconds until a page that could not be read is looked at again


@dataclass(frozen=True, slots=True)
class Options:
    """`once`: one full pass, no watching. `until_idle`: end when nothing can go on without a person.
    `only`: no other task may start. `trusted_rows`: a person has seen the plan for the rows as they
    are, so that they need not settle. `paused`: fold and stop, start nothing."""

    once: bool = False
    until_idle: bool = False
    only: frozenset[str] | None = None
    trusted_rows: bool = False
    paused: str = ""


class Daemon:
    """One daemon of one page. `environ` is what agents inherit."""

    def __init__(
        self,
        site: Site,
        options: Options,
        tell: Tell = silent,
        environ: Mapping[str, str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.site = site
        self.options = options
        self.tell = tell
        self.environ = environ if environ is not None else {}
        self.clock = clock or SystemClock()
        self.plan = Plan()
        self.hold = ""
        self.trouble = ""
        self._unwritable: set[str] = set()

    def run(self) -> Ending:
        """Until told to stop, or for as long as the options say. Raises AlreadyHeld, JournalTooNew."""
        self.site.dot.mkdir(exist_ok=True)
        lock = DaemonLock.take(self.site.dot)
        try:
            with contextlib.closing(Journal.open(self.site.dot)) as journal, Doorbell() as bell:
                self._set_up(journal, bell)
                try:
                    return self._loop(bell)
                finally:
                    self.watch.stop()
                    self.state.folders.close()
        finally:
            lock.release()

    def _set_up(self, journal: Journal, bell: Doorbell) -> None:
        self.journal = journal
        self.page = self.site.page_file(journal)
        self.page.recover()
        self.state = State(self.site, journal, Runs(self.site.dot))
        self.git = git_dir(self.site.root)
        self.watch = Watch(self.site.page, bell.ring)
        self.first_look = True
        self.now = self.clock.now()
        if journal.made_anew:
            self._note("trouble", "the journal was lost or damaged: made anew; run ids carry a suffix from now on")
        if not self.options.once:
            self.watch.start()

    def _loop(self, bell: Doorbell) -> Ending:
        while True:
            self._passes(bell)
            if bell.stopping:
                return self._stopped(bell)
            if self.options.once:
                return self._ending()
            if self.options.until_idle and self._idle():
                return self._ending()
            self._sleep(bell)

    def _passes(self, bell: Doorbell) -> None:
        """Pass after pass until one finds nothing to do."""
        while not bell.stopping:
            bell.clear()
            if not self._one_pass():
                return

    def _one_pass(self) -> bool:
        """One pass; whether anything was done. Trouble with the page is told once, and waited out."""
        self.now = self.clock.now()
        try:
            version = self.page.read()
            self._told_trouble("")
            return self._act_on(version)
        except Stale:
            return True  # somebody saved meanwhile: decide again on what they saved
        except (PageMissing, PageBusy, PageError) as error:
            self._told_trouble(str(error))
            return False

    def _act_on(self, version: Version) -> bool:
        state = self.state
        reading = state.read(version.data)
        self._poll_runs()
        self._guard(reading, version)
        if self.first_look:
            for run in state.adopt(reading.board, self.now):
                self._tell("adopt", f"found again: {run.state.value}", run.task, run.agent, run.id)
        if not self.hold:
            self._observe(reading, version.mtime if self.first_look else self.now, Cause.HAND)
        if self.first_look and self.options.trusted_rows:
            state.settle_rows()
        self.first_look = False
        quiet = max(0.0, self.now - version.mtime)
        facts = state.facts(self.now, quiet, self.hold, self.options.only, self.options.paused)
        self.plan = plan(reading.board, facts, policy_of(self.site, reading.board), self.now)
        actions = tuple(a for a in self.plan.actions if not self._refused(a))
        if not actions:
            return False
        self._carry_out(reading, version, actions)
        return True

    def _refused(self, action: Action) -> bool:
        """Whether the page refused this action's wishes before, as it is now."""
        return self._fingerprint(action) in self._unwritable

    def _fingerprint(self, action: Action) -> str:
        digest = self.state.reading.source.digest if self.state.reading else ""
        return f"{digest} {action.kind} {action.task} {action.run}"

    # Look

    def _poll_runs(self) -> None:
        for run in self.state.poll():
            if run.state is RunState.ENDED:
                how = _how_it_ended(run)
                self._note("ended", how, run.task, run.agent, run.id)

    def _guard(self, reading: Reading, version: Version) -> None:
        accepted = self.journal.get("accepted") == version.digest
        hold = "" if accepted else doubt(reading.board, self.state.seen, self.git)
        if hold == self.hold == self.journal.get("hold"):
            return
        if hold:
            self._note("held", f"{hold}; nothing is written or started until mdorch resume")
        elif self.hold:
            self._note("free", "the page is acted upon again")
        self.journal.set("hold", hold)
        self.hold = hold

    def _observe(self, reading: Reading, when: float, cause: Cause) -> None:
        state = self.state
        found = observe(state.seen, reading.board, state.announced(), when, cause)
        if not found.changes:
            return
        with self.journal.batch():
            for old, new in found.renamed:
                self._rename(old, new)
            self.journal.forget(found.gone)
            self.journal.see(found.seen)
            for change, by in found.changes:
                if by is not Cause.MDORCH and not self.first_look:
                    self.journal.note(self.now, f"by {by}", change.task, text=described(change))
        for task in found.gone:
            state.seen.pop(task, None)
        state.seen.update({s.task: s for s in found.seen})
        state.prune()
        if cause is Cause.HAND:
            state.wishes_read = max((w.id for w in self.journal.wishes(after=state.wishes_read)), default=state.wishes_read)

    def _rename(self, old: str, new: str) -> None:
        self.journal.rename(old, new)
        for run in list(self.state.runs.values()):
            if run.task == old:
                self.state.runs[run.id] = replace(run, task=new)

    # Carry out

    def _carry_out(self, reading: Reading, version: Version, actions: tuple[Action, ...]) -> None:
        for action in actions:
            if action.kind is Kind.STOP:
                self.state.folders.stop(action.run, "hold")
                self.state.update(replace(self.state.runs[action.run], stop_reason="hold"))
                self._note(action.kind, action.reason, action.task, action.agent, action.run)
        try:
            new = edit(reading, wishes_of(actions))
        except CannotWrite:
            actions, new = self._without_unwritable(reading, actions)
        runs = [a.run for a in actions if a.kind is Kind.START]
        with self.journal.batch():
            for action in actions:
                if action.kind is Kind.START and action.run not in self.state.runs:
                    self._claim(action)
            if new != version.data:
                self.journal.intend(version.data, new, runs)
        crash_point("claimed")
        if new != version.data:
            self.page.replace(version.data, new)
            crash_point("shown")
        after = self.state.read(new)
        self._start_all(after, actions)
        self._record(after, actions)

    def _without_unwritable(
        self, reading: Reading, actions: tuple[Action, ...]
    ) -> tuple[tuple[Action, ...], bytes]:
        """The actions that the page takes one by one, and the page after them; the others are told of
        once and not tried again on this version of the page."""
        kept: list[Action] = []
        new = reading.source.data
        for action in actions:
            try:
                new = edit(reading, wishes_of((*kept, action)))
            except CannotWrite as error:
                self._unwritable.add(self._fingerprint(action))
                self._note("trouble", f"cannot write: {error}", action.task, action.agent, action.run)
            else:
                kept.append(action)
        return tuple(kept), new

    def _claim(self, action: Action) -> None:
        run = Run(action.run, action.task, action.attempt, action.agent, RunState.CLAIMED, self.now, action.round)
        self.state.update(run)

    def _start_all(self, reading: Reading, actions: tuple[Action, ...]) -> None:
        for action in actions:
            if action.kind is not Kind.START:
                continue
            run = self.state.runs[action.run]
            task = next(t for t in reading.board.tasks if t.id == action.task)
            prompt = prompt_of(
                self.site, reading.source.data, reading.board, task, self.journal, (action.agent, action.run)
            )
            try:
                pid = self.state.folders.start(spec_of(self.site, reading.board, action, prompt, self.environ))
            except AlreadyStarted:
                continue  # a folder is there: the next poll says what became of it
            crash_point("started")
            self.state.runs[run.id] = replace(
                run, state=RunState.STARTED, started=self.clock.now(), pid=pid, shown=True
            )
            self._tell(action.kind, action.reason, action.task, action.agent, action.run)

    def _record(self, reading: Reading, actions: tuple[Action, ...]) -> None:
        """What was done, in one commit: runs, history, and the rows as we left them."""
        with self.journal.batch():
            for action in actions:
                if action.kind is Kind.START:
                    started = self.state.runs[action.run]
                    if started.state is RunState.STARTED:
                        self.journal.update(
                            started.id, state=started.state, started=started.started, pid=started.pid, shown=True
                        )
                elif action.kind in (Kind.FOLD, Kind.RELEASE):
                    run = self.state.runs[action.run]
                    self.state.update(replace(run, state=RunState.FOLDED, outcome=action.outcome))
                if action.kind is not Kind.STOP:
                    self.journal.note(self.now, action.kind, action.task, action.run, _noted(action))
            self._observe(reading, self.now, Cause.MDORCH)
            self._reopen(actions)
            for intent in self.journal.pending():
                self.journal.fulfil(intent.id)
        for action in actions:
            if action.kind not in (Kind.STOP, Kind.START):
                self._tell(action.kind, _noted(action), action.task, action.agent, action.run)

    def _reopen(self, actions: tuple[Action, ...]) -> None:
        """A run stopped in order to start again opens a new round."""
        for action in actions:
            seen = self.state.seen.get(action.task)
            if action.kind is Kind.FOLD and action.outcome == "reopened" and seen is not None:
                fresh = replace(seen, round=seen.round + 1)
                self.state.seen[action.task] = fresh
                self.journal.see([fresh])

    # Sleep and end

    def _sleep(self, bell: Doorbell) -> None:
        until = self.plan.wake
        timeout = None if until is None else max(0.0, until - self.clock.now())
        if self.trouble:
            timeout = min(timeout or RECHECK, RECHECK)
        fds = [bell.fileno(), *self.state.folders.watch_fds()]
        select.select(fds, [], [], timeout)

    def _idle(self) -> bool:
        """Nothing runs, settles, waits for time or is still to be folded."""
        if any(r.live for r in self.state.runs.values()) or self.plan.wake is not None or self.trouble:
            return False
        if self.hold or self.options.paused:
            return True
        return not any(v.rule in TRANSIENT for v in self.plan.verdicts.values())

    def _ending(self) -> Ending:
        live = sum(r.live for r in self.state.runs.values())
        if self.hold:
            return Ending(3, (f"the page is held: {self.hold}",), live)
        rows = self.state.reading.board.tasks if self.state.reading else ()
        done = (Status.COMPLETE, Status.ON_HOLD)
        asked = [t for t in rows if self.options.only is None or t.id in self.options.only]
        open_rows = [t for t in asked if t.status not in done]
        verdicts = self.plan.verdicts
        reasons = tuple(f"{t.id or f'line {t.line}'}: {verdicts[t.index].text}" for t in open_rows if t.index in verdicts)
        if self.trouble:
            return Ending(3, (self.trouble,), live)
        return Ending(1 if open_rows else 0, reasons, live)

    def _stopped(self, bell: Doorbell) -> Ending:
        """Told to stop: runs go on without us, unless the same was asked for twice."""
        live = [r for r in self.state.runs.values() if r.live]
        if bell.impatient(patience=3.0 if live and bell.interactive else 0.0):
            for run in live:
                self.state.folders.stop(run.id, "interrupted")
            self._note("stop", f"interrupted twice: {len(live)} runs are being stopped")
            return Ending(0, (), 0)
        return Ending(0, (), len(live))

    def _told_trouble(self, text: str) -> None:
        if text and text != self.trouble:
            self._note("trouble", text)
        elif self.trouble and not text:
            self._note("free", "the page can be read again")
        self.trouble = text

    def _note(self, kind: str, text: str, task: str = "", agent: str = "", run: str = "") -> None:
        self.journal.note(self.now, kind, task, run, text)
        self._tell(kind, text, task, agent, run)

    def _tell(self, kind: str, text: str, task: str = "", agent: str = "", run: str = "") -> None:
        self.tell(Event(self.now, kind, text, task, agent, run))


def fold_only(site: Site, environ: Mapping[str, str] | None = None) -> Ending:
    """One pass that folds what has ended and starts nothing."""
    return Daemon(site, Options(once=True, paused="folding only"), environ=environ).run()


def _noted(action: Action) -> str:
    outcome = f"{action.outcome.replace('_', ' ')}: " if action.outcome else ""
    return outcome + action.reason if not action.reason.startswith(action.outcome or "\0") else action.reason


def _how_it_ended(run: Run) -> str:
    if run.end is End.EXIT:
        code = run.exit_code or 0
        how = f"exit {code}" if code >= 0 else f"killed by signal {-code}"
    else:
        how = {"timeout": "ran out of time", "stopped": f"stopped: {run.stop_reason}"}.get(run.end or "", str(run.end))
    return f"{how}: {run.detail}" if run.detail and run.exit_code else how


def page_digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


_ = Rule
