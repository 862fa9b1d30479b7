"""The controller document's task monitor and success metrics, under its own names: what was done, by whom,
in what time.

Pure: the board says what is so now, the runs (all that the journal knows of) what happened. So the figures
survive the daemon, and the rows: a task whose last run completed it stays completed when its row is gone.
Every figure is None where there is nothing to divide by. docs/metrics.md defines each; keep the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from mdorch.board.board import Board
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.facts import End, Run
from mdorch.frozen import Frozen, field
from mdorch.plan.advance import Outcome

SUCCEEDED = frozenset({Outcome.COMPLETE, Outcome.HANDED_ON, Outcome.PARTIAL, Outcome.IN_REVIEW})
FAILED = frozenset({Outcome.FAILED, Outcome.LOST, Outcome.BLOCKED})


class Entry(Frozen):
    """One line of the task monitor. Times are epoch seconds, `duration` seconds; None: not known. What was
    used up is that of all runs of the task."""

    task: str
    agent: str
    started: float | None = None
    ended: float | None = None
    duration: float | None = None
    notes: str = ""
    tokens: int | None = None
    cost_usd: float | None = None


class Handoffs(Frozen):
    """How many blocks were taken, how many refused, and how many cannot be understood."""

    taken: int = 0
    refused: int = 0
    misunderstood: int = 0

    @property
    def all(self) -> int:
        return self.taken + self.refused + self.misunderstood


class AgentFigures(Frozen):
    """`tasks`: those that a run of it completed. `average_duration`: of a run that got somewhere or failed,
    in seconds."""

    agent: str
    tasks: int
    runs: int
    succeeded: int
    failed: int
    success_rate: float | None
    average_duration: float | None
    tokens: int | None
    cost_usd: float | None


class Tally(Frozen):
    """The document's `TaskMonitor` and `track_orchestration_metrics` in one."""

    active: tuple[Entry, ...]
    completed: tuple[Entry, ...]  # oldest first
    blocked: tuple[Entry, ...]
    agents: tuple[AgentFigures, ...]
    total: int
    runs: int
    handoffs: Handoffs
    parallel_efficiency: float | None
    handoff_success_rate: float | None
    task_completion_rate: float | None
    average_task_duration: float | None
    blocked_task_ratio: float | None
    tokens: int | None  # of the runs that have ended, as far as their programs say; None: none says
    cost_usd: float | None


class Record(Frozen):
    """What happened. `runs` are all that are known, oldest first; `since` maps tasks to when they got the
    status that they have; `archived` maps tasks that left the page through our door to their agents."""

    runs: Sequence[Run] = ()
    since: Mapping[str, float] = field(default_factory=dict)
    handoffs: Handoffs = Handoffs()
    archived: Mapping[str, str] = field(default_factory=dict)


def tally(board: Board, record: Record, now: float, after: float = 0.0) -> Tally:
    """Count. With `after` (epoch seconds), only what ended from then on counts."""
    by_task: dict[str, list[Run]] = {}
    for run in record.runs:
        by_task.setdefault(run.task, []).append(run)
    rows = {t.id: t for t in board.tasks if t.id and not t.draft and not t.cancelled}
    done = list(_completed(rows, by_task, record))
    completed = [e for e in done if not after or (e.ended or 0.0) >= after]
    total = sum(t.status is not Status.COMPLETE for t in rows.values()) + len(completed)
    blocked = [_entry(t, by_task.get(t.id, ())) for t in rows.values() if t.status is Status.BLOCKED]
    ended = [r for r in record.runs if began(r) and r.ended is not None and r.ended >= after]
    durations = [e.duration for e in completed if e.duration is not None]
    return Tally(
        active=tuple(_active(r, rows.get(r.task), now) for r in record.runs if r.live),
        completed=tuple(sorted(completed, key=lambda e: e.ended or 0.0)),
        blocked=tuple(blocked),
        agents=tuple(_agents(ended, by_task, {e.task for e in completed})),
        total=total,
        runs=len(ended),
        handoffs=record.handoffs,
        parallel_efficiency=parallel_efficiency(ended, after),
        handoff_success_rate=_ratio(record.handoffs.taken, record.handoffs.all),
        task_completion_rate=_ratio(len(completed), total),
        average_task_duration=fmean(durations) if durations else None,
        blocked_task_ratio=_ratio(len(blocked), total),
        **used_up(ended),
    )


