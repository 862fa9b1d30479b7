"""The status answer: one dictionary, as the contract has it, from one look."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from mdorch.board.handoff import Handoff
from mdorch.board.problem import Problem, Severity
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.desk.look import Look
from mdorch.desk.strays import told as told_of
from mdorch.desk.times import iso
from mdorch.desk.trees import waiting_branches
from mdorch.facts import VANISHED, Run
from mdorch.frozen import replace
from mdorch.plan.actions import Rule
from mdorch.plan.claims import effective
from mdorch.plan.disputes import remedy, standing, told
from mdorch.plan.draft import fix_of
from mdorch.plan.graph import Needs
from mdorch.plan.holds import explained, way_out
from mdorch.plan.money import OVER
from mdorch.world.lock import holder

WARN_SIZE = 30_000  # characters: agents read the whole page at every start


def status(look: Look, since: float | None = None) -> dict[str, Any]:
    """`mdorch status --json`; more keys than the contract names may be added.

    `since` (epoch seconds) bounds what is listed as done.
    """
    running = holder(look.site.dot)
    needs = Needs(look.board, effective(look.board, look.facts))
    runs = newest_runs(look)
    return {
        "page": str(look.site.page),
        "daemon": {
            "running": running is not None,
            "pid": running.pid if running else None,
            "since": iso(running.started) if running else None,
            "watch": (running.watch or None) if running else None,
            "trouble": running.trouble if running else "",
        },
        "paused": bool(look.facts.paused),
        "held": look.facts.hold,
        "spend": {"today_usd": round(look.facts.spent, 4), "budget_usd": look.site.settings.usd_per_day},
        "slots": {"used": sum(r.live for r in look.facts.runs), "max": look.policy.max_parallel},
        "needs": list(needs_you(look)),
        "tasks": [task_answer(look, t, needs, runs.get(t.id)) for t in look.board.tasks],
        "agents": [
            {"agent": a.agent, "task": a.task, "status": a.status, "started": a.started, "line": a.line}
            for a in look.board.agents
        ],
        "handoffs": [handoff_answer(block) for block in look.board.handoffs],
        "problems": [problem_answer(p) for p in problems(look)],
        "since": iso(since),
        "done": done(look, since or 0.0),
        "size": look.board.size,
    }


def done(look: Look, since: float) -> list[dict[str, Any]]:
    """Complete tasks of which it is known when they became so, oldest first."""
    complete = [t.id for t in look.board.tasks if t.status is Status.COMPLETE]
    found = sorted((when, task) for task in complete if (when := became(look, task)) and when >= since)
    return [{"task": task, "at": iso(when)} for when, task in found]


def became(look: Look, task: str) -> float:
    """When the task got its status, in epoch seconds; 0.0 where nobody knows: it is not remembered, or read
    so when the page was looked at first."""
    seen = look.facts.seen.get(task)
    return 0.0 if seen is None or seen.since == look.facts.met else seen.since


def task_answer(look: Look, task: Task, needs: Needs, run: Run | None) -> dict[str, Any]:
    verdict = look.plan.verdicts[task.index]
    return {
        "id": task.id,
        "title": task.title,
        "status": task.status.value,
        "status_text": task.status_text,
        "agent": task.agents[0] if task.agents else "",
        "requires": needs.required(task),
        "unmet": needs.unmet(task),
        "priority": task.priority,
        "group": task.group or task.phase,
        "files": list(task.files),
        "notes": task.notes,
        "line": task.line,
        "read_only": task.read_only,
        "rule": verdict.rule.value,
        "reason": verdict.text,
        "until": iso(verdict.until),
        "run": run_answer(run, look) if run else None,
    }


def run_answer(run: Run, look: Look | None = None) -> dict[str, Any]:
    """`session`, `branch`, `cost_usd` and `tokens` belong to adapters that report them; a `look` reads what a
    run at work has printed so far."""
    live = look.account(run) if look else None
    if live is not None:
        values = {"session": live.session, "cost_usd": live.usd, "tokens": live.tokens, "turns": live.turns}
        run = replace(run, **{name: value for name, value in values.items() if value})
    return {
        "id": run.id,
        "attempt": run.attempt,
        "agent": run.agent,
        "state": run.state.value,
        "pid": run.pid,
        "started": iso(run.started),
        "ended": iso(run.ended),
        "exit_code": run.exit_code,
        "last_event": (live.last or None) if live else None,
        "session": run.session or None,
        "branch": run.branch or None,
        "cost_usd": run.cost_usd,
        "tokens": run.tokens,
        "end": run.end.value if run.end else None,
        "outcome": run.outcome,
        "detail": run.detail,
    }


def newest_runs(look: Look) -> dict[str, Run]:
    """The newest run of each task."""
    return {run.task: run for run in sorted(look.facts.runs, key=lambda r: (r.claimed, r.attempt))}


def problems(look: Look) -> list[Problem]:
    """Problems of the page and of the plan, in page order."""
    found = [*look.board.problems, *look.plan.problems, *told_of(look.strays)]
    return sorted(found, key=lambda p: (p.line, p.column, p.code))


def problem_answer(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "severity": problem.severity.value,
        "message": problem.message,
        "hint": problem.hint,
        "line": problem.line,
        "column": problem.column,
    }


def handoff_answer(block: Handoff) -> dict[str, Any]:
    return {
        "from": block.sender,
        "to": block.to,
        "task": block.task,
        "status": block.signal.value if block.signal else block.status_text,
        "deliverables": list(block.deliverables),
        "context": list(block.context),
        "artifacts": list(block.artifacts),
        "line": block.line,
        "taken": block.taken,
    }


def needs_you(look: Look) -> Iterator[dict[str, Any]]:
    """What only a person can move on, most pressing first, each with the command that helps."""
    if look.facts.hold:
        hold = look.facts.hold
        yield _need("", "conflict", f"the page is held: {explained(hold)}", None, way_out(hold))
    if not look.policy.agents and any(v.rule is Rule.NO_AGENT for v in look.plan.verdicts.values()):
        yield _need("", "problem", "no agent is configured: nothing can start", None, "mdorch init")
    for run in look.strays:
        text = f"{run.id} is alive, and the journal does not know it; mdorch down --kill ends it"
        yield _need(run.task, "problem", text, iso(run.started), "mdorch up")
    rank = {"question": 0, "lost": 1, "failed": 2, "blocked": 3, "review": 4}
    held = {t.id for t in look.board.tasks if t.status is Status.ON_HOLD and not t.cancelled}
    asked = look.board.open_questions()
    found = [n for t in look.board.tasks if (n := _need_of(look, t, held, asked.get(t.id))) is not None]
    found += _branches(look)
    yield from sorted(found, key=lambda n: rank.get(n["kind"], 9))
    yield from _money(look)
    for dispute, task in standing(look.board, look.facts.disputes):
        yield _need(task.id, "conflict", told(dispute), iso(dispute.when), remedy(dispute))
    for problem in look.plan.problems:
        if problem.code == "parallel-conflict":
            yield _need(problem.task, "conflict", problem.message, None, "mdorch lint")
    for problem in problems(look):
        if problem.severity is Severity.ERROR:
            where = f"line {problem.line}: " if problem.line else ""
            bare = problem.code == "no-task-queue" and not look.facts.hold  # a held page is not a new one
            helps = "mdorch init" if bare else "mdorch lint"
            yield _need(problem.task, "problem", where + problem.message, None, helps)


def _branches(look: Look) -> Iterator[dict[str, Any]]:
    """Work that is done, and left for a person to merge."""
    for task, branch, more in waiting_branches(look.site, look.board, look.facts.runs):
        seen = look.facts.seen.get(task)
        inside = [name for name in more if name != task]
        also = f", with that of {', '.join(inside[:4])}" if inside else ""
        also += f" and {len(inside) - 4} more" if len(inside) > 4 else ""
        text = f"its work is on {branch}{also}, and not merged"
        yield _need(task, "review", text, iso(seen.since) if seen else None, f"git merge {branch}")


def _money(look: Look) -> Iterator[dict[str, Any]]:
    """What may be spent is used up: once, whatever it holds."""
    held = [v for v in look.plan.verdicts.values() if v.rule is Rule.BUDGET]
    if held:
        command = "mdorch resume" if "mdorch resume" in held[0].text else "mdorch metrics"
        yield _need("", "budget", held[0].text, None, command)


def _need_of(look: Look, task: Task, held: Container[str], asked: Handoff | None) -> dict[str, Any] | None:
    """`held`: ids of rows that are on hold; `asked`: what the task has asked and nobody has answered."""
    verdict = look.plan.verdicts[task.index]
    if task.read_only or task.draft or verdict.rule is Rule.RUNNING:
        return None
    seen = look.facts.seen.get(task.id)
    since = iso(seen.since) if seen and seen.since else None
    if task.status is Status.IN_REVIEW:
        return _need(task.id, "review", verdict.detail or task.title, since, f"mdorch approve {task.id}")
    if task.status is Status.FAILED:
        why, fix = verdict.detail or task.title, fix_of(task.id)
        if fix in held:
            text = f"{why}; {fix} is there to fix it, once you open it"
            return _need(task.id, "failed", text, since, f"mdorch set {fix} status=waiting")
        return _need(task.id, "failed", why, since, f"mdorch logs {task.id}")
    if task.status is Status.BLOCKED:
        return _blocked(look, task, since, asked)
    return None


def _blocked(look: Look, task: Task, since: str | None, asked: Handoff | None) -> dict[str, Any]:
    if asked:
        return _need(task.id, "question", asked.questions[0], since, f"mdorch answer {task.id} TEXT")
    run = newest_runs(look).get(task.id)
    if run is not None and run.conflicts:
        return _need(task.id, "conflict", run.conflicts, since, f"mdorch show {task.id}")
    why = look.plan.verdicts[task.index].detail
    if why == "lost" or why.endswith("; lost") or why == VANISHED:
        text = "its run vanished; nothing can be known of it"
        return _need(task.id, "lost", text, since, f"mdorch retry {task.id}")
    kind = "budget" if OVER in why else "blocked"
    return _need(task.id, kind, why or task.title, since, f"mdorch retry {task.id}")


def _need(task: str, kind: str, text: str, since: str | None, command: str) -> dict[str, Any]:
    return {"task": task, "kind": kind, "text": text, "since": since, "command": command}
