"""Plans, reasons and dependencies as answers."""

from __future__ import annotations

from typing import Any

from mdorch.board.task import Task
from mdorch.config.errors import Trouble
from mdorch.desk.look import Look
from mdorch.desk.status import newest_runs, problem_answer, problems, run_answer
from mdorch.desk.times import iso
from mdorch.plan.actions import Rule
from mdorch.plan.graph import Needs, graph, heights
from mdorch.plan.groups import group_of

NOT_WAITING = (Rule.COMPLETE, Rule.STARTS, Rule.RUNNING)


def plan_answer(look: Look) -> dict[str, Any]:
    """`mdorch plan --json`: what the daemon would do now, and why it would not do the rest."""
    return {
        "actions": [
            {"kind": a.kind.value, "task": a.task, "agent": a.agent, "reason": a.reason} for a in look.plan.actions
        ],
        "waiting": [
            {"task": v.task, "rule": v.rule.value, "reason": v.text, "until": iso(v.until)}
            for v in look.plan.verdicts.values()
            if v.rule not in NOT_WAITING
        ],
        "problems": [problem_answer(p) for p in problems(look)],
    }


def find_task(look: Look, task_id: str) -> Task:
    """The row with this id; by another case where that is unambiguous. Raises Trouble with near ones."""
    exact = [t for t in look.board.tasks if t.id == task_id]
    if exact:
        return exact[0]
    loose = [t for t in look.board.tasks if t.id.lower() == task_id.lower()]
    if len(loose) == 1:
        return loose[0]
    from difflib import get_close_matches

    ids = [t.id for t in look.board.tasks if t.id]
    near = get_close_matches(task_id, ids, n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}?" if near else "mdorch status lists the tasks of this page"
    raise Trouble(f"there is no task {task_id} on {look.site.page}", hint, 1)


def why_answer(look: Look, task_id: str) -> dict[str, Any]:
    """The one rule that holds the task or lets it go, with the facts behind it."""
    task = find_task(look, task_id)
    verdict = look.plan.verdicts[task.index]
    needs = Needs(look.board, [t.status for t in look.board.tasks])
    run = newest_runs(look).get(task.id)
    unmet = set(verdict.unmet)
    return {
        "task": task.id,
        "title": task.title,
        "status": task.status.value,
        "status_text": task.status_text,
        "rule": verdict.rule.value,
        "reason": verdict.text,
        "until": iso(verdict.until),
        "group": group_of(task, look.policy),
        "requires": [
            {
                "id": i,
                "met": i not in unmet and not _open(look, i),
                "status": _status_text(look, i),
                "reason": _reason(look, i),
            }
            for i in needs.required(task)
        ],
        "unresolved": [u for u in verdict.unmet if not any(t.id == u for t in look.board.tasks)],
        "run": run_answer(run) if run else None,
        "line": task.line,
    }


def deps_answer(look: Look, task_id: str) -> dict[str, Any]:
    """What the task needs, what waits for it, and the critical path through it."""
    task = find_task(look, task_id)
    tasks = look.board.tasks
    needs = Needs(look.board, [t.status for t in tasks])
    required = {t.id: needs.required(t) for t in tasks if t.id}
    waiting = [t.id for t in tasks if t.id and task.id in required[t.id]]
    return {
        "task": task.id,
        "needs": [_node(look, i) for i in required.get(task.id, [])],
        "needed_by": [_node(look, i) for i in waiting],
        "critical_path": _critical_path(look, task, required),
        "cycle": next((p.message for p in look.plan.problems if p.code == "cycle" and task.id in p.message.split()), None),
    }


def _critical_path(look: Look, task: Task, required: dict[str, list[str]]) -> list[str]:
    """The longest chain of open work through the task: up to it by what it needs, down by what hangs on it."""
    tasks = look.board.tasks
    work = [0.0 if t.status == "complete" else 1.0 for t in tasks]
    down = heights(graph(look.board), work)
    index = {t.id: t.index for t in reversed(tasks) if t.id}
    chain, at = [task.id], task.id
    while True:
        followers = [i for i, needed in required.items() if at in needed and i not in chain]
        if not followers:
            break
        at = max(followers, key=lambda i: (down[index[i]], -index[i]))
        chain.append(at)
    depth: dict[str, int] = {}
    up, at = [], task.id
    while True:
        before = [i for i in required.get(at, ()) if i in index and i not in chain and i not in up]
        if not before:
            break
        at = max(before, key=lambda i: (_depth(i, required, depth), -index[i]))
        up.append(at)
    return [*reversed(up), *chain]


def _depth(task_id: str, required: dict[str, list[str]], known: dict[str, int]) -> int:
    """Length of the longest chain of prerequisites above a task; cycles count once."""
    stack = [task_id]
    while stack:
        at = stack[-1]
        if at in known and known[at] >= 0:
            stack.pop()
            continue
        known.setdefault(at, -1)
        missing = [i for i in required.get(at, ()) if i not in known]
        if missing:
            stack.extend(missing)
            continue
        known[at] = 1 + max((known[i] for i in required.get(at, ()) if known[i] >= 0), default=0)
        stack.pop()
    return known[task_id]


def _node(look: Look, task_id: str) -> dict[str, Any]:
    rows = [t for t in look.board.tasks if t.id == task_id]
    if not rows:
        return {"id": task_id, "title": "", "status": "missing", "line": 0}
    return {"id": task_id, "title": rows[0].title, "status": rows[0].status.value, "line": rows[0].line}


def _open(look: Look, task_id: str) -> bool:
    rows = [t for t in look.board.tasks if t.id == task_id]
    return not rows or any(t.status != "complete" for t in rows)


def _status_text(look: Look, task_id: str) -> str:
    return next((t.status_text for t in look.board.tasks if t.id == task_id), "not on the page")


def _reason(look: Look, task_id: str) -> str:
    return next((look.plan.verdicts[t.index].text for t in look.board.tasks if t.id == task_id), "")
