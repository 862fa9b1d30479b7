"""Who would run when: the queue as it stands, played through to its end.

The same order, the same caps and the same choice of agents as in the plan, with a clock that jumps from one
end of a run to the next. How long a run takes is what such runs took before (`plan.order.Expected`): the
median for the forecast itself, and once each with the shorter and the longer fifth, which is the spread that
is stated. What only a person can move on is never done here, nor what waits for it; it is listed with its
reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush

from mdorch.board.board import Board
from mdorch.board.policy import Policy
from mdorch.board.status import Status
from mdorch.board.task import NeedKind, Task
from mdorch.facts import Facts, Run, RunState
from mdorch.frozen import Frozen, replace
from mdorch.plan.actions import Rule, Verdict
from mdorch.plan.advance import STARTABLE
from mdorch.plan.countdown import Countdown
from mdorch.plan.draft import Draft, fix_of
from mdorch.plan.groups import Grouping
from mdorch.plan.judge import Judge
from mdorch.plan.order import Expected, Heights
from mdorch.plan.room import Room

MOST = 2000  # runs that are played
SHORT, MEDIAN, LONG = 0.2, 0.5, 0.8
LATE = 0.2  # of its expected time: what a run is given that has taken longer than that already


class Entry(Frozen):
    """One run to come, or one that is at work. Times are epoch seconds."""

    task: str
    agent: str
    start: float
    end: float
    running: bool = False


class Forecast(Frozen):
    """`end`, `earliest` and `latest`: when the last run ends, with every run as long as the middle one of its
    kind, and with all as the fifth that is shorter or longer. `one_more`: seconds that one more slot would
    save. `measured`: past runs that this rests on; with none of them every run counts as one second, and only
    the order means anything. `never`: rows that do not come to their turn. `cut`: there would be more."""

    entries: tuple[Entry, ...]
    end: float
    earliest: float
    latest: float
    critical: tuple[str, ...]
    one_more: float
    measured: int
    never: tuple[Verdict, ...]
    cut: bool


def forecast(board: Board, facts: Facts, policy: Policy, now: float) -> Forecast:
    """Play it through. A pause or a hold counts as over: what is asked is what would come then."""
    facts = replace(facts, paused="", hold="")
    draft = Draft(board, facts, policy, now)
    prospect = _Prospect(draft)
    known = Expected(facts.past)
    middle = _Play(prospect, known, MEDIAN).run()
    wider = replace(policy, max_parallel=policy.max_parallel + 1)
    more = _Play(prospect, known, MEDIAN, wider).run()
    short, long = (_Play(prospect, known, share).run() for share in (SHORT, LONG))
    ends = [_end(play.entries, now) for play in (middle, short, long, more)]
    played = {entry.task for entry in middle.entries}
    return Forecast(
        entries=tuple(middle.entries),
        end=ends[0],
        earliest=ends[1],
        latest=ends[2],
        critical=tuple(_critical(draft, played)),
        one_more=max(0.0, ends[0] - ends[3]),
        measured=len(facts.past),
        never=() if middle.cut else tuple(prospect.never(played, middle.stuck())),
        cut=middle.cut,
    )


def _end(entries: Sequence[Entry], now: float) -> float:
    return max((entry.end for entry in entries), default=now)


class _Prospect(Judge):
    """What the rules say of each row once its prerequisites are complete."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.held: dict[int, Verdict] = {}
        for task in draft.board.tasks:
            verdict = self.held_by(task)
            if verdict is not None:
                self.held[task.index] = verdict

    def _status_rule(self, task: Task) -> Verdict | None:
        return None if self._is_fixed(task) else super()._status_rule(task)

    def _agent_rule(self, task: Task) -> Verdict | None:
        """What was tried before its fix counts for nothing after it."""
        fresh = self.draft.assignment.choose(task, {}) if self._is_fixed(task) else None
        if fresh is None:
            return super()._agent_rule(task)
        self.chosen[task.index] = fresh
        return None

    def _is_fixed(self, task: Task) -> bool:
        """Whether it has failed, and is open again once the fix task that it requires is complete, which
        somebody has opened."""
        if self.draft.statuses[task.index] is not Status.FAILED:
            return False
        fixes = self.draft.rows(fix_of(task.id))
        opened = [self.draft.statuses[row.index] in (*STARTABLE, Status.IN_PROGRESS) for row in fixes]
        return bool(opened) and all(opened) and any(need.id == fix_of(task.id) for need in task.needs)

    def _needs_rule(self, task: Task) -> Verdict | None:
        lost = any(n.kind is NeedKind.UNRESOLVED for n in task.needs)
        return super()._needs_rule(task) if lost or task.index in self.draft.frame.knotted else None

    def may_start(self, index: int) -> float | None:
        """When the row may start as far as it alone is concerned, None: never by itself."""
        verdict = self.held.get(index)
        return 0.0 if verdict is None else verdict.until

    def never(self, played: set[str], stuck: Mapping[int, Verdict]) -> Iterator[Verdict]:
        """Open rows that do not come to their turn, and why."""
        rest = (Rule.COMPLETE, Rule.ON_HOLD)
        for task in self.draft.board.tasks:
            verdict = self.held.get(task.index) or stuck.get(task.index) or Judge._needs_rule(self, task)
            if verdict is not None and task.id not in played and verdict.rule not in rest:
                yield verdict


