"""Proof of done: which checks a task must pass, and what of a claim is known not to be so.

A row names checks, it never brings commands: the commands stand in the approved configuration. A cell that
reads as prose ("all tests are green") is for the agent to read. One that reads as names and has one that
nobody knows is a typing error, and holds its task: work that nobody checked would count as checked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mdorch.board.handoff import Handoff, Signal
from mdorch.board.policy import Policy
from mdorch.board.task import Task
from mdorch.facts import Run
from mdorch.frozen import Frozen, replace
from mdorch.plan.advance import NOBODY, Outcome, Result
from mdorch.plan.draft import Draft
from mdorch.plan.handoffs import promised

_WORD = re.compile(r"[\w.-]+")
UNCHANGED = "unchanged"  # what became of a branch
_CLAIMS = (Outcome.COMPLETE, Outcome.IN_REVIEW)


class Checks(Frozen):
    """`names` in the order of the configuration; `unknown` are names that it does not have."""

    names: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def checks_of(task: Task, policy: Policy) -> Checks:
    """What proves that the task is done."""
    if not task.check and not policy.gate_checks:
        return Checks(())
    known = {name.lower(): name for name in policy.checks}
    items = [part.strip(" `*\"'") for part in re.split(r"[,;+&]|\band\b|<br>", task.check)]
    items = [item for item in items if item and item.lower() not in NOBODY]
    if not known or any(not _WORD.fullmatch(item) for item in items):
        items = []
    asked = {item.lower() for item in items} | {name.lower() for name in policy.gate_checks}
    unknown = tuple(item for item in items if item.lower() not in known)
    return Checks(tuple(name for key, name in known.items() if key in asked), unknown)


def unproven(run: Run, result: Result, blocks: Sequence[Handoff], missing: Sequence[str]) -> str:
    """Why a claim that a task is done is not believed; "" where nothing speaks against it.

    `missing` are the files named in its handoffs that are not there.
    """
    if result.outcome not in _CLAIMS:
        return ""
    if run.check:
        return f"check {run.check}"
    said = [block for block in blocks if block.signal not in (None, Signal.DISCOVERED)]
    lost = [path for path in promised(said[-1]) if path in missing] if said else []
    more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
    return f"its handoff names what is not there: {', '.join(lost[:3])}{more}" if lost else ""


def proven(draft: Draft, run: Run, task: Task, result: Result, blocks: Sequence[Handoff]) -> Result:
    """The result, unless something speaks against it that is known: then it is a failed attempt or, after a
    session that a person closed, a matter for that person."""
    why = unproven(run, result, blocks, draft.facts.missing.get(run.id, ()))
    if not run.handed_over:
        if not why:
            return _unchanged(run, task, result, draft)
        return Result(Outcome.FAILED, why, note=why, refused=True, unproven=True)
    checks = checks_of(task, draft.policy).names
    if not why and result.outcome is Outcome.COMPLETE and checks:
        why = f"{', '.join(checks)}: not checked, it ended in a person's hands"
    return replace(result, outcome=Outcome.IN_REVIEW, reason=why, note=why) if why else result


def _unchanged(run: Run, task: Task, result: Result, draft: Draft) -> Result:
    """A claim about a row that names files, whose agent had a work tree and left it as it was. It may be that
    nothing had to be done; nobody should rely on that unseen."""
    nothing = run.landed == UNCHANGED and task.files and result.outcome is Outcome.COMPLETE
    if not nothing or draft.policy.unchanged == "complete":
        return result
    why = f"it says that it is done, and has changed nothing of {', '.join(task.files[:3])}"
    if draft.policy.unchanged == "failed":
        return Result(Outcome.FAILED, why, note=why, refused=True, unproven=True)
    return replace(result, outcome=Outcome.IN_REVIEW, reason=why, note=why)
