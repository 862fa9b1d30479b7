"""Carrying a plan out: claim, show on the page, start, record.

The order of the durable steps is what makes a launch happen once, whatever crashes between them:

1. *claim* — the run is in the journal, with the page write that will show it, in one synced commit;
   a fold is in the same way begun there, by its outcome;
2. *page* — compare-and-replace: the row says In Progress, the agent table names the run;
3. *tree* — where the run is to have a work tree of its own, it is made, and found again (see `world.trees`);
4. *start* — the run's folder is made exclusively, then the shim starts.

Trees are made beside the loop where a crew does it (`forest`): then the claim waits after 2, is judged anew
in each pass like one that a crash left, and goes on with 4 once its tree is there.

A crash after 1 leaves a claim that the next pass shows and starts, or gives up; after 2 the same claim,
shown already; after 3 a tree in which nobody has been; after 4 a folder, which is believed over the
journal. A run with a tree is folded once its tree is closed and merged, which can be done again. Folding
goes the same way: page first, journal after; folding again what is on the page already changes nothing, and
where somebody changed the row since, the fold that the journal knows as begun leaves that alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mdorch.board.edits import CannotWrite, edit
from mdorch.board.read import Reading
from mdorch.board.task import Task
from mdorch.board.wishes import BringHandoff, MarkTaken
from mdorch.daemon.adopt import end_remains
from mdorch.daemon.carry import Basis, rows_of
from mdorch.daemon.closing import Closing
from mdorch.daemon.doors import PageDoor
from mdorch.daemon.events import Event, Tell
from mdorch.daemon.forest import Forest, NotYet
from mdorch.daemon.launch import FRESH, Ground, spec_of
from mdorch.daemon.state import State
from mdorch.desk.brief import Who, nudge_of, prompt_of
from mdorch.desk.site import Site
from mdorch.desk.times import price
from mdorch.facts import End, Run, RunState
from mdorch.frozen import replace
from mdorch.plan.actions import Action, Kind
from mdorch.plan.plan import wishes_of
from mdorch.plan.proof import checks_of
from mdorch.world.change import Carry
from mdorch.world.crash import crash_point
from mdorch.world.crew import Crew
from mdorch.world.errors import AlreadyClaimed, NoRoom, is_passing
from mdorch.world.runspec import RunSpec
from mdorch.world.trees.joined import Conflict
from mdorch.world.version import Version

Believes = Callable[[bytes], bool]


class Actor:
    """Carries out the actions of one plan after another. `environ` is what agents inherit."""

    def __init__(
        self,
        site: Site,
        state: State,
        page: PageDoor,
        environ: Mapping[str, str],
        tell: Tell,
        crew: Crew | None,
    ) -> None:
        self.site = site
        self.state = state
        self.page = page
        self.environ = environ
        self.tell = tell
        self.forest = Forest(site, state, crew)
        self.closing = Closing(self.forest, state, self._note)
        self.refused: dict[str, OSError] = {}  # runs that could not be started now: by the system's fault
        self.overtaken: set[str] = set()  # tasks that were claimed, and somebody changed at once
        self.pending: set[str] = set()  # runs that cannot start before the crew has made their trees
        self.did = False  # whether the last plan has led to anything but waiting

    def carry_out(
        self, version: Version, actions: tuple[Action, ...], now: float, believes: Believes
    ) -> Reading:
        """Do it all, or nothing where a part of it cannot be: then the next plan is another one. Where the
        page was saved meanwhile it is done on that, if the plan still holds and one `believes` that page.

        Gives the page as it would have been left: what was saved meanwhile counts as saved afterwards.
        Raises Stale (nothing written or started) and PageError. `now` is epoch seconds.
        """
        reading, self.refused, self.pending, self.did = self.state.read(version.data), {}, set(), True
        self._stop_runs(actions, now)
        try:
            new = edit(reading, wishes_of(actions))
            self._claim(version.data, new, actions, now)
        except CannotWrite:
            self._find_unwritable(reading, actions, now)
            return reading
        except AlreadyClaimed:
            self._skip_attempts(actions)
            return reading
        crash_point("claimed")
        left = version.data
        if new != version.data:
            carry = self._carrier(reading, new, actions, believes)
            left = self.page.replace(version.data, new, carry=carry).data
            crash_point("shown")
        after = self.state.read(new)
        starts = [a for a in actions if a.kind is Kind.START]
        self.overtaken = self._changed_since(after, left, {a.task for a in starts})
        self._start(after, [a for a in starts if a.task not in self.overtaken], now)
        self._record(actions, now)
        crash_point("recorded")
        self.closing.land(actions, now)
        self.did = new != version.data or any(action.run not in self.pending for action in actions)
        return after

    def _carrier(
        self, reading: Reading, new: bytes, actions: tuple[Action, ...], believes: Believes
    ) -> Carry:
        """What makes of a page that somebody saved meanwhile the one that we leave (see `carry`)."""
        live = [run for run in self.state.runs.values() if run.live]

        def carry(data: bytes) -> bytes | None:
            basis = Basis(reading.board, actions, live)
            now, after = self.state.understand(data), self.state.understand(new)
            if not basis.holds(now.board, after.board) or not believes(data):
                return None
            try:
                return edit(now, wishes_of(actions))
            except CannotWrite:
                return None

        return carry

    def _changed_since(self, after: Reading, left: bytes, tasks: set[str]) -> set[str]:
        """Tasks whose rows somebody changed in the moment of the write: they are not started on that."""
        if left == after.source.data or not tasks:
            return set()
        now, ours = (rows_of(board, tasks) for board in (self.state.understand(left).board, after.board))
        return {name for name in tasks if now.get(name) != ours.get(name)}

    def raise_refused(self) -> None:
        """Raises NoRoom where the system was in the way of the last plan."""
        for run, error in self.refused.items():
            raise NoRoom(f"{run} cannot be started yet: {(error.strerror or str(error)).lower()}")
        self.closing.raise_refused()

    def _stop_runs(self, actions: tuple[Action, ...], now: float) -> None:
        for action in actions:
            if action.kind is Kind.STOP:
                word = action.outcome or "hold"
                self.state.folders.stop(action.run, word)
                self.state.update(replace(self.state.runs[action.run], stop_reason=word))
                self._note(action, action.reason, now)

    def _find_unwritable(self, reading: Reading, actions: tuple[Action, ...], now: float) -> None:
        """Which tasks' changes the page refuses. Nothing is planned for them on this version of the page,
        nor anything that relies on them."""
        kept: list[Action] = []
        for action in actions:
            try:
                edit(reading, wishes_of((*kept, action)))
            except CannotWrite as error:
                self.state.unwritable[action.task] = str(error)
                self._note(action, f"cannot write: {error}", now, "trouble")
            else:
                kept.append(action)

    def _is_claimed(self, start: Action) -> bool:
        """Whether the run is a claim that an earlier pass left for this very start."""
        run = self.state.runs.get(start.run)
        if run is not None and (run.state, run.task) != (RunState.CLAIMED, start.task):
            raise AlreadyClaimed(run.id)
        return run is not None

    def _skip_attempts(self, actions: tuple[Action, ...]) -> None:
        """A run id is used up, by a task that has another name now: count on."""
        self.state.reload_runs()
        for action in actions:
            run = self.state.runs.get(action.run)
            if action.kind is Kind.START and (run is None or run.task != action.task):
                self.state.reached(action.task, action.attempt)

    def _claim(self, old: bytes, new: bytes, actions: tuple[Action, ...], now: float) -> None:
        starts = [a for a in actions if a.kind is Kind.START]
        with self.state.journal.batch():
            for a in starts:
                if self._is_claimed(a):  # perhaps in a round before this one
                    self.state.update(replace(self.state.runs[a.run], round=a.round))
                else:
                    run = Run(a.run, a.task, a.attempt, a.agent, RunState.CLAIMED, now, a.round)
                    self.state.update(replace(run, resumes=a.resumes))
            for a in actions:
                if a.kind is Kind.FOLD:
                    self.state.update(replace(self.state.runs[a.run], outcome=a.outcome))
            if new != old:
                self.state.journal.intend(old, new)

    def _start(self, reading: Reading, actions: Sequence[Action], now: float) -> None:
        tasks = {t.id: t for t in reading.board.tasks}
        specs: list[RunSpec] = []
        begun: list[Action] = []
        for action in actions:
            try:
                end_remains(self.state, action.task, action.attempt)
                specs.append(self._spec(reading, tasks[action.task], action))
                begun.append(action)
            except NotYet:
                self.pending.add(action.run)
            except Conflict as conflict:
                self._in_conflict(action, conflict, now)
            except OSError as error:
                self._not_started(action, self.state.runs[action.run], error, now)
        for action, result in zip(begun, self.state.folders.start_all(specs), strict=True):
            run = self.state.runs[action.run]
            if isinstance(result, int):
                self.state.runs[run.id] = replace(
                    run, state=RunState.STARTED, started=now, pid=result, shown=True
                )
            elif isinstance(result, OSError):
                self._not_started(action, run, result, now)
            # else there is a folder already: the next poll says what became of it
        crash_point("started")

    def _spec(self, reading: Reading, task: Task, action: Action) -> RunSpec:
        run = self.state.runs[action.run]
        tree = self.forest.tree(reading, task, run)
        if tree is not None and run.branch != tree.branch:
            run = replace(run, branch=tree.branch)
            self.state.update(run)
        before = self.state.earlier(run)
        if not self.forest.is_home(run, tree):
            before = FRESH  # its session knows another folder
        checks = checks_of(task, self.site.own_policy).names
        who = Who(action.agent, action.run, str(tree.page or "") if tree else "")
        if before.session and run.nudged:
            prompt = nudge_of(self.site, reading.board, task, who)
        else:
            prompt = prompt_of(self.site, reading.source.data, reading.board, task, self.state.journal, who)
        return spec_of(self.site, run, prompt, self.environ, Ground(before, tree, checks))

    def _in_conflict(self, action: Action, conflict: Conflict, now: float) -> None:
        """What its tree should begin with does not fit together: a person must look."""
        self._note(action, f"cannot start: {conflict}", now, "trouble")
        run = replace(self.state.runs[action.run], state=RunState.ENDED, end=End.UNSTARTABLE, ended=now)
        self.state.update(replace(run, detail=str(conflict), conflicts=str(conflict)))

    def _not_started(self, action: Action, run: Run, error: OSError, now: float) -> None:
        absent = self.state.folders.poll(run.id).state == "absent"  # else the next poll says more
        if absent and is_passing(error):
            self.refused[run.id] = error  # the claim stands, and is tried again
            return
        self._note(action, f"cannot start: {error}", now, "trouble")
        if absent:
            why = error.strerror or str(error)
            self.state.update(replace(run, state=RunState.ENDED, end=End.UNSTARTABLE, ended=now, detail=why))

    def _record(self, actions: tuple[Action, ...], now: float) -> None:
        """Runs and history in one commit, which need not be synced: folders and page say the same. (The rows
        that were written are remembered by the caller.)"""
        with self.state.journal.loosely(), self.state.journal.batch():
            for action in actions:
                if action.kind in (Kind.STOP, Kind.LAND):
                    continue
                if action.kind is Kind.START:
                    if action.task in self.overtaken:
                        continue  # the claim stands for the next pass to judge
                    if action.run in self.refused or action.run in self.pending:
                        self.state.update(replace(self.state.runs[action.run], shown=True))
                        continue  # as does this one
                    self._record_start(action)
                elif action.kind in (Kind.FOLD, Kind.RELEASE):
                    self.state.fold(action.run, action.outcome)
                    self.forest.not_wanted(action.run)
                self._note(action, self._noted(action), now, data=_handoffs(action))

    def _noted(self, action: Action) -> str:
        """What the history says of an action; of a run that is over, what it cost."""
        outcome, reason = action.outcome.replace("_", " "), action.reason
        said = f"{outcome}: {reason}" if outcome and not reason.startswith(outcome) else reason
        run = self.state.runs.get(action.run) if action.kind is Kind.FOLD else None
        spent = price(run.tokens, run.cost_usd) if run else ""
        return f"{said} ({spent})" if spent else said

    def _record_start(self, action: Action) -> None:
        run = self.state.runs[action.run] = replace(self.state.runs[action.run], shown=True)
        self.state.journal.update(run.id, state=run.state, started=run.started, pid=run.pid, shown=True)

    def _note(
        self, action: Action, text: str, now: float, kind: str = "", data: Mapping[str, object] | None = None
    ) -> None:
        self.state.journal.note(now, kind or action.kind, action.task, action.run, text, data)
        self.tell(Event(now, kind or action.kind, text, action.task, action.agent, action.run))


def _handoffs(action: Action) -> Mapping[str, object] | None:
    """How many blocks the action took and refused, for the metrics."""
    marks = [wish.refused for wish in action.wishes if isinstance(wish, MarkTaken | BringHandoff)]
    return {"handoffs": {"taken": marks.count(False), "refused": marks.count(True)}} if marks else None
