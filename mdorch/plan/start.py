"""Which tasks start now, and for each that does not, the one rule that holds it.

The rules are asked in a fixed order, from what only a person can change down to what merely takes
time, so that `why` names the reason worth knowing. Launching costs money: every doubt holds.
"""

from __future__ import annotations

from mdorch.board.status import Status
from mdorch.board.task import NeedKind, Task
from mdorch.board.wishes import AddAgentRow, AppendTask, SetCell, Wish
from mdorch.facts import Run, RunState
from mdorch.plan.actions import Action, Kind, Rule, Verdict
from mdorch.plan.advance import Outcome, is_person
from mdorch.plan.choose import Candidate
from mdorch.plan.draft import Draft, names_of, shows, stamp
from mdorch.plan.graph import Graph, Needs, graph, heights, knots
from mdorch.plan.groups import group_of, limits_of

HOUR = 3600.0
MAX_BACKOFF = 300.0

_SETTLED_STATUS = {
    Status.COMPLETE: (Rule.COMPLETE, "is complete"),
    Status.IN_REVIEW: (Rule.IN_REVIEW, "waits for a review: mdorch approve {0}, or mdorch reject {0} WHY"),
    Status.BLOCKED: (Rule.BLOCKED, "is blocked{1}; once that is solved: mdorch retry {0}"),
    Status.FAILED: (Rule.FAILED, "has failed{1}; mdorch retry {0} opens a new round"),
    Status.IN_PROGRESS: (Rule.PERSON_WORKING, "is in progress without a run of mdorch: somebody works on it"),
}


