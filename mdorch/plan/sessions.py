"""Cache agent contexts: an agent's session may be used for its next task, where the page asks for that.

What an agent has read and learned of a repository is in its session. Only one run at a time can go on with
one, and each that does makes it longer; so a session is offered to a few tasks, one after the other, and only
while what was done in it went well. How a program goes on with a session is its adapter's business.
"""

from __future__ import annotations

from mdorch.board.task import Task
from mdorch.facts import Run, RunState
from mdorch.plan.advance import Outcome
from mdorch.plan.draft import Draft

STRATEGY = "cache"  # first word of the item under Optimization Strategies
MOST = 5  # runs in one session
_WELL = (Outcome.COMPLETE, Outcome.HANDED_ON, Outcome.IN_REVIEW)


class Sessions:
    """The sessions that are free in one plan; one that was offered is not offered again."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._free: dict[str, list[Run]] = {}  # agent → the last run of each session, newest last
        if STRATEGY in draft.policy.page.strategies:
            self._find()

    def _find(self) -> None:
        runs, by_id = self._draft.facts.runs, {run.id: run for run in self._draft.facts.runs}
        last: dict[str, Run] = {}
        count: dict[str, int] = {}
        for run in runs:
            session = run.session or (by_id[run.resumes].session if run.resumes in by_id else "")
            if session:
                last[session] = run
                count[session] = count.get(session, 0) + 1
        for session, run in last.items():
            over = run.state is RunState.FOLDED or run.id in self._draft.folds
            outcome = self._draft.folds.get(run.id, run.outcome)
            if over and outcome in _WELL and run.session and count[session] < MOST:
                self._free.setdefault(run.agent, []).append(run)

    def offer(self, task: Task, agent: str) -> str:
        """The run whose session the agent may use for the task; "" for a new one."""
        rule, free = self._draft.policy.agent(agent), self._free.get(agent)
        if not free or rule is None or not rule.resumes or self._draft.ended_as(task.id, Outcome.FAILED):
            return ""
        return free.pop().id
