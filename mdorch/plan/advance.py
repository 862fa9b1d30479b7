"""What an ended run, or a handoff, means for its task: the table of transitions.

`outcome_of` reads how a run ended, what its handoff says and what was typed into its row meanwhile,
and names one `Outcome`. `TRANSITIONS` then says what each outcome does to the row. Every sentence of
the contract about exits and handoffs is one line in one of the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from mdorch.board.agents import is_person
from mdorch.board.handoff import Handoff, Signal
from mdorch.board.policy import Policy
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.facts import End, Own, Run
from mdorch.frozen import Frozen
from mdorch.plan.money import BUDGET, OVER, over

NOBODY = frozenset({"", "-", "—", "none", "nobody", "n/a", "orchestrator", "done"})


class Outcome(StrEnum):
    COMPLETE = "complete"
    HANDED_ON = "handed_on"  # the same task goes on with another agent
    PARTIAL = "partial"  # stays open, another attempt continues it
    BLOCKED = "blocked"
    IN_REVIEW = "in_review"
    FAILED = "failed"  # one attempt; whether another follows is the plan's question
    LOST = "lost"
    HELD = "held"  # stopped by a person
    REOPENED = "reopened"  # stopped in order to start again
    UNBEGUN = "unbegun"  # nothing ever ran: the attempt does not count
    NUDGED = "nudged"  # it forgot its handoff, and is asked for it in the same session
    LIMITED = "limited"  # the usage of its account is used up: the attempt does not count
    FIXED = "fixed"  # it had failed for good, and its fix task is complete


# Outcome → the status that is left on the page when no next claim is written with it.
TRANSITIONS = {
    Outcome.COMPLETE: Status.COMPLETE,
    Outcome.HANDED_ON: Status.WAITING,
    Outcome.PARTIAL: Status.PARTIAL,
    Outcome.BLOCKED: Status.BLOCKED,
    Outcome.IN_REVIEW: Status.IN_REVIEW,
    Outcome.FAILED: Status.WAITING,
    Outcome.LOST: Status.BLOCKED,
    Outcome.HELD: Status.ON_HOLD,
    Outcome.REOPENED: Status.WAITING,
    Outcome.UNBEGUN: Status.WAITING,
    Outcome.NUDGED: Status.WAITING,
    Outcome.LIMITED: Status.WAITING,
    Outcome.FIXED: Status.WAITING,
}

# What bounds a task → the status that is left in place of the outcome's own.
BOUNDS = {
    "attempts used up": Status.FAILED,
    "launches used up": Status.FAILED,
    "too many hops": Status.BLOCKED,
}

# Where a task stands before an outcome: in progress, but for these.
BEFORE = {Outcome.FIXED: Status.FAILED}

# From these a task may be started, and is *In Progress* from then on.
STARTABLE = (Status.WAITING, Status.READY, Status.PARTIAL)

# Status typed into the row of a live run → the claim it makes about it.
CLAIMS = {
    Status.COMPLETE: Outcome.COMPLETE,
    Status.BLOCKED: Outcome.BLOCKED,
    Status.PARTIAL: Outcome.PARTIAL,
    Status.IN_REVIEW: Outcome.IN_REVIEW,
}

STOPS = {"retry": Outcome.REOPENED}  # reason given to `stop` → outcome; every other one holds the task


class Result(Frozen):
    """`to`: another agent that goes on (HANDED_ON, PARTIAL), or a person (PARTIAL). `refused`: its handoffs
    do not count."""

    outcome: Outcome
    reason: str
    to: str = ""
    note: str = ""  # what goes to the notes cell, "" for nothing
    refused: bool = False
    unproven: bool = False  # it says that it is done, and that is not believed


def result_of(
    run: Run, task: Task, handoffs: Sequence[Handoff], policy: Policy, successors: frozenset[str]
) -> Result:
    """How a run ended.

    `handoffs`: the task's blocks that this run may have written, in page order; the last one decides.
    `successors`: agents to whom open tasks that require this one are assigned.
    """
    deciding = [h for h in handoffs if h.signal not in (None, Signal.DISCOVERED)]
    said = _said(deciding[-1], run.agent, task, policy, successors) if deciding else None
    if run.end is End.LOST:
        return Result(
            Outcome.LOST,
            "the run vanished without a word: nothing can be known of it",
            note="lost",
            refused=True,
        )
    if run.end is End.UNBEGUN:
        return Result(Outcome.UNBEGUN, "the run never began")
    if run.end is End.STOPPED and run.stop_reason == BUDGET:
        note = over(run, policy)
        return Result(Outcome.BLOCKED, note, note=note, refused=True)
    if run.handed_over:
        return said or _left_by_hand(task)
    if run.end is End.STOPPED:
        outcome = STOPS.get(run.stop_reason, Outcome.HELD)
        return Result(outcome, f"stopped: {run.stop_reason or 'on request'}", refused=True)
    if not run.went_well and (said is None or said.outcome not in (Outcome.BLOCKED, Outcome.PARTIAL)):
        return _went_wrong(run)
    if said:
        return said
    return _without_handoff(run, task, policy)


def result_of_handoff(block: Handoff, task: Task, policy: Policy, successors: frozenset[str]) -> Result:
    """What a block means that no run of ours wrote: the same as after a clean exit.

    Its sender goes on with the task only where it is an agent of the task, or known here by name.
    """
    own = block.sender in policy.known or block.sender in task.agents
    return _said(block, block.sender if own else "", task, policy, successors)


def gated(task: Task, policy: Policy) -> bool:
    """Whether a person must look before the task may count as complete."""
    asked = bool(task.review) and task.review.lower() not in NOBODY | {"no"}
    return asked or is_meant(task, policy.review)


def is_meant(task: Task, names: Iterable[str]) -> bool:
    """Whether one of these ids, groups or "*" means the task."""
    own = {task.id.lower(), task.group.lower(), task.phase.lower(), "*"} - {""}
    return not own.isdisjoint(name.lower() for name in names)


def isolated(task: Task, agent: str, policy: Policy) -> bool:
    """Whether an attempt of this agent at the task has a work tree of its own."""
    if is_meant(task, policy.never):
        return False
    rule = policy.agent(agent)
    return bool(rule and rule.isolated) or is_meant(task, policy.always)


def _went_wrong(run: Run) -> Result:
    if run.own is Own.LIMITED:
        return Result(Outcome.LIMITED, f"usage limit: {run.detail}", refused=True)
    if run.own is Own.SPENT:
        note = f"{OVER}: {run.detail}"
        return Result(Outcome.BLOCKED, note, note=note, refused=True)
    return Result(Outcome.FAILED, run.ending, note=run.ending, refused=True)


def _said(block: Handoff, agent: str, task: Task, policy: Policy, successors: frozenset[str]) -> Result:
    to = block.to.strip()
    if block.signal is Signal.BLOCKED:
        why = block.obstacle or "no reason given"
        return Result(Outcome.BLOCKED, f"handoff: blocked, {why}", note=why)
    if block.signal is Signal.PARTIAL:
        other = to if to.lower() not in NOBODY and to != agent else ""
        return Result(
            Outcome.PARTIAL, "handoff: partial" + (f", goes on with {other}" if other else ""), to=other
        )
    if block.signal is Signal.IN_REVIEW or is_person(to):
        return Result(Outcome.IN_REVIEW, f"handoff to {to or 'a reviewer'}: waits for a person")
    if to.lower() in NOBODY or to == agent or to == block.sender or to in successors:
        return _complete(task, policy, f"handoff: complete, to {to or 'nobody'}")
    return Result(Outcome.HANDED_ON, f"handoff: {block.sender or agent} → {to}", to=to)


def _without_handoff(run: Run, task: Task, policy: Policy) -> Result:
    claim = CLAIMS.get(task.status)
    if claim is Outcome.COMPLETE:
        return _complete(task, policy, "exit 0, and its row says so")
    if claim:
        return Result(claim, f"exit 0, and its row says {task.status_text}")
    if run.own is Own.MUTE:
        return _went_wrong(run)
    rule = policy.agent(run.agent)
    if rule and rule.strict:
        if rule.resumes and run.session and not run.nudged and run.own is Own.DONE:
            return Result(
                Outcome.NUDGED, "exit 0 without a handoff: it is asked for one, in the same session"
            )
        denied = "permission denied: " if run.own is Own.DENIED else ""
        last = f": {denied}{run.detail}" if run.detail else ""
        return Result(
            Outcome.BLOCKED, f"exit 0 without a handoff{last}", note=f"ended without a handoff{last}"
        )
    return _complete(task, policy, "exit 0 without a handoff")


def _left_by_hand(task: Task) -> Result:
    """A person closed the session without a handoff: as the row says by now, else it is held. Nothing is
    started that nobody asked for."""
    claim = CLAIMS.get(task.status)
    if claim:
        return Result(claim, f"its session was closed, and its row says {task.status_text}")
    if task.status in STARTABLE:
        return Result(Outcome.REOPENED, f"its session was closed, and its row says {task.status_text}")
    return Result(Outcome.HELD, "its session was closed without a handoff")


def _complete(task: Task, policy: Policy, reason: str) -> Result:
    if gated(task, policy):
        return Result(Outcome.IN_REVIEW, f"{reason}; a review is asked for")
    return Result(Outcome.COMPLETE, reason)
