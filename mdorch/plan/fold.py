"""Ended runs and handoffs → what they change on the page.

Folding is safe to repeat: a block that carries this run's mark counts as the run's own, a status that
is already right and a row that is already gone ask for nothing. A fold that a crash may have cut off
leaves alone what has changed in its row since (`Facts.overtaken`).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from itertools import count

from mdorch.board.handoff import Handoff, Signal
from mdorch.board.problem import Severity
from mdorch.board.status import Status
from mdorch.board.statuses import read_status
from mdorch.board.task import NeedKind, Task
from mdorch.board.wishes import AddAgentRow, AppendTask, MarkTaken, SetCell, Wish
from mdorch.facts import Run, RunState
from mdorch.plan.actions import Action, Kind, Rule, Verdict
from mdorch.plan.advance import TRANSITIONS, Outcome, Result, result_of, result_of_handoff
from mdorch.plan.choose import choose, words
from mdorch.plan.draft import Draft, agent_rows_of, loose_run, names_of, stamp

STARTABLE = (Status.WAITING, Status.READY, Status.PARTIAL)


def fold(draft: Draft) -> None:
    """Fold every ended run whose row can be written, then take the blocks that no run wrote."""
    for run in draft.facts.runs:
        if run.state is RunState.ENDED:
            _fold_run(draft, run)
    _take_loose_blocks(draft)


def _fold_run(draft: Draft, run: Run) -> None:
    task = draft.row(run.task)
    if task is None:
        for row in draft.rows.get(run.task, ()):
            text = f"{run.id} has ended; its result waits until this row can be written"
            draft.verdicts[row.index] = Verdict(row.id, Rule.UNFOLDED, text)
        return
    blocks = blocks_of(draft, run)
    result = result_of(run, task, blocks, draft.policy, _successors(draft, task))
    result, status = _bounded(draft, task, run, result)
    kept = _kept(draft, run, task, result)
    if "status" in kept:
        status = task.status
    cells = [w for w in _row_wishes(task, result, status) if w.role not in kept]
    wishes = (*cells, *agent_rows_of(run), *_marks(draft, blocks, run.id, result.refused))
    _settle(draft, task, result, status, kept)
    draft.folds[run.id] = result.outcome
    draft.actions.append(
        Action(
            Kind.FOLD,
            task.id,
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
    page takes such a block for one about nothing.
    """
    old = [name for name in names_of(run) if name not in draft.rows]

    def is_own(block: Handoff) -> bool:
        if block.task in old:
            return block.signal is not None and block.to[:1] not in ("[", "<", "{")
        return block.valid and block.task == run.task

    return [h for h in draft.board.handoffs if is_own(h) and (h.mark is None or h.mark.run == run.id)]


def _bounded(draft: Draft, task: Task, run: Run, result: Result) -> tuple[Result, Status]:
    """The status to leave, after the bounds: tries for each agent, launches for each task, hops."""
    outcome = result.outcome
    if outcome is Outcome.FAILED:
        failures = draft.failures(task.id)
        failures[run.agent] = failures.get(run.agent, 0) + 1
        if choose(task, draft.policy, failures, draft.goes_on_with(task)) is None:
            return result, Status.FAILED
    if outcome in (Outcome.FAILED, Outcome.HANDED_ON, Outcome.PARTIAL):
        launches = len(draft.launched(task.id))
        if launches >= draft.policy.launches_per_task:
            note = f"{launches} launches used up; last: {result.reason}"
            return replace(result, note=note, reason=f"{result.reason}; {note}"), Status.FAILED
    if outcome in (Outcome.HANDED_ON, Outcome.PARTIAL):
        chain = [*draft.ended_as(task.id, Outcome.HANDED_ON, Outcome.PARTIAL), run]
        if len(chain) >= draft.policy.max_hops:
            path = " → ".join([*(r.agent for r in chain), result.to or run.agent])
            blocked = replace(result, outcome=Outcome.BLOCKED, reason=f"{len(chain)} hops: {path}", note=path)
            return blocked, Status.BLOCKED
    status = TRANSITIONS[outcome]
    return result, draft.open_status() if status is Status.WAITING else status


def _row_wishes(task: Task, result: Result, status: Status) -> list[SetCell]:
    wishes: list[SetCell] = []
    if status is not task.status:
        wishes.append(SetCell(task.id, "status", status))
    if (
        result.outcome in (Outcome.HANDED_ON, Outcome.PARTIAL)
        and result.to
        and (result.to,) != task.agents[:1]
    ):
        wishes.append(SetCell(task.id, "agent", result.to, optional=True))
    if result.note and status in (Status.BLOCKED, Status.FAILED) and result.note not in task.notes:
        text = f"{task.notes}; {result.note}" if task.notes else result.note
        wishes.append(SetCell(task.id, "notes", text, optional=True))
    return wishes


def _marks(draft: Draft, blocks: list[Handoff], run: str, refused: bool) -> list[Wish]:
    wishes: list[Wish] = []
    for block in blocks:
        if block.mark is not None:
            continue
        if block.signal is Signal.DISCOVERED and not refused:
            wishes.append(_discovered(draft, block))
        wishes.append(MarkTaken(block.key, run, stamp(draft.now), refused))
    return wishes


