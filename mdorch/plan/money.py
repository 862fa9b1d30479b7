"""What may be spent: nothing new starts at the limit of a day, and a run over its own is ended.

Where the configuration wants every cost to be known, what is not known counts as too much: an agent whose
program does not say is not started, and after a run of today that ended without saying nothing is, until a
person has looked (`mdorch resume`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdorch.board.policy import Policy
from mdorch.facts import Facts, Run, RunState
from mdorch.plan.actions import Action, Kind, Rule, Verdict

if TYPE_CHECKING:
    from mdorch.plan.draft import Draft

BUDGET = "budget"  # why a run is stopped
OVER = "over its budget"  # how its note begins


def stop_dear(draft: Draft) -> None:
    """End what runs and has cost more than one run may."""
    for run in draft.facts.runs:
        if run.state is RunState.STARTED and not run.stop_reason and is_dear(run, draft.policy):
            why = over(run, draft.policy)
            draft.actions.append(
                Action(Kind.STOP, run.task, why, run.agent, run.id, run.attempt, outcome=BUDGET)
            )


def is_dear(run: Run, policy: Policy) -> bool:
    return bool(policy.usd_per_run) and (run.cost_usd or 0.0) > policy.usd_per_run


def over(run: Run, policy: Policy) -> str:
    return f"{OVER}: ${run.cost_usd or 0.0:.2f} of ${policy.usd_per_run:.2f}"


def spent_up(task: str, facts: Facts, policy: Policy) -> Verdict | None:
    """What holds every start, however much there is to do."""
    if policy.usd_per_day and facts.spent >= policy.usd_per_day:
        from mdorch.plan.draft import stamp  # here: it asks this module, too

        text = f"the budget of the day is used up: ${facts.spent:.2f} of ${policy.usd_per_day:.2f}"
        text += f"; the next day begins at {stamp(facts.dawn)}" if facts.dawn else ""
        return Verdict(task, Rule.BUDGET, text, until=facts.dawn or None)
    if policy.require_cost and facts.unpriced:
        text = f"what {', '.join(facts.unpriced[:4])} cost is not known, and budget.require_cost is set"
        return Verdict(task, Rule.BUDGET, f"{text}; to go on all the same: mdorch resume")
    return None


def unpriced(task: str, agent: str, policy: Policy) -> Verdict | None:
    """What holds a task whose agent does not say what it costs."""
    rule = policy.agent(agent)
    if not policy.require_cost or rule is None or rule.priced:
        return None
    text = f"the program of {agent} does not say what it costs, and budget.require_cost is set"
    return Verdict(task, Rule.BUDGET, text)