class Starter:
    """Judges every row of a draft once and adds the starts to it."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.graph: Graph = graph(draft.board)
        self.needs = Needs(draft.board, draft.statuses)
        self.knots = knots(self.graph)
        self.knotted = {n for knot in self.knots for n in knot}
        self.adding = any(isinstance(w, AppendTask) for a in draft.actions for w in a.wishes)
        self.limits = limits_of(draft.policy)
        live = [r for r in draft.facts.runs if r.live]
        self.used = len([r for r in live if r.state is RunState.STARTED])
        self.in_group: dict[str, list[str]] = {}
        self.in_any: list[str] = []  # rows that vanished under their runs: nobody knows which group they fill
        for run in live:
            rows = draft.rows.get(run.task)
            if run.state is RunState.STARTED and rows:
                self._occupy(rows[0])
            elif run.state is RunState.STARTED:
                self.in_any.append(run.task)
        self.hour = [t for t in draft.facts.launches if t > draft.now - HOUR]

    def judge(self) -> None:
        draft = self.draft
        ready: list[tuple[Task, Candidate]] = []
        for task in draft.board.tasks:
            if task.index in draft.verdicts:
                continue
            verdict = self._held_by(task)
            if verdict is None:
                chosen = self._chosen(task)
                assert chosen is not None
                ready.append((task, chosen))
            else:
                draft.verdicts[task.index] = verdict
        for task, chosen in self._in_order(ready):
            self._start_or_wait(task, chosen)
        self._write_ready()

    def _in_order(self, ready: list[tuple[Task, Candidate]]) -> list[tuple[Task, Candidate]]:
        """Claims that a crash left half-done, then the critical path, priority, place on the page."""
        done = Status.COMPLETE
        weight = [0.0 if s is done else 1.0 for s in self.draft.statuses]
        height = heights(self.graph, weight) if len(ready) > 1 else [0.0] * len(weight)
        return sorted(
            ready, key=lambda r: (not self._claim(r[0]), -height[r[0].index], r[0].rank, r[0].index)
        )

    def _held_by(self, task: Task) -> Verdict | None:
        for rule in (self._row_rule, self._status_rule, self._needs_rule, self._agent_rule, self._time_rule):
            verdict = rule(task)
            if verdict is not None:
                return verdict
        return None

    def _row_rule(self, task: Task) -> Verdict | None:
        if any(r.state is RunState.STARTED for r in self.draft.unfolded(task.id)):
            run = next(r for r in self.draft.unfolded(task.id) if r.state is RunState.STARTED)
            return Verdict(task.id, Rule.RUNNING, f"runs as {run.id} with {run.agent}")
        if task.draft:
            return Verdict(
                task.id, Rule.DRAFT, "is a draft: it needs an id, a title, a status and all its cells"
            )
        if task.read_only:
            return Verdict(
                task.id, Rule.READ_ONLY, "its row is broken or its id stands twice (see mdorch lint)"
            )
        if task.id in self.draft.facts.unwritable:
            return Verdict(
                task.id, Rule.READ_ONLY, f"cannot be written: {self.draft.facts.unwritable[task.id]}"
            )
        if not task.status_known:
            return Verdict(
                task.id, Rule.UNKNOWN_STATUS, f"“{task.status_text}” is no known status: counts as on hold"
            )
        return None

    def _status_rule(self, task: Task) -> Verdict | None:
        status = self.draft.statuses[task.index]
        if status is Status.ON_HOLD:
            word = "is cancelled" if task.cancelled else "is on hold"
            return Verdict(task.id, Rule.ON_HOLD, f"{word} ({task.status_text or 'empty status'})")
        if status is Status.IN_PROGRESS and self._claim(task):
            return None
        if status in _SETTLED_STATUS:
            rule, text = _SETTLED_STATUS[status]
            why = self.draft.last_word(task)
            return Verdict(task.id, rule, text.format(task.id, f": {why}" if why else ""), detail=why)
        return None

    def _needs_rule(self, task: Task) -> Verdict | None:
        if task.index in self.knotted:
            return Verdict(task.id, Rule.CYCLE, "is part of a cycle of prerequisites (see mdorch lint)")
        unmet = self.needs.unmet(task)
        if not unmet:
            wild = [n.text for n in task.needs if n.kind is NeedKind.POOL]
            text = f"a task is just being added: the next look says whether {', '.join(wild)} means it too"
            return Verdict(task.id, Rule.NEEDS, text) if wild and self.adding else None
        shown = ", ".join(self._with_status(text) for text in unmet[:6])
        more = f" and {len(unmet) - 6} more" if len(unmet) > 6 else ""
        wild = [n.text for n in task.needs if n.text and n.text not in unmet and not n.inverse]
        said = f" ({', '.join(wild)})" if wild and len(unmet) > 1 else ""
        return Verdict(task.id, Rule.NEEDS, f"waits for {shown}{more}{said}", tuple(unmet))

    def _with_status(self, text: str) -> str:
        rows = self.draft.rows.get(text)
        if not rows:
            return f"“{text}” (names no task)"
        if rows[0].cancelled:
            return f"{text} (cancelled at line {rows[0].line})"
        return f"{text} ({self.draft.statuses[rows[0].index].replace('_', ' ')})"

    def _agent_rule(self, task: Task) -> Verdict | None:
        going_on = self.draft.goes_on_with(task)
        if is_person(going_on[0]) if going_on else task.person:
            who = going_on[0] if going_on else task.agent_text
            return Verdict(task.id, Rule.PERSON, f"is for a person: {who}")
        if self._chosen(task) is not None:
            return None
        names = [c.agent for c in self.draft.assignment.candidates(task, self.draft.goes_on_with(task))]
        if not names:
            return Verdict(
                task.id,
                Rule.NO_AGENT,
                f"has no agent, and no pattern fits it: mdorch assign {task.id} --agent NAME",
            )
        if not any(self.draft.policy.agent(n) for n in names):
            remedy = f"add [agents.{names[0]}] or [agents.default] to mdorch.toml"
            text = f"cannot start: agent {names[0]} is not configured: {remedy}"
            return Verdict(task.id, Rule.NO_AGENT, text)
        return Verdict(
            task.id, Rule.FAILED, f"all attempts are used up ({', '.join(names)}); mdorch retry {task.id}"
        )

    def _time_rule(self, task: Task) -> Verdict | None:
        facts, now = self.draft.facts, self.draft.now
        if facts.hold:
            return Verdict(task.id, Rule.HELD, f"the page is held: {facts.hold}")
        if facts.paused:
            return Verdict(task.id, Rule.PAUSED, f"paused: {facts.paused}")
        if facts.only is not None and task.id not in facts.only:
            return Verdict(task.id, Rule.NOT_ASKED, "was not asked for")
        launches = len(self.draft.launched(task.id))
        if launches >= self.draft.policy.launches_per_task:
            return Verdict(task.id, Rule.FAILED, f"{launches} launches are used up; mdorch retry {task.id}")
        until = self.draft.settled_at(task.id)
        if until > now:
            return self._until(
                task, Rule.SETTLING, f"settling: changed by hand, starts in {until - now:.0f} s", until
            )
        until = self._backoff(task)
        if until > now:
            return self._until(
                task, Rule.BACKOFF, f"retries in {until - now:.0f} s after a failed attempt", until
            )
        return None

    def _until(self, task: Task, rule: Rule, text: str, until: float) -> Verdict:
        self.draft.wakes.append(until)
        return Verdict(task.id, rule, text, until=until)

    def _backoff(self, task: Task) -> float:
        """When the next attempt may follow those of this round that failed, or never began."""
        failed = self.draft.ended_as(task.id, Outcome.FAILED, Outcome.UNBEGUN)
        going_on = self.draft.statuses[task.index] is Status.PARTIAL or task.index in self.draft.assigned
        if not failed or going_on:
            return 0.0
        wait = min(self.draft.policy.backoff * float(2 ** min(len(failed) - 1, 16)), MAX_BACKOFF)
        return max(r.ended or r.claimed for r in failed) + wait

    def _chosen(self, task: Task) -> Candidate | None:
        failures = self.draft.failures(task.id)
        return self.draft.assignment.choose(task, failures, self.draft.goes_on_with(task))

    def _claim(self, task: Task) -> Run | None:
        """A claim that a crash left half-done and that may go on: its agent can be started and is still
        the right one, the row still bears its id, and *In Progress* is its own word, not that of somebody
        who took the task meanwhile."""
        draft = self.draft
        for run in draft.unfolded(task.id):
            unseen = draft.statuses[task.index] is not Status.IN_PROGRESS and names_of(run) == (task.id,)
            ours = unseen or shows(draft.board, run)
            fits = draft.policy.agent(run.agent) and draft.assigned.get(task.index) in (None, (run.agent,))
            if run.state is RunState.CLAIMED and ours and fits:
                return run
        return None

    def _start_or_wait(self, task: Task, chosen: Candidate) -> None:
        verdict = self._cap(task)
        if verdict is None:
            self._start(task, chosen)
        else:
            self.draft.verdicts[task.index] = verdict

    def _cap(self, task: Task) -> Verdict | None:
        policy, now = self.draft.policy, self.draft.now
        if len(self.hour) >= policy.launches_per_hour:
            until = (
                sorted(self.hour)[-policy.launches_per_hour] + HOUR
                if policy.launches_per_hour
                else now + HOUR
            )
            minutes = (until - now) / 60
            text = f"{policy.launches_per_hour} launches in the last hour: goes on in {minutes:.0f} min"
            return self._until(task, Rule.HOUR_CAP, text, until)
        if self.used >= policy.max_parallel:
            return Verdict(
                task.id, Rule.SLOTS, f"waits for a slot: {self.used} of {policy.max_parallel} are in use"
            )
        group = group_of(task, policy)
        limit = self.limits.get(group, 0)
        holders = [*self.in_group.get(group, ()), *self.in_any]
        if group and limit and len(holders) >= limit:
            text = f"group {group} runs {limit} at once: waits for {', '.join(holders)}"
            return Verdict(task.id, Rule.GROUP_LIMIT, text)
        return None

    def _occupy(self, task: Task) -> None:
        self.in_group.setdefault(group_of(task, self.draft.policy), []).append(task.id)

    def _start(self, task: Task, chosen: Candidate) -> None:
        draft, claim = self.draft, self._claim(task)
        agent = claim.agent if claim else chosen.agent
        attempt = claim.attempt if claim else draft.facts.highest.get(task.id, 0) + 1
        suffix = f"-{draft.facts.suffix}" if draft.facts.suffix else ""
        run = claim.id if claim else f"{task.id}.{attempt}{suffix}"
        claimed = claim.claimed if claim else draft.now
        reason = f"{self._why_now(task)}; {chosen.reason}"
        wishes: tuple[Wish, ...] = (
            SetCell(task.id, "status", Status.IN_PROGRESS),
            AddAgentRow(agent, task.id, stamp(claimed), task.requires_text),
        )
        self.used += 1
        self.hour.append(draft.now)
        self._occupy(task)
        round_ = claim.round if claim else draft.round_of(task.id)
        draft.actions.append(Action(Kind.START, task.id, reason, agent, run, attempt, round_, wishes=wishes))
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
        rules = {Rule.SLOTS, Rule.GROUP_LIMIT, Rule.HOUR_CAP, Rule.PAUSED}
        for task in self.draft.board.tasks:
            verdict = self.draft.verdicts[task.index]
            waiting = task.status is Status.WAITING and self.draft.statuses[task.index] is Status.WAITING
            if verdict.rule in rules and waiting and self.draft.settled_at(task.id) <= self.draft.now:
                wish = SetCell(task.id, "status", Status.READY)
                self.draft.actions.append(Action(Kind.SET, task.id, self._why_now(task), wishes=(wish,)))