def _discovered(draft: Draft, block: Handoff) -> AppendTask:
    """The task for an issue that an agent found: on hold, until a person has looked at it."""
    lines = [line for line in (block.reason, *block.deliverables, *block.context) if line]
    named = [line for line in lines if words(line)[:1] in (("found",), ("issue",), ("key",), ("discovered",))]
    title = next(iter([*named, *lines]), f"Issue found in {block.task}")
    number = next(n for n in count(1) if f"ISSUE-{n:03d}" not in draft.rows)
    task_id = f"ISSUE-{number:03d}"
    draft.rows[task_id] = []
    notes = f"found by {block.sender or 'an agent'} in {block.task}"
    return AppendTask(title[:200], task_id, Status.ON_HOLD, notes=notes)


def _settle(
    draft: Draft, task: Task, result: Result, status: Status, kept: frozenset[str] = frozenset()
) -> None:
    """From here on the pass reckons with the new status and agent."""
    draft.statuses[task.index] = status
    if result.outcome in (Outcome.HANDED_ON, Outcome.PARTIAL) and result.to and "agent" not in kept:
        draft.assigned[task.index] = (result.to,)


def _successors(draft: Draft, task: Task) -> frozenset[str]:
    """Agents to whom open tasks are assigned that require this one."""
    found: set[str] = set()
    for other in draft.board.tasks:
        if (
            other.index != task.index
            and draft.statuses[other.index] is not Status.COMPLETE
            and _requires(draft, other, task)
        ):
            found.update(other.agents)
    return frozenset(found)


def _requires(draft: Draft, other: Task, task: Task) -> bool:
    for need in other.needs:
        if need.kind is NeedKind.TASK and need.id == task.id:
            return True
        if need.kind in (NeedKind.POOL, NeedKind.ABOVE):
            pool = draft.board.pools.get(need.id, ())
            k = bisect_left(pool, task.index)
            inside = k < len(pool) and pool[k] == task.index
            if inside and (need.kind is NeedKind.POOL or task.index < other.index):
                return True
    return False


def _take_loose_blocks(draft: Draft) -> None:
    """Blocks about a task without a run of ours: a person wrote them, or an agent outside.

    Until such a block is quiet it holds its task: what it will say is not known yet.
    """
    loose = [h for h in draft.board.handoffs if h.valid and h.mark is None]
    for block in loose:
        task = draft.row(block.task)
        if task is None or draft.unfolded(task.id):
            continue
        if draft.facts.quiet < draft.policy.settle:
            until = draft.now + draft.policy.settle - draft.facts.quiet
            draft.wakes.append(until)
            if draft.statuses[task.index] in STARTABLE:
                text = f"a handoff about it at line {block.line} is new: taken once the page is quiet"
                draft.verdicts[task.index] = Verdict(task.id, Rule.SETTLING, text, until=until)
            continue
        _take(draft, task, block)


def _take(draft: Draft, task: Task, block: Handoff) -> None:
    mark = _marks(draft, [block], loose_run(task.id), False)
    if draft.statuses[task.index] is Status.COMPLETE or block.signal is Signal.DISCOVERED:
        reason = f"handoff at line {block.line}: noted, {task.id} stays as it is"
        draft.actions.append(Action(Kind.TAKE, task.id, reason, block.sender, wishes=tuple(mark)))
        return
    result = result_of_handoff(block, task, draft.policy, _successors(draft, task))
    status = TRANSITIONS[result.outcome]
    status = draft.open_status() if status is Status.WAITING else status
    if task.status is Status.ON_HOLD and status in STARTABLE:
        status = task.status
    wishes = (*_row_wishes(task, result, status), *mark)
    _settle(draft, task, result, status)
    draft.actions.append(
        Action(Kind.TAKE, task.id, result.reason, block.sender, outcome=result.outcome, wishes=wishes)
    )


def watch_live_rows(draft: Draft) -> None:
    """What was typed into the rows of tasks whose runs are alive (PAGE language, section 5)."""
    for run in draft.facts.runs:
        task = draft.row(run.task)
        if run.state is not RunState.STARTED or task is None:
            continue
        if task.status in (Status.WAITING, Status.READY, Status.FAILED):
            _put_back(draft, run, task)
        elif task.status is Status.ON_HOLD and means_stop(task.status_text):
            _stop(draft, run, task)


def _put_back(draft: Draft, run: Run, task: Task) -> None:
    draft.problem(
        "put-back",
        Severity.WARNING,
        f"{task.id} says {task.status_text}, but its run {run.id} is alive",
        task,
        f"an old buffer may have been saved; to start again: mdorch retry {task.id}",
    )
    draft.statuses[task.index] = Status.IN_PROGRESS
    if _quiet(draft, task):
        row = AddAgentRow(run.agent, task.id, stamp(run.claimed), task.requires_text)
        wishes = (SetCell(task.id, "status", Status.IN_PROGRESS), row)
        draft.actions.append(
            Action(Kind.SET, task.id, f"{run.id} is alive", run.agent, run.id, wishes=wishes)
        )


def _stop(draft: Draft, run: Run, task: Task) -> None:
    if _quiet(draft, task) and not run.stop_reason:
        reason = f"its row says {task.status_text}"
        draft.actions.append(Action(Kind.STOP, task.id, reason, run.agent, run.id, run.attempt))


def _quiet(draft: Draft, task: Task) -> bool:
    until = draft.settled_at(task.id)
    if until > draft.now:
        draft.wakes.append(until)
        return False
    return True


_STOP_WORDS = frozenset({"", "on hold", "onhold", "paused", "deferred", "parked"})


def means_stop(status_text: str) -> bool:
    """Whether an on-hold word (or a bare ⏸) typed over a live run asks for its end. Unknown words do
    not, nor *backlog* or *new*: they are how rows look while being written."""
    said = read_status(status_text)
    return said.known and (said.word in _STOP_WORDS or said.cancelled)