def used_up(runs: Iterable[Run]) -> dict[str, Any]:
    """Tokens and US dollars of these runs together, as far as they are known."""
    known = list(runs)
    tokens = [run.tokens for run in known if run.tokens is not None]
    usd = [run.cost_usd for run in known if run.cost_usd is not None]
    return {"tokens": sum(tokens) if tokens else None, "cost_usd": sum(usd) if usd else None}


def began(run: Run) -> bool:
    """Whether its agent program was really started."""
    return run.started is not None and run.end is not End.UNBEGUN


def parallel_efficiency(runs: Iterable[Run], after: float = 0.0) -> float | None:
    """The document's parallel speedup: the time that agents worked, added up, over the time in which at
    least one of them did. 1.0: one after the other. Runs that have ended; what they did before `after` is
    left out."""
    spans = sorted((max(r.started or 0.0, after), r.ended or 0.0) for r in runs)
    work = wall = end = 0.0
    for first, last in spans:
        work += max(0.0, last - first)
        wall += max(0.0, last - max(first, end))
        end = max(end, last)
    return work / wall if wall > 0 else None


def _completed(
    rows: Mapping[str, Task], by_task: Mapping[str, Sequence[Run]], record: Record
) -> Iterable[Entry]:
    for name, task in rows.items():
        if task.status is Status.COMPLETE:
            yield _entry(task, by_task.get(name, ()), record.since.get(name))
    gone = {name for name, runs in by_task.items() if runs[-1].outcome == Outcome.COMPLETE}
    for name in sorted((gone | record.archived.keys()) - rows.keys()):
        yield _done(name, record.archived.get(name, ""), by_task.get(name, ()), None, "")


def _entry(task: Task, runs: Sequence[Run], since: float | None = None) -> Entry:
    agent = task.agents[0] if task.agents else ""
    return _done(task.id, agent, runs, since, task.notes)


def _done(task: str, agent: str, runs: Sequence[Run], since: float | None, notes: str) -> Entry:
    """From when the first run of its last round began to when the last one ended."""
    worked = [r for r in runs if began(r) and r.ended is not None]
    used = used_up(runs)
    if not worked:
        return Entry(task, agent, None, since or None, None, notes)
    last = worked[-1]
    first = next(r for r in worked if r.round == last.round)
    started, ended = first.started or first.claimed, last.ended or last.claimed
    return Entry(task, last.agent, started, ended, max(0.0, ended - started), notes, **used)


def _active(run: Run, task: Task | None, now: float) -> Entry:
    started = run.started or run.claimed
    lasted, notes = max(0.0, now - started), task.notes if task else ""
    return Entry(run.task, run.agent, started, None, lasted, notes, run.tokens, run.cost_usd)


def _agents(
    ended: Sequence[Run], by_task: Mapping[str, Sequence[Run]], completed: set[str]
) -> Iterable[AgentFigures]:
    finishers = [by_task[name][-1].agent for name in completed if by_task.get(name)]
    for agent in sorted({r.agent for r in ended}):
        own = [r for r in ended if r.agent == agent]
        good = [r for r in own if r.outcome in SUCCEEDED]
        bad = [r for r in own if r.outcome in FAILED]
        lengths = [max(0.0, (r.ended or 0.0) - (r.started or 0.0)) for r in (*good, *bad)]
        yield AgentFigures(
            agent=agent,
            tasks=finishers.count(agent),
            runs=len(own),
            succeeded=len(good),
            failed=len(bad),
            success_rate=_ratio(len(good), len(good) + len(bad)),
            average_duration=fmean(lengths) if lengths else None,
            **used_up(own),
        )


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
