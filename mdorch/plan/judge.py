"""For each row the one rule that holds it, before slots and limits are asked; or that it may start.

The rules are asked in a fixed order, from what only a person can change down to what merely takes
time, so that `why` names the reason worth knowing. Launching costs money: every doubt holds.
"""

from __future__ import annotations

from functools import cached_property

from mdorch.board.agents import is_person
from mdorch.board.handoff import Handoff
from mdorch.board.status import Status
from mdorch.board.task import NeedKind, Task
from mdorch.board.wishes import AppendTask
from mdorch.board.words import is_blank
from mdorch.facts import Run, RunState
from mdorch.plan.actions import Rule, Verdict
from mdorch.plan.advance import Outcome, isolated
from mdorch.plan.choose import Candidate
from mdorch.plan.draft import Draft, fix_of, names_of, shows, stamp
from mdorch.plan.graph import Needs
from mdorch.plan.money import unpriced
from mdorch.plan.programs import program_of
from mdorch.plan.proof import checks_of

MAX_BACKOFF = 300.0
CIRCLE = 10  # names of a cycle that are told

_SETTLED_STATUS = {
    Status.COMPLETE: (Rule.COMPLETE, "is complete"),
    Status.IN_REVIEW: (Rule.IN_REVIEW, "waits for a review{1}; mdorch approve {0}, or mdorch reject {0} WHY"),
    Status.BLOCKED: (Rule.BLOCKED, "is blocked{1}; once that is solved: mdorch retry {0}"),
    Status.FAILED: (Rule.FAILED, "has failed{1}; mdorch retry {0} opens a new round"),
    Status.IN_PROGRESS: (Rule.PERSON_WORKING, "is in progress without a run of mdorch: somebody works on it"),
}


