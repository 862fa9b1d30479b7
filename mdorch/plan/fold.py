"""Ended runs and handoffs → what they change on the page.

Folding is safe to repeat: a block that carries this run's mark counts as the run's own, a status that
is already right and a row that is already gone ask for nothing. A fold that a crash may have cut off
leaves alone what has changed in its row since (`Facts.overtaken`).
"""

from __future__ import annotations

from itertools import count

from mdorch.board.handoff import Handoff, Signal
from mdorch.board.notes import noted
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.board.wishes import AppendTask, BringHandoff, MarkTaken, SetCell, Wish
from mdorch.facts import End, Run, RunState
from mdorch.frozen import replace
from mdorch.plan.actions import Action, Kind, Rule, Verdict
from mdorch.plan.advance import BOUNDS, STARTABLE, TRANSITIONS, Outcome, Result, result_of
from mdorch.plan.choose import words
from mdorch.plan.draft import Draft, agent_rows_of, is_run, names_of, stamp
from mdorch.plan.fixes import documented
from mdorch.plan.hands import in_hand
from mdorch.plan.landing import blocks_left, hold_landing, in_conflict, lands_first
from mdorch.plan.live import means_stop
from mdorch.plan.proof import proven


def fold(draft: Draft) -> None:
    """Fold every ended run whose row can be written."""
    for run in draft.facts.runs:
        if run.state is RunState.ENDED and run.id in draft.facts.landing:
            hold_landing(draft, run)
        elif run.state is RunState.ENDED and not in_hand(draft.facts, run):
            _fold_run(draft, run)


def _fold_run(draft: Draft, run: Run) -> None:
    task = draft.row(run.task)
    if task is None:
        for row in draft.rows(run.task):
            text = f"{run.id} has ended; its result waits until this row can be written"
            draft.verdicts[row.index] = Verdict(row.id, Rule.UNFOLDED, text)
        return
    if run.outcome and _followed(draft, run):
        reason = "its result is on the page: the next run of the task has begun since"
        _fold(draft, run, Result(Outcome(run.outcome), reason), ())
        return
    blocks = blocks_of(draft, run)
    result = result_of(run, task, blocks, draft.policy, successors(draft, task))
    result = proven(draft, run, task, result, blocks)
    if lands_first(draft, run, task, result):
        return
    result = in_conflict(run, result)
    result, status = _bounded(draft, task, run, result)
    if run.id in draft.programs.innocent and status is not Status.FAILED:
        result = replace(result, note="")  # it tells of a program, not of the task
    kept = _kept(draft, run, task, result)
    spent = status is Status.FAILED
    if "status" in kept:
        status, spent = task.status, spent and task.status is Status.FAILED
    cells = [w for w in row_wishes(task, result, status) if w.role not in kept]
    settle(draft, task, result, status, kept)
    failed = spent or (result.outcome is Outcome.FAILED and result.note)
    more = documented(draft, task, result.note, run.agent, spent) if failed else []
    taken = marks(draft, blocks, run.id, result.refused)
    _fold(draft, run, result, (*cells, *agent_rows_of(run), *taken, *more))


def _followed(draft: Draft, run: Run) -> bool:
    """Whether a later run of the task has begun: then the write that folded this one was made."""
    later = (r for r in draft.unfolded(run.task) if r.attempt > run.attempt)
    return any(r.state is not RunState.CLAIMED and r.end is not End.UNBEGUN for r in later)


def _fold(draft: Draft, run: Run, result: Result, wishes: tuple[Wish, ...]) -> None:
    draft.folds[run.id] = result.outcome
    draft.actions.append(
        Action(
            Kind.FOLD,
            run.task,
            result.reason,
            run.agent,
            run.id,
            run.attempt,
            run.round,
            result.outcome,
            wishes,
        )
    )


def _kept(draft: Draft, run: Run, task: Task, result: Result) -> frozenset[str]:
    """Columns of the row, by role, that the fold must not touch: somebody's word there stands.

    A stop that was typed stands even where the run ended well before it was stopped. *Blocked*, and any
    word that holds the row, an unknown one too, stands where the result would open the task again:
    relaunching against somebody's word is worse than asking.
    """
    holds = task.status in (Status.ON_HOLD, Status.BLOCKED) and TRANSITIONS[result.outcome] in STARTABLE
    stops = task.status is Status.ON_HOLD and means_stop(task.status_text)
    typed = frozenset({"status"}) if holds or stops else frozenset()
    return typed | draft.facts.overtaken.get(run.id, frozenset())


def blocks_of(draft: Draft, run: Run) -> list[Handoff]:
    """The task's valid blocks that are not taken, or were taken for this very run.

    The run may know its task by the id that it had at the start. No row says that one any more, so the
    page takes such a block for one about nothing. A run that never began wrote none.
    """
    if run.end in (End.UNBEGUN, End.UNSTARTABLE):
        return []
    old = [name for name in names_of(run) if name not in draft.frame.by_id]

    def is_own(block: Handoff) -> bool:
        if block.task in old:
            return block.signal is not None and block.to[:1] not in ("[", "<", "{")
        return block.valid and block.task == run.task

    page = [
        h
        for h in draft.board.handoffs
        if is_own(h)
        and (h.mark is None or h.mark.run == run.id)
        and (h.run == run.id or not is_run(h.run, names_of(run)))
    ]
    return [*page, *blocks_left(draft, run, page)]


