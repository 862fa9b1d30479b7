"""`mdorch metrics`: the task monitor and the success metrics of the controller document, from the journal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mdorch.board.board import Board
from mdorch.board.problem import Severity
from mdorch.desk.look import Look, peeked
from mdorch.desk.times import iso, local
from mdorch.facts import Run, Seen
from mdorch.plan.tally import AgentFigures, Entry, Handoffs, Record, Tally, began, tally, used_up
from mdorch.world.journal import Journal


def metrics(look: Look, after: float | None = None) -> dict[str, Any]:
    """`mdorch metrics --json`; `after` (epoch seconds) leaves out what ended earlier."""
    with peeked(look.site) as journal:
        record = record_of(journal, look.board, look.facts.seen.values(), after or 0.0)
    found = tally(look.board, record, look.now, after or 0.0)
    return {
        "page": str(look.site.page),
        "since": iso(after),
        "parallel_efficiency": found.parallel_efficiency,
        "handoff_success_rate": found.handoff_success_rate,
        "task_completion_rate": found.task_completion_rate,
        "average_task_duration": found.average_task_duration,
        "blocked_task_ratio": found.blocked_task_ratio,
        "tokens": found.tokens,
        "cost_usd": found.cost_usd,
        "days": _days(record.runs, after or 0.0),
        "counts": _counts(found),
        "active": [_entry(e) for e in found.active],
        "completed": [_entry(e) for e in found.completed],
        "blocked": [_entry(e) for e in found.blocked],
        "agents": [_agent(a) for a in found.agents],
    }


def record_of(journal: Journal | None, board: Board, seen: Iterable[Seen], after: float = 0.0) -> Record:
    """What happened, as far as the figures need it."""
    faults = [p for p in board.problems if p.code.startswith("handoff-") and p.severity is Severity.ERROR]
    taken = refused = 0
    if journal is not None:
        for note in journal.history(since=after or None):
            marks = (note.data or {}).get("handoffs")
            if marks:
                taken, refused = taken + marks["taken"], refused + marks["refused"]
    return Record(
        runs=journal.runs() if journal is not None else (),
        since={s.task: s.since for s in seen},
        handoffs=Handoffs(taken, refused, len(faults)),
    )


def _days(runs: Iterable[Run], after: float) -> list[dict[str, Any]]:
    """What was used up on each day here, of runs by the day on which they were started, oldest first."""
    days: dict[str, list[Run]] = {}
    for run in runs:
        if began(run) and run.started is not None and (run.ended or run.started) >= after:
            days.setdefault(local(run.started)[:10], []).append(run)
    return [{"day": day, "runs": len(of), **used_up(of)} for day, of in sorted(days.items())]


def _counts(found: Tally) -> dict[str, int]:
    return {
        "tasks": found.total,
        "completed": len(found.completed),
        "blocked": len(found.blocked),
        "active": len(found.active),
        "runs": found.runs,
        "handoffs": found.handoffs.all,
        "handoffs_taken": found.handoffs.taken,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "task": entry.task,
        "agent": entry.agent,
        "started": iso(entry.started),
        "ended": iso(entry.ended),
        "duration": entry.duration,
        "notes": entry.notes,
        "tokens": entry.tokens,
        "cost_usd": entry.cost_usd,
    }


def _agent(figures: AgentFigures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in figures.__slots__}
