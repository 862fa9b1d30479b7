"""Tasks whose session a person has open (`mdorch attach`): theirs until they close it.

Nothing is started or folded meanwhile: the run that was ended for it is still at work, in other hands. What
its session has come to counts when it is closed, as that of any run does, but that nothing is ever started
because of it: who had it open says how it goes on.
"""

from __future__ import annotations

from collections.abc import Sequence

from mdorch.board.handoff import Handoff
from mdorch.board.task import Task
from mdorch.facts import Facts, Run
from mdorch.frozen import replace
from mdorch.plan.actions import Rule, Verdict
from mdorch.plan.advance import Outcome, Result
from mdorch.plan.draft import Draft, names_of
from mdorch.plan.proof import checks_of, unproven

GLANCE = 60.0  # seconds until a session that was closed without a word is noticed


def in_hand(facts: Facts, run: Run) -> bool:
    """Whether the session of this run's task is open."""
    return bool(facts.attached) and not facts.attached.isdisjoint(names_of(run))


def note_attached(draft: Draft) -> None:
    for name in draft.facts.attached:
        for row in draft.rows(name):
            text = "its session is open in a terminal (mdorch attach): nothing starts until it is closed"
            draft.verdicts[row.index] = Verdict(row.id, Rule.PERSON_WORKING, text)


def proven(draft: Draft, run: Run, task: Task, result: Result, blocks: Sequence[Handoff]) -> Result:
    """The result, unless something speaks against it that is known: then it is a failed attempt or, after a
    session that a person closed, a matter for that person."""
    why = unproven(run, result, blocks, draft.facts.missing.get(run.id, ()))
    if not run.handed_over:
        if not why:
            return result
        return Result(Outcome.FAILED, why, note=why, refused=True, unproven=True)
    checks = checks_of(task, draft.policy).names
    if not why and result.outcome is Outcome.COMPLETE and checks:
        why = f"{', '.join(checks)}: not checked, it ended in a person's hands"
    return replace(result, outcome=Outcome.IN_REVIEW, reason=why) if why else result
