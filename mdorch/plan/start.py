"""Which tasks start now: those that nothing holds, in the order of deployment, as long as there is room."""

from __future__ import annotations

from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.board.wishes import AddAgentRow, SetCell, Wish
from mdorch.facts import Run, RunState
from mdorch.frozen import replace
from mdorch.plan.actions import Action, Kind, Rule, Verdict
from mdorch.plan.choose import Candidate
from mdorch.plan.draft import Draft, names_of, stamp
from mdorch.plan.groups import Grouping, limits_of
from mdorch.plan.judge import Judge
from mdorch.plan.memo import Held, Memo
from mdorch.plan.money import spent_up
from mdorch.plan.order import STUBBORN, Heights
from mdorch.plan.room import Room
from mdorch.plan.sessions import Sessions

HOUR = 3600.0


class Starter(Judge):
    """Judges every row of a draft once and adds the starts to it."""

    def __init__(self, draft: Draft, memo: Memo | None = None) -> None:
        super().__init__(draft)
        self.memo = memo
        self.grouping = Grouping(draft.policy, limits_of(draft.policy))
        self.room = Room(draft.policy, self.grouping)
        for run in draft.facts.runs:
            if run.state is RunState.STARTED:
                self._occupy(run)
        at_work = [n for n, status in enumerate(draft.statuses) if status is Status.IN_PROGRESS]
        for task in map(draft.board.tasks.__getitem__, at_work):
            if task.files and self._by_hand(task):
                self.room.take_files(task)
        self.sessions = Sessions(draft)
        self.hour = [t for t in draft.facts.launches if t > draft.now - HOUR]

    def _occupy(self, run: Run) -> None:
        rows = self.draft.rows(run.task)
        if rows:
            self.room.take(rows[0])
        else:
            self.room.take_unknown(run.task)

    def _by_hand(self, task: Task) -> bool:
        """Whether a person works on the row: it is in progress without a run of ours."""
        return not any(r.live for r in self.draft.runs.get(task.id, ()))

    def judge(self) -> None:
        waiting = iter(self._in_order(self._judged()))
        for task in waiting:
            closed = self._start_or_wait(task, self.chosen[task.index])
            if closed is not None:
                for other in waiting:
                    self._waits(other, closed)
        self._write_ready()
        if self.memo:
            self.memo.given = self.draft.verdicts

    def _judged(self) -> list[Task]:
        """Give each row that something holds its verdict; hand back the others."""
        draft, verdicts, chosen = self.draft, self.draft.verdicts, self.chosen
        kept = self.memo.kept(draft, self.adding) if self.memo else {}
        held: dict[int, Held] = {}
        ready: list[Task] = []
        for task in draft.board.tasks:
            index = task.index
            if index in verdicts:
                continue
            known = kept.get(index)
            if known is None:
                known = self.held_by(task), chosen.get(index)
            elif known[1] is not None:
                chosen[index] = known[1]
            if known[0] is None:
                ready.append(task)
            else:
                verdicts[index] = known[0]
            if index not in self.placed:
                held[index] = known
        if self.memo:
            self.memo.keep(held)
        return ready

    def _in_order(self, ready: list[Task]) -> list[Task]:
        """Claims that a crash left half-done, then emergencies, the critical path, priority, place."""
        if len(ready) < 2:
            return ready
        draft = self.draft
        known = self.memo.heights if self.memo else Heights()
        height = known.of(draft.frame, draft.board.tasks, draft.statuses, draft.facts.past)
        claimed = {r.task for r in draft.facts.runs if r.state is RunState.CLAIMED}
        urgent = {task.index for task in ready if self.grouping.urgent(task)}
        batch = self._batches(ready)

        def key(task: Task) -> tuple[int, float, int, int, int]:
            ahead = 0
            if task.id in claimed and self._claim(task) is not None:
                ahead = -2
            elif task.index in urgent:
                ahead = -1
            elif task.id in draft.runs and sum(draft.failures(task.id).values()) >= STUBBORN:
                ahead = 1
            return ahead, -height[task.index], task.rank, batch.get(task.index, 0), task.index

        return sorted(ready, key=key)

    def _batches(self, ready: list[Task]) -> dict[int, int]:
        """Where the page asks for batches of similar tasks: for each row the first one of its agent, so that
        of equals those of one agent start one after the other."""
        if "batch" not in self.draft.policy.page.strategies:
            return {}
        first: dict[str, int] = {}
        for task in ready:
            first.setdefault(self.chosen[task.index].agent, task.index)
        return {task.index: first[self.chosen[task.index].agent] for task in ready}

    def _start_or_wait(self, task: Task, chosen: Candidate) -> Verdict | None:
        """Start the task, or say what it waits for. The verdict comes back if all after it wait likewise."""
        verdict = self._cap(task)
        if verdict is None:
            self._start(task, chosen)
            return None
        self._waits(task, verdict)
        if verdict.rule is Rule.SCOPE and self._overtaken(task, verdict.by):
            self.room.keep_files(task)
        return verdict if verdict.rule in _ALL else None

    def _waits(self, task: Task, verdict: Verdict) -> None:
        """Give the verdict to a task; one that it was given before is as good."""
        mine = verdict if verdict.task == task.id else None
        before = self.memo.given.get(task.index) if self.memo else None
        if before is not None and before.task == task.id and before.text == verdict.text:
            same = (before.rule, before.until, before.by) == (verdict.rule, verdict.until, verdict.by)
            mine = before if same else mine
        self.draft.verdicts[task.index] = mine or replace(verdict, task=task.id)

    def _cap(self, task: Task) -> Verdict | None:
        policy, now = self.draft.policy, self.draft.now
        if spent := spent_up(task.id, self.draft.facts, policy):
            return spent
        if len(self.hour) >= policy.launches_per_hour:
            until = (
                sorted(self.hour)[-policy.launches_per_hour] + HOUR
                if policy.launches_per_hour
                else now + HOUR
            )
            minutes = (until - now) / 60
            text = f"{policy.launches_per_hour} launches in the last hour: goes on in {minutes:.0f} min"
            return self._until(task, Rule.HOUR_CAP, text, until)
        found = self.room.hindrance(task)
        return Verdict(task.id, found.rule, found.text, by=found.by) if found else None

    def _overtaken(self, task: Task, holders: tuple[str, ...]) -> bool:
        """Whether a run that holds the task's files began after the task could have had them.

        Then it has let others go first once, which is enough: without this, a row that needs a whole folder
        could wait for as long as rows keep coming that each need one file of it.
        """
        draft = self.draft
        own = draft.facts.seen.get(task.id)
        if own is None:
            return False
        needed = (draft.facts.seen.get(name) for name in self.needs.required(task))
        since = max([own.changed, *(seen.since for seen in needed if seen)])
        return any(r.claimed > since for name in holders for r in draft.unfolded(name) if r.live)

    def _start(self, task: Task, chosen: Candidate) -> None:
        draft, claim = self.draft, self._claim(task)
        agent = claim.agent if claim else chosen.agent
        attempt = claim.attempt if claim else draft.facts.highest.get(task.id, 0) + 1
        suffix = f"-{draft.facts.suffix}" if draft.facts.suffix else ""
        run = claim.id if claim else f"{task.id}.{attempt}{suffix}"
        claimed = claim.claimed if claim else draft.now
        before = draft.nudged(task.id)
        resumes = before.id if before and before.agent == agent else ""
        resumes = resumes or draft.answered(task, agent)
        reason = f"goes on in the session of {resumes}" if resumes else self._why_now(task)
        if not resumes and (resumes := self.sessions.offer(task, agent)):
            reason += f", in the session of {resumes}"
        reason = f"{reason}; {chosen.reason}"
        name = names_of(claim)[-1] if claim else task.id  # by which the row is found whatever comes
        wishes: tuple[Wish, ...] = (
            SetCell(task.id, "status", Status.IN_PROGRESS),
            AddAgentRow(agent, name, stamp(claimed), task.requires_text),
        )
        self.room.take(task)
        self.hour.append(draft.now)
        round_ = draft.round_of(task.id)
        start = Action(Kind.START, task.id, reason, agent, run, attempt, round_, "", wishes, resumes)
        draft.actions.append(start)
        draft.verdicts[task.index] = Verdict(task.id, Rule.STARTS, reason)

    def _why_now(self, task: Task) -> str:
        required = self.needs.required(task)
        if not required:
            return "needs nothing"
        shown = ", ".join(required[:4]) + (f" and {len(required) - 4} more" if len(required) > 4 else "")
        return f"{shown} {'is' if len(required) == 1 else 'are'} complete"

    def _write_ready(self) -> None:
        """*Waiting* → *Ready* on pages that use both words, once nothing but time or room holds a row."""
        if not self.draft.board.uses_ready or self.draft.facts.hold:
            return
        for task in self.draft.board.tasks:
            verdict = self.draft.verdicts[task.index]
            waiting = task.status is Status.WAITING and self.draft.statuses[task.index] is Status.WAITING
            if verdict.rule in _ROOM and waiting and self.draft.settled_at(task.id) <= self.draft.now:
                wish = SetCell(task.id, "status", Status.READY)
                self.draft.actions.append(Action(Kind.SET, task.id, self._why_now(task), wishes=(wish,)))


# What holds all that come after, too.
_ALL = (Rule.SLOTS, Rule.HOUR_CAP, Rule.BUDGET)
# What holds a row for lack of room alone.
_ROOM = frozenset(
    {
        *(Rule.SLOTS, Rule.GROUP_LIMIT, Rule.PARALLEL_GROUPS, Rule.DOMAIN, Rule.SCOPE),
        *(Rule.HOUR_CAP, Rule.PAUSED),
    }
)