def _bounded(draft: Draft, task: Task, run: Run, result: Result) -> tuple[Result, Status]:
    """The status to leave, after the bounds: tries for each agent, launches for each task, hops."""
    outcome = result.outcome
    if outcome is Outcome.FAILED:
        failures = draft.failures(task.id)
        if run.id not in draft.programs.innocent:
            failures[run.agent] = failures.get(run.agent, 0) + 1
        if draft.assignment.choose(task, failures, draft.goes_on_with(task)) is None:
            return result, BOUNDS["attempts used up"]
    if outcome in (Outcome.FAILED, Outcome.HANDED_ON, Outcome.PARTIAL, Outcome.NUDGED):
        launches = len(draft.launched(task.id))
        if launches >= draft.policy.launches_per_task:
            note = f"{launches} launches used up; last: {result.reason}"
            return replace(result, note=note, reason=f"{result.reason}; {note}"), BOUNDS["launches used up"]
    if outcome in (Outcome.HANDED_ON, Outcome.PARTIAL):
        chain = [*draft.ended_as(task.id, Outcome.HANDED_ON, Outcome.PARTIAL), run]
        if len(chain) >= draft.policy.max_hops:
            path = " → ".join([*(r.agent for r in chain), result.to or run.agent])
            blocked = replace(result, outcome=Outcome.BLOCKED, reason=f"{len(chain)} hops: {path}", note=path)
            return blocked, BOUNDS["too many hops"]
    status = TRANSITIONS[outcome]
    return result, draft.open_status() if status is Status.WAITING else status


def row_wishes(task: Task, result: Result, status: Status) -> list[SetCell]:
    """Every failed attempt is noted, also one that another one follows."""
    wishes: list[SetCell] = []
    if status is not task.status:
        wishes.append(SetCell(task.id, "status", status))
    if (
        result.outcome in (Outcome.HANDED_ON, Outcome.PARTIAL)
        and result.to
        and (result.to,) != task.agents[:1]
    ):
        wishes.append(SetCell(task.id, "agent", result.to, optional=True))
    told = (Status.BLOCKED, Status.FAILED, Status.IN_REVIEW)
    if result.note and (result.outcome is Outcome.FAILED or status in told):
        notes = noted(task.notes, result.note)
        if notes != task.notes:
            wishes.append(SetCell(task.id, "notes", notes, optional=True))
    return wishes


def marks(draft: Draft, blocks: list[Handoff], run: str, refused: bool) -> list[Wish]:
    wishes: list[Wish] = []
    for block in blocks:
        if block.mark is not None:
            continue
        again = block.digest in draft.board.archived_blocks  # an old buffer brought it back
        if block.signal is Signal.DISCOVERED and not refused and not again:
            wishes.append(_discovered(draft, block))
        if block.line:
            wishes.append(MarkTaken(block.key, run, stamp(draft.now), refused))
        else:
            wishes.append(BringHandoff(block.text, block.body, block.digest, run, stamp(draft.now), refused))
    return wishes


def _discovered(draft: Draft, block: Handoff) -> AppendTask:
    """The task for an issue that an agent found: on hold, until a person has looked at it, unless what
    agents make may start by itself."""
    lines = [line for line in (block.reason, *block.deliverables, *block.context) if line]
    named = [line for line in lines if words(line)[:1] in (("found",), ("issue",), ("key",), ("discovered",))]
    title = next(iter([*named, *lines]), f"Issue found in {block.task}")
    taken = draft.frame.by_id.keys() | draft.added | draft.board.archived
    task_id = next(name for n in count(1) if (name := f"ISSUE-{n:03d}") not in taken)
    draft.added.add(task_id)
    notes = f"found by {block.sender or 'an agent'} in {block.task}"
    status = draft.open_status() if draft.policy.auto_fix else Status.ON_HOLD
    return AppendTask(title[:200], task_id, status, notes=notes)


def settle(
    draft: Draft, task: Task, result: Result, status: Status, kept: frozenset[str] = frozenset()
) -> None:
    """From here on the pass reckons with the new status and agent."""
    draft.statuses[task.index] = status
    if result.outcome in (Outcome.HANDED_ON, Outcome.PARTIAL) and result.to and "agent" not in kept:
        draft.assigned[task.index] = (result.to,)


def successors(draft: Draft, task: Task) -> frozenset[str]:
    """Agents to whom open tasks are assigned that require this one."""
    found: set[str] = set()
    for index in draft.frame.dependents([task.index]):
        other = draft.board.tasks[index]
        if other is not task and draft.statuses[index] is not Status.COMPLETE:
            found.update(other.agents)
    return frozenset(found)
