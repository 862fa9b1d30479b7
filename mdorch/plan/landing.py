"""Work trees in the plan: what agents left in their copies of the page, and what becomes of their branches.

A run that worked in a tree of its own is not folded before its tree is closed and, where that is asked for,
its branch is merged: its result depends on that, and so does every task that requires it. A conflict is a
reason for a person to look, like any other thing that blocks a task.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mdorch.board.handoff import Handoff
from mdorch.board.handoffs import judged
from mdorch.board.read import read
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.board.wishes import SetCell, Wish
from mdorch.facts import End, Run, RunState
from mdorch.frozen import replace
from mdorch.plan.actions import Action, Kind, Rule, Verdict
from mdorch.plan.advance import Outcome, Result
from mdorch.plan.draft import Draft, names_of

# What a run comes to that ended in order: its branch shall have all that it did.
_IN_ORDER = frozenset(
    {Outcome.COMPLETE, Outcome.IN_REVIEW, Outcome.HANDED_ON, Outcome.PARTIAL, Outcome.BLOCKED}
)
UNMERGED = "unmerged"  # outcome of a folded run whose work, once approved, could not be merged
REVIEW = "review"


def blocks_left(draft: Draft, run: Run, on_page: Sequence[Handoff]) -> list[Handoff]:
    """The handoffs on its task that a run appended to its own copy of the page, and that the page has not.
    Their line is 0. A block that holds more than a handoff, such as rows, stays where it is."""
    left = draft.facts.left.get(run.id)
    if left is None or run.end in (End.UNBEGUN, End.UNSTARTABLE):
        return []
    known = Counter(left.known)
    there = {block.digest for block in on_page}
    found: list[Handoff] = []
    for block in read(left.page).board.handoffs:
        if known[block.digest]:
            known[block.digest] -= 1
            continue
        own, _ = judged(replace(block, mark=None), names_of(run))
        if own.valid and own.digest not in there and not read(own.text.encode()).board.tasks:
            there.add(own.digest)
            found.append(replace(own, line=0, body=own.body - own.line))
    return found


def lands_first(draft: Draft, run: Run, task: Task, result: Result) -> bool:
    """Whether the tree of an ended run is to be closed before its result is written; then it is."""
    in_order = result.outcome in _IN_ORDER or result.unproven or run.handed_over
    if not run.branch or run.landed or run.conflicts or not in_order:
        return False
    merges = result.outcome is Outcome.COMPLETE and draft.policy.merge != REVIEW
    reason = f"{draft.policy.merge} {run.branch}" if merges else f"close {run.branch}"
    _land(draft, run, reason, result.outcome)
    draft.verdicts[task.index] = Verdict(task.id, Rule.UNFOLDED, f"{run.id} has ended; {reason} comes first")
    return True


def hold_landing(draft: Draft, run: Run) -> None:
    """Its tree is being closed: what is seen in it now is nobody's work."""
    for row in draft.rows(run.task):
        text = f"{run.id} has ended; {run.branch} is being closed"
        draft.verdicts[row.index] = Verdict(row.id, Rule.UNFOLDED, text)


def in_conflict(run: Run, result: Result) -> Result:
    """The result, with what kept the work from being merged."""
    could_not_begin = run.end is End.UNSTARTABLE and result.outcome is Outcome.FAILED
    if run.conflicts and (result.outcome in _IN_ORDER or could_not_begin):
        return replace(result, outcome=Outcome.BLOCKED, reason=run.conflicts, note=run.conflicts)
    return result


def land_approved(draft: Draft) -> None:
    """Work that a person has approved since its run was folded: merged now. A conflict takes the row back."""
    if draft.policy.merge == REVIEW:
        return
    for run in draft.facts.runs:
        task = draft.row(run.task) if run.state is RunState.FOLDED and run.branch else None
        if task is None or draft.statuses[task.index] is not Status.COMPLETE or draft.unfolded(run.task):
            continue
        if run.outcome == Outcome.IN_REVIEW and run.landed == "kept" and run is draft.runs[run.task][-1]:
            _land(draft, run, f"approved: {draft.policy.merge} {run.branch}", Outcome.COMPLETE)
        elif run.outcome == UNMERGED:
            draft.statuses[task.index] = Status.BLOCKED
            notes = f"{task.notes}; {run.conflicts}" if task.notes else run.conflicts
            wishes: tuple[Wish, ...] = (
                SetCell(task.id, "status", Status.BLOCKED),
                SetCell(task.id, "notes", notes, optional=True),
            )
            draft.actions.append(
                Action(
                    *(Kind.FOLD, run.task, run.conflicts, run.agent, run.id, run.attempt, run.round),
                    *(Outcome.BLOCKED, wishes),
                )
            )


def _land(draft: Draft, run: Run, reason: str, outcome: Outcome) -> None:
    if run.id in draft.facts.landing:
        return
    draft.actions.append(
        Action(Kind.LAND, run.task, reason, run.agent, run.id, run.attempt, run.round, outcome)
    )
