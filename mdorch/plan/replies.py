"""Questions that somebody answered on the page: their tasks go on.

`mdorch answer` writes the answer and opens the task; a person who types `**Answer**: …` into the block does
the first half, and this is the other one. Either way the question leaves the notes of the row: it
stands in its block, with the answer. An answer acts once, on the *Blocked* that its question led to: what was
blocked later, by a run that came after it or by hand, stays so.
"""

from __future__ import annotations

from datetime import datetime

from mdorch.board.handoff import Handoff
from mdorch.board.notes import unnoted
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.board.wishes import SetCell
from mdorch.plan.actions import Action, Kind, Rule, Verdict
from mdorch.plan.draft import Draft

NOTICED = 5.0  # seconds within which a status that was written with a mark is seen on the page


def take_answers(draft: Draft) -> None:
    last = {block.task: block for block in draft.board.handoffs if block.valid or block.mark}
    for block in last.values():
        task = draft.row(block.task) if block.questions and block.answer else None
        if (
            task is None
            or draft.statuses[task.index] is not Status.BLOCKED
            or not _led_to(draft, task, block)
        ):
            continue
        until = draft.facts.blocks.get(block.answered, draft.now - draft.facts.quiet) + draft.policy.settle
        if until > draft.now:
            draft.wakes.append(until)
            text = f"its question at line {block.line} is answered: goes on once that is quiet"
            draft.verdicts[task.index] = Verdict(task.id, Rule.SETTLING, text, until=until)
            continue
        status = draft.open_status()
        draft.statuses[task.index] = status
        reason = f"its question at line {block.line} is answered"
        wishes = [SetCell(task.id, "status", status)]
        notes = unnoted(task.notes, block.obstacle)
        if notes != task.notes:
            wishes.append(SetCell(task.id, "notes", notes, optional=True))
        draft.actions.append(Action(Kind.SET, task.id, reason, block.sender, wishes=tuple(wishes)))


def _led_to(draft: Draft, task: Task, block: Handoff) -> bool:
    """Whether the row is blocked because of this very question."""
    seen = draft.facts.seen.get(task.id)
    if block.mark is None or block.mark.refused or seen is None or draft.unfolded(task.id):
        return False
    try:
        taken = datetime.fromisoformat(block.mark.time).timestamp()
    except ValueError:
        return False
    later = any(r.id != block.mark.run and r.claimed > taken for r in draft.runs.get(task.id, ()))
    return seen.status == Status.BLOCKED and seen.since <= taken + NOTICED and not later