class Judge:
    """Asks the rules of one draft. `chosen` holds the agent of each row that may start; `placed` names the
    rows whose reason tells a place on the page, which may move."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.needs = Needs(draft.board, draft.statuses, draft.frame.by_id)
        self.adding = any(isinstance(w, AppendTask) for a in draft.actions for w in a.wishes)
        self.chosen: dict[int, Candidate] = {}
        self.placed: set[int] = set()

    @cached_property
    def _asked(self) -> dict[str, Handoff]:
        return self.draft.board.open_questions()

    def held_by(self, task: Task) -> Verdict | None:
        for rule in (self._row_rule, self._status_rule, self._needs_rule, self._agent_rule, self._time_rule):
            verdict = rule(task)
            if verdict is not None:
                return verdict
        return None

    def _row_rule(self, task: Task) -> Verdict | None:
        runs = self.draft.runs.get(task.id)
        run = next((r for r in runs if r.state is RunState.STARTED), None) if runs else None
        if run is not None:
            return Verdict(task.id, Rule.RUNNING, f"runs as {run.id} with {run.agent}")
        if task.draft:
            return Verdict(task.id, Rule.DRAFT, f"is a draft: {_lack(task)}")
        if task.read_only:
            rows = len(self.draft.frame.by_id.get(task.id, ()))
            text = f"is the id of {rows} rows" if rows > 1 else "has a broken row"
            return Verdict(task.id, Rule.READ_ONLY, f"{text}: nothing is done with it (see mdorch lint)")
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
        if status is Status.COMPLETE:
            return Verdict(task.id, Rule.COMPLETE, "is complete")
        if status is Status.ON_HOLD:
            word = "cancelled" if task.cancelled else "on hold"
            said = task.status_text or "empty status"
            also = "" if said.casefold() == word else f" ({said})"
            return Verdict(task.id, Rule.ON_HOLD, f"is {word}{also}")
        if status is Status.IN_PROGRESS and self._claim(task):
            return None
        if status in _SETTLED_STATUS:
            rule, text = _SETTLED_STATUS[status]
            why = self.draft.last_word(task)
            asked = self._asked.get(task.id) if status is Status.BLOCKED else None
            if asked:
                text = f"waits for an answer: {asked.questions[0]} (mdorch answer {task.id} TEXT)"
                return Verdict(task.id, rule, text, detail=why)
            return Verdict(task.id, rule, text.format(task.id, f": {why}" if why else ""), detail=why)
        return None

    def _circle(self, task: Task) -> str:
        """`A → B → A`, the middle of a long one left out."""
        names = [self.draft.board.tasks[row].id for row in self.draft.frame.circle(task.index)]
        if len(names) > CIRCLE:
            names = [*names[: CIRCLE - 2], f"… {len(names) - CIRCLE + 1} more …", names[-1]]
        return " → ".join(names)

    def _needs_rule(self, task: Task) -> Verdict | None:
        if task.index in self.draft.frame.knotted:
            return Verdict(task.id, Rule.CYCLE, f"is part of a cycle of prerequisites: {self._circle(task)}")
        unmet = self._unmet(task) if task.needs else []
        if unmet == [fix_of(task.id)]:
            text = f"waits for {self._with_status(unmet[0], task)}: its attempts are used up; "
            text += f"mdorch retry {task.id} tries again without it"
            return Verdict(task.id, Rule.NEEDS, text, tuple(unmet))
        if not unmet:
            wild = [n.text for n in task.needs if n.kind is NeedKind.POOL] if self.adding else ()
            text = f"a task is just being added: the next look says whether {', '.join(wild)} means it too"
            return Verdict(task.id, Rule.NEEDS, text) if wild else None
        shown = ", ".join(self._with_status(text, task) for text in unmet[:6])
        more = f" and {len(unmet) - 6} more" if len(unmet) > 6 else ""
        wild = [n.text for n in task.needs if n.text and n.text not in unmet and not n.inverse]
        said = f" ({', '.join(wild)})" if wild and len(unmet) > 1 else ""
        return Verdict(task.id, Rule.NEEDS, f"waits for {shown}{more}{said}", tuple(unmet))

    def _unmet(self, task: Task) -> list[str]:
        """What the row waits for. Somebody who opens a failed task again goes ahead without the fix task that
        nobody has opened."""
        unmet, fix = self.needs.unmet(task), fix_of(task.id)
        if fix not in unmet or self.draft.ended_as(task.id, Outcome.FAILED):
            return unmet
        rows = self.draft.rows(fix)
        held = bool(rows) and all(self.draft.statuses[row.index] is Status.ON_HOLD for row in rows)
        return [text for text in unmet if text != fix] if held else unmet

    def _with_status(self, text: str, task: Task) -> str:
        rows = self.draft.frame.by_id.get(text)
        if not rows:
            self.placed.add(task.index)  # it may be the line of a row without an id
            return f"“{text}” (names no task)"
        row = self.draft.board.tasks[rows[0]]
        if row.cancelled:
            self.placed.add(task.index)
            return f"{text} (cancelled: its status in line {row.line} says “{row.status_text}”)"
        return f"{text} ({self.draft.statuses[row.index].replace('_', ' ')})"

    def _agent_rule(self, task: Task) -> Verdict | None:
        going_on = self.draft.goes_on_with(task)
        if is_person(going_on[0]) if going_on else task.person:
            who = going_on[0] if going_on else task.agent_text
            return Verdict(task.id, Rule.PERSON, f"is for a person: {who}")
        chosen = self.draft.assignment.choose(task, self.draft.failures(task.id), going_on)
        if chosen is not None:
            self.chosen[task.index] = chosen
            return self._program_rule(task, chosen)
        names = [c.agent for c in self.draft.assignment.candidates(task, going_on)]
        if not names:
            remedy = f"mdorch assign {task.id} --agent NAME"
            if "agent" not in task.roles:
                remedy = "give its table a column `Agent`, or the page a section Task Patterns"
            return Verdict(task.id, Rule.NO_AGENT, f"has no agent, and no pattern fits it: {remedy}")
        if not any(self.draft.policy.agent(n) for n in names):
            remedy = f"add [agents.{names[0]}] or [agents.default] to mdorch.toml"
            text = f"cannot start: agent {names[0]} is not configured: {remedy}"
            return Verdict(task.id, Rule.NO_AGENT, text)
        return Verdict(
            task.id, Rule.FAILED, f"all attempts are used up ({', '.join(names)}); mdorch retry {task.id}"
        )

    def _program_rule(self, task: Task, chosen: Candidate) -> Verdict | None:
        draft = self.draft
        unknown = checks_of(task, draft.policy).unknown
        if unknown:
            text = (
                f"cannot start: its check {unknown[0]} is none of [checks]: {', '.join(draft.policy.checks)}"
            )
            return Verdict(task.id, Rule.NO_CHECK, text)
        broken = draft.policy.broken.get(chosen.agent)
        if broken:
            return Verdict(task.id, Rule.AGENT_BROKEN, f"cannot start: {broken}", detail=broken)
        if held := unpriced(task.id, chosen.agent, draft.policy):
            return held
        if draft.policy.treeless and isolated(task, chosen.agent, draft.policy):
            text = f"cannot start: isolation is worktree, and {draft.policy.treeless}"
            return Verdict(task.id, Rule.NO_TREE, text, detail=draft.policy.treeless)
        program = program_of(chosen.agent, draft.policy)
        until = draft.programs.limited.get(program, 0.0)
        if until > draft.now:
            text = f"the usage limit of {program} holds until {stamp(until)}"
            return self._until(task, Rule.AGENT_LIMITED, text, until)
        died = draft.programs.paused.get(program)
        if not died:
            return None
        text = f"the program of {chosen.agent} is paused: {', '.join(died)} died before saying anything"
        return Verdict(task.id, Rule.AGENT_PAUSED, f"{text}; once it works again: mdorch resume")

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


def _lack(task: Task) -> str:
    """What a half-typed row lacks, the first thing that is worth knowing."""
    if not task.id:
        return "it has no id"
    if "title" not in task.roles:
        return "its table has no column that says what is to be done (see mdorch lint)"
    if is_blank(task.title):
        return "it does not say what is to be done"
    if is_blank(task.status_text):
        return "it has no status"
    return "cells are missing at its end, or one is a placeholder or struck through"
