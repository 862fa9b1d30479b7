"""Rule 4: what becomes of a task whose attempts are used up.

Each failed attempt is noted in its row, tried again after a pause, then given to the backup agent. When all
of that is used up, a new task is made for fixing it, `FIX-…`, which the failed task then requires; once that
is complete the failed task is opened again, and its attempts count from there. What bounds it: one fix task
for each task; `launches_per_task` counts on; a fix of a fix of a fix waits for a person, and gets none. A fix
that nobody opened is cancelled once its task is complete without it, so that no wildcard waits for it.
"""

from __future__ import annotations

from mdorch.board.newrows import FIX
from mdorch.board.status import Status
from mdorch.board.task import NeedKind, Task
from mdorch.board.wishes import AddIssue, AppendTask, SetCell, Wish
from mdorch.board.words import is_none
from mdorch.facts import Cause
from mdorch.plan.actions import Action, Kind, Rule
from mdorch.plan.advance import STARTABLE, TRANSITIONS, Outcome
from mdorch.plan.draft import Draft, fix_of, stamp

FIXER = "debugger"  # of the agents that fix things, the one who looks for causes
NEEDLESS = "Cancelled"  # the word for a fix that is not needed any more
DEEPEST = 3  # fixes of fixes: this one is held for a person, and the last


def documented(draft: Draft, task: Task, why: str, agent: str, last: bool = True) -> list[Wish]:
    """What a failed attempt leaves on the page besides its notes. Where the page lists known issues: a row
    there once the task has failed for good, or at once where its own row has no place for notes. `last`: no
    attempt is left; then also a fix task."""
    wishes: list[Wish] = []
    if last or "notes" not in task.roles:
        wishes.append(AddIssue(task.id, why, agent, stamp(draft.now)))
    return [*wishes, *_fix_wishes(draft, task, why)] if last else wishes


def _fix_wishes(draft: Draft, task: Task, why: str) -> list[Wish]:
    """The fix task of a task that failed for good, which it requires from now on; none if it has one."""
    name = fix_of(task.id)
    depth = _depth(name)
    known = name in draft.frame.by_id or name in draft.added
    if not draft.policy.fix_tasks or known or depth > DEEPEST:
        return []
    draft.added.add(name)
    free = draft.policy.auto_fix and depth < DEEPEST
    title = f"{_title(task.id)}{why}"[:200]
    row = AppendTask(
        title,
        name,
        draft.open_status() if free else Status.ON_HOLD,
        agent=_fixer(draft, title, name) if "agent" in task.roles else "",
        priority=task.priority if "priority" in task.roles else "",
        notes=f"made because {task.id} failed" + ("" if depth < DEEPEST else ", and so did its fixes"),
        beside=task.id,
    )
    needs = name if is_none(task.requires_text) else f"{task.requires_text}, {name}"
    return [row, SetCell(task.id, "requires", needs, optional=True)]


def _fixer(draft: Draft, title: str, name: str) -> str:
    """Who is to fix it, where the patterns name the debugger among others; "": as the patterns say."""
    row = Task(0, 0, 0, 0, name, title, Status.WAITING, "")
    return FIXER if any(c.agent == FIXER for c in draft.assignment.candidates(row)) else ""


def _title(task_id: str) -> str:
    return f"Fix {task_id}: "


def cancel_needless(draft: Draft) -> None:
    """Fix tasks that nobody has opened, and whose tasks are complete without them."""
    for index in [n for n, status in enumerate(draft.statuses) if status is Status.ON_HOLD]:
        fix = draft.board.tasks[index]
        failed = draft.row(fix.id.removeprefix(FIX)) if fix.id.startswith(FIX) else None
        if failed is None or fix.cancelled or draft.row(fix.id) is None:
            continue
        ours = fix.title.startswith(_title(failed.id)) and not draft.unfolded(fix.id)
        if ours and draft.statuses[failed.index] is Status.COMPLETE:
            wish = SetCell(fix.id, "status", NEEDLESS)
            reason = f"{failed.id} is complete without it"
            draft.actions.append(Action(Kind.SET, fix.id, reason, wishes=(wish,)))


def reopen_fixed(draft: Draft) -> None:
    """Failed tasks whose fix has been completed since: open again."""
    for index in [n for n, status in enumerate(draft.statuses) if status is Status.FAILED]:
        task = draft.board.tasks[index]
        if draft.row(task.id) is None:
            continue
        name = fix_of(task.id)
        required = any(n.kind is NeedKind.TASK and n.id == name for n in task.needs)
        fixed = draft.fixed_at(task.id)
        again = any(r.claimed > fixed for r in draft.ended_as(task.id, Outcome.FAILED))
        spent = len(draft.launched(task.id)) >= draft.policy.launches_per_task
        if not required or not fixed or again or spent:
            continue
        status = TRANSITIONS[Outcome.FIXED]
        status = draft.open_status() if status is Status.WAITING else status
        draft.statuses[task.index] = status
        wish = SetCell(task.id, "status", status)
        reason = f"its fix {name} is complete: open again"
        draft.actions.append(Action(Kind.SET, task.id, reason, outcome=Outcome.FIXED, wishes=(wish,)))


def give_up(draft: Draft) -> None:
    """Rows that mdorch left open and that have no attempt left after all: *Failed*.

    Deaths without a word count once the program has shown that it can do otherwise; by then the run that
    died was folded long ago. A row that somebody else opened stays as it is, and says why it does not start.
    """
    spent = [index for index, verdict in draft.verdicts.items() if verdict.rule is Rule.FAILED]
    for index in spent:
        task, verdict = draft.board.tasks[index], draft.verdicts[index]
        seen = draft.facts.seen.get(task.id)
        ours = seen is not None and seen.cause == Cause.MDORCH
        if draft.statuses[index] not in STARTABLE or not ours:
            continue
        failed = draft.ended_as(task.id, Outcome.FAILED)
        if not failed or draft.row(task.id) is None:
            continue
        why = failed[-1].ending
        wishes: list[Wish] = [SetCell(task.id, "status", Status.FAILED)]
        if why not in task.notes:
            notes = f"{task.notes}; {why}" if task.notes else why
            wishes.append(SetCell(task.id, "notes", notes, optional=True))
        wishes += documented(draft, task, why, failed[-1].agent)
        draft.statuses[index] = Status.FAILED
        draft.actions.append(
            Action(Kind.SET, task.id, verdict.text, outcome=Outcome.FAILED, wishes=tuple(wishes))
        )


def _depth(name: str) -> int:
    """How many fixes deep an id is: 2 for a fix of a fix."""
    depth = 0
    while name.startswith(FIX):
        name = name.removeprefix(FIX)
        depth += 1
    return depth
