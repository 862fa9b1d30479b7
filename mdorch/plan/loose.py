"""Handoffs that no run of ours wrote: a person did, or an agent outside."""

from __future__ import annotations

from mdorch.board.handoff import Handoff, Signal
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.board.wishes import MarkTaken
from mdorch.facts import RunState
from mdorch.plan.actions import Action, Kind, Rule, Verdict
from mdorch.plan.advance import STARTABLE, TRANSITIONS, result_of_handoff
from mdorch.plan.draft import Draft, is_run, loose_run, stamp
from mdorch.plan.fold import marks, row_wishes, settle, successors


def take_loose_blocks(draft: Draft) -> None:
    """Blocks about a task without a run of ours: a person wrote them, or an agent outside.

    Until such a block is quiet it holds its task: what it will say is not known yet. One of a run that was
    given up (it may be at work somewhere all the same) is too late: it is refused.
    """
    taken = {w.key for a in draft.actions for w in a.wishes if isinstance(w, MarkTaken)}
    loose = [h for h in draft.board.handoffs if h.valid and h.mark is None and h.key not in taken]
    for block in loose:
        task = draft.row(block.task)
        late = _late(draft, block) if task is not None else None
        if task is None or (late is None and _has_run(draft, task)):
            continue
        until = draft.facts.blocks.get(block.key, draft.now - draft.facts.quiet) + draft.policy.settle
        if until > draft.now:
            draft.wakes.append(until)
            if late is not None:
                continue
            if draft.statuses[task.index] in STARTABLE or draft.unfolded(task.id):
                text = f"a handoff about it at line {block.line} is new: taken once it is quiet"
                draft.verdicts[task.index] = Verdict(task.id, Rule.SETTLING, text, until=until)
            continue
        if late is not None:
            _refuse(draft, task, block, late)
        else:
            _take(draft, task, block)


def _late(draft: Draft, block: Handoff) -> tuple[str, str] | None:
    """The run that the block is of and what became of it, where nobody waits for it any more: the run that it
    names or, where it names none, the last one of its task, if that was its sender's."""
    runs = draft.runs.get(block.task, [])
    run = next((run for run in runs if run.id == block.run), None)
    if run is None and is_run(block.run, [block.task]) and draft.facts.highest.get(block.task):
        return block.run, "is over, and another round of its task has begun"
    if run is None and runs and runs[-1].agent == block.sender:
        run = runs[-1]
    if run is None or run.state is not RunState.FOLDED or not run.given_up:
        return None
    return run.id, f"was given up ({run.ending})"


def _refuse(draft: Draft, task: Task, block: Handoff, late: tuple[str, str]) -> None:
    """It stays on the page, for a person to read: who wants it to count takes its mark and its run out."""
    run, how = late
    reason = f"handoff at line {block.line}: too late, {run} {how}"
    wish = MarkTaken(block.key, run, stamp(draft.now), True)
    draft.actions.append(Action(Kind.TAKE, task.id, reason, block.sender, run, wishes=(wish,)))


def _has_run(draft: Draft, task: Task) -> bool:
    """Whether a run has the last word: one that began and is not folded. A claim has said nothing yet."""
    return any(r.state is not RunState.CLAIMED and r.id not in draft.folds for r in draft.unfolded(task.id))


def _take(draft: Draft, task: Task, block: Handoff) -> None:
    mark = marks(draft, [block], loose_run(task.id), False)
    if draft.statuses[task.index] is Status.COMPLETE or block.signal is Signal.DISCOVERED:
        reason = f"handoff at line {block.line}: noted, {task.id} stays as it is"
        draft.actions.append(Action(Kind.TAKE, task.id, reason, block.sender, wishes=tuple(mark)))
        return
    result = result_of_handoff(block, task, draft.policy, successors(draft, task))
    status = TRANSITIONS[result.outcome]
    status = draft.open_status() if status is Status.WAITING else status
    if task.status is Status.ON_HOLD and status in STARTABLE:
        status = task.status
    wishes = (*row_wishes(task, result, status), *mark)
    settle(draft, task, result, status)
    draft.actions.append(
        Action(Kind.TAKE, task.id, result.reason, block.sender, outcome=result.outcome, wishes=wishes)
    )
