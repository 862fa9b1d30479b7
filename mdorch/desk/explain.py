"""Plans and reasons as answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from mdorch.board.status import Status
from mdorch.board.task import NeedKind, Task
from mdorch.desk.find import find_task
from mdorch.desk.look import Look
from mdorch.desk.status import newest_runs, problem_answer, problems, run_answer
from mdorch.desk.times import iso, spoken
from mdorch.plan.actions import Rule
from mdorch.plan.choose import Assignment
from mdorch.plan.claims import effective
from mdorch.plan.graph import Needs
from mdorch.plan.groups import Grouping, Lane
from mdorch.plan.scopes import overlaps

NOT_WAITING = (Rule.COMPLETE, Rule.STARTS, Rule.RUNNING)
_AT_REST = frozenset({Rule.COMPLETE, Rule.ON_HOLD, Rule.DRAFT, Rule.READ_ONLY, Rule.UNKNOWN_STATUS})
# With these a reason goes on from the name of its task; any other one stands for itself.
_VERBS = frozenset(["cannot", "has", "is", "retries", "runs", "waits", "was"])
_STATES = {
    "claimed": "about to start",
    "started": "at work",
    "ended": "ended, and to be taken",
    "folded": "over",
}
COMPARED = 300  # open rows whose files are compared with one another
OVERLAPS = 100  # pairs of them that are shown


def plan_answer(look: Look, forecast: dict[str, Any] | None = None) -> dict[str, Any]:
    """`mdorch plan --json`: what the daemon would do now, and why it would not do the rest."""
    return {
        "actions": [
            {"kind": a.kind.value, "task": a.task, "agent": a.agent, "reason": a.reason}
            for a in look.plan.actions
        ],
        "waiting": [
            {
                "task": v.task,
                "rule": v.rule.value,
                "reason": v.text,
                "until": iso(v.until),
                "held_by": list(v.by),
            }
            for v in look.plan.verdicts.values()
            if v.rule not in NOT_WAITING
        ],
        "overlaps": [
            {"tasks": [one.id, other.id], "files": [mine, theirs]}
            for one, other, mine, theirs in overlapping(look)
        ],
        "forecast": forecast,
        "problems": [problem_answer(p) for p in problems(look)],
    }


def sentence(task_id: str, rule: str, reason: str) -> str:
    """A reason with the name of its task before it."""
    if rule == Rule.STARTS:
        return f"{task_id} starts: {reason}"
    return f"{task_id}{'' if reason.split(' ', 1)[0] in _VERBS else ':'} {reason}"


def standing(run: Mapping[str, Any]) -> str:
    """How far a run is, in words, from the answer about it."""
    outcome: str = run["outcome"]
    return outcome.replace("_", " ") or _STATES[run["state"]]


def overlapping(look: Look) -> list[tuple[Task, Task, str, str]]:
    """Open rows that never run together because their files can meet, and by which patterns."""
    verdicts = look.plan.verdicts
    rows = (t for t in look.board.tasks if t.files and verdicts[t.index].rule not in _AT_REST)
    return overlaps(islice(rows, COMPARED), OVERLAPS)


def why_answer(look: Look, task_id: str) -> dict[str, Any]:
    """The one rule that holds the task or lets it go, with the facts behind it."""
    task = find_task(look.board, look.site.page, task_id)
    verdict = look.plan.verdicts[task.index]
    statuses = effective(look.board, look.facts)
    needs = Needs(look.board, statuses)
    run = newest_runs(look).get(task.id)
    silent = look.silent_for(run) if run else None
    stalled = silent is not None and silent > look.site.settings.silence
    grouping = Grouping(look.policy)
    group = grouping.of(task)
    return {
        "task": task.id,
        "title": task.title,
        "status": task.status.value,
        "status_text": task.status_text,
        "rule": verdict.rule.value,
        "reason": f"{verdict.text}; stalled: silent for {spoken(silent or 0.0)}" if stalled else verdict.text,
        "silent_for": silent,
        "stalled": stalled,
        "until": iso(verdict.until),
        "requires_text": task.requires_text,
        "requires": [_required(look, i, statuses) for i in needs.required(task)],
        "unresolved": [n.text for n in task.needs if n.kind is NeedKind.UNRESOLVED],
        "agents": [
            {"agent": c.agent, "reason": c.reason, "configured": look.policy.agent(c.agent) is not None}
            for c in Assignment(look.policy).candidates(task)
        ],
        "group": group,
        "group_limit": max(0, grouping.limits.get(group, 0)),
        "formation": grouping.formation(task).value,
        "lanes": [_lane(lane) for lane in grouping.lanes(task)],
        "held_by": list(verdict.by),
        "run": run_answer(run, look) if run else None,
        "line": task.line,
    }


def _lane(lane: Lane) -> dict[str, Any]:
    """A cap that the task counts against; a limit of -1: the group runs none."""
    return {"name": lane.name, "limit": lane.limit, "different_domains": lane.apart}


def _required(look: Look, task_id: str, statuses: Sequence[Status]) -> dict[str, Any]:
    """A prerequisite is met when every row with its id is complete."""
    rows = look.board.rows_of(task_id)
    if not rows and task_id in look.board.archived:
        return {"id": task_id, "met": True, "status": "complete", "reason": "is archived", "line": 0}
    if not rows:
        return {"id": task_id, "met": False, "status": "missing", "reason": "is not on the page", "line": 0}
    return {
        "id": task_id,
        "met": all(statuses[row.index] is Status.COMPLETE for row in rows),
        "status": statuses[rows[0].index].value,
        "reason": look.plan.verdicts[rows[0].index].text,
        "line": rows[0].line,
    }