class _Play:
    """One playing through. `share`: which of the past durations, in their order, a run is taken to last."""

    def __init__(
        self, prospect: _Prospect, known: Expected, share: float, policy: Policy | None = None
    ) -> None:
        self.prospect, self.known, self.share = prospect, known, share
        self.draft = draft = prospect.draft
        used = policy or draft.policy
        self.room = Room(used, Grouping(used))
        for n, status in enumerate(draft.statuses):
            rule = prospect.held[n].rule if n in prospect.held else None
            if status is Status.IN_PROGRESS and rule is Rule.PERSON_WORKING:
                self.room.take_files(draft.board.tasks[n])
        self.left = Countdown(draft.frame)
        tasks = draft.board.tasks
        self.height = Heights().of(draft.frame, tasks, draft.statuses, draft.facts.past)
        self.entries: list[Entry] = []
        self.ends: list[tuple[float, int]] = []
        self.ready: list[tuple[int, float, int, int]] = []
        self.later: list[tuple[float, int]] = []
        self.now = draft.now
        self.cut = False

    def run(self) -> _Play:
        tasks = self.draft.board.tasks
        for run in self.draft.facts.runs:
            self._resume(run)
        for index, status in enumerate(self.draft.statuses):
            if status is Status.COMPLETE:
                self._freed(self.left.finish(index))
        self._freed(self.left.free())
        self._start()
        while (self.ends or self.later) and not self.cut:
            self.now = min(heap[0][0] for heap in (self.ends, self.later) if heap)
            while self.ends and self.ends[0][0] <= self.now:
                _, index = heappop(self.ends)
                self.room.leave(tasks[index])
                self._freed(self.left.finish(index))
            while self.later and self.later[0][0] <= self.now:
                self._wait(heappop(self.later)[1])
            self._start()
        return self

    def _resume(self, run: Run) -> None:
        """A run that is at work goes on for what is left of its time."""
        rows = self.draft.rows(run.task)
        if run.state is not RunState.STARTED:
            return
        if not rows:
            self.room.take_unknown(run.task)
            return
        task, started = rows[0], run.started or self.draft.now
        lasts = self._seconds(task, run.agent)
        end = max(started + lasts, self.draft.now + lasts * LATE)
        self._take(Entry(task.id, run.agent, started, end, running=True), task)

    def _freed(self, rows: list[int]) -> None:
        """Rows whose prerequisites are complete: ready, or once their own time has come."""
        for index in rows:
            at = self.prospect.may_start(index)
            if at is not None and self.draft.statuses[index] is not Status.COMPLETE:
                if at > self.now:
                    heappush(self.later, (at, index))
                else:
                    self._wait(index)

    def _wait(self, index: int) -> None:
        task = self.draft.board.tasks[index]
        urgent = self.room.grouping.urgent(task)
        heappush(self.ready, (-urgent, -self.height[index], task.rank, index))

    def _start(self) -> None:
        waiting = []
        while self.ready:
            place = heappop(self.ready)
            task = self.draft.board.tasks[place[3]]
            found = self.room.hindrance(task)
            if found is None:
                self.cut = len(self.entries) >= MOST
                agent = self.prospect.chosen[task.index].agent
                self._take(Entry(task.id, agent, self.now, self.now + self._seconds(task, agent)), task)
                continue
            waiting.append(place)
            if found.rule is Rule.SLOTS:
                break
        for place in waiting:
            heappush(self.ready, place)

    def stuck(self) -> dict[int, Verdict]:
        """Rows for which there is no room at the end either."""
        found = {}
        for *_, index in self.ready:
            task = self.draft.board.tasks[index]
            if hindrance := self.room.hindrance(task):
                found[index] = Verdict(task.id, hindrance.rule, hindrance.text, by=hindrance.by)
        return found

    def _take(self, entry: Entry, task: Task) -> None:
        self.room.take(task)
        self.entries.append(entry)
        heappush(self.ends, (entry.end, task.index))

    def _seconds(self, task: Task, agent: str) -> float:
        took = self.known.known.get(self.known.key(task, agent), [1.0])
        return took[min(int(len(took) * self.share), len(took) - 1)]


def _critical(draft: Draft, played: set[str]) -> Iterator[str]:
    """The longest chain of work among the rows that come to their turn, in its order."""
    tasks = draft.board.tasks
    weight = Expected(draft.facts.past).weights(tasks, draft.statuses)
    weight = [w if t.id in played else 0.0 for w, t in zip(weight, tasks, strict=True)]
    height = draft.frame.heights(weight)
    at = max((n for n in range(len(tasks)) if weight[n] > 0), key=lambda n: height[n], default=None)
    gone: set[int] = set()
    while at is not None and weight[at] > 0 and at not in gone:
        gone.add(at)
        yield tasks[at].id
        after = [n for n in draft.frame.dependents([at]) if weight[n] > 0]
        at = max(after, key=lambda n: (height[n], -n), default=None)
