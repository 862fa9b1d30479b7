"""Tasks whose session a person has open (`mdorch attach`): theirs until they close it.

Nothing is started or folded meanwhile: the run that was ended for it is still at work, in other hands. What
its session has come to counts when it is closed, as that of any run does, but that nothing is ever started
because of it: who had it open says how it goes on.
"""

from __future__ import annotations

from mdorch.facts import Facts, Run
from mdorch.plan.actions import Rule, Verdict
from mdorch.plan.draft import Draft, names_of

GLANCE = 60.0  # seconds until a session that was closed without a word is noticed


def in_hand(facts: Facts, run: Run) -> bool:
    """Whether the session of this run's task is open."""
    return bool(facts.attached) and not facts.attached.isdisjoint(names_of(run))


def note_attached(draft: Draft) -> None:
    for name in draft.facts.attached:
        for row in draft.rows(name):
            text = "its session is open in a terminal (mdorch attach): nothing starts until it is closed"
            draft.verdicts[row.index] = Verdict(row.id, Rule.PERSON_WORKING, text)
