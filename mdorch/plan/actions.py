"""What the plan answers: actions to carry out and, for each row, the one rule that holds it.

An action says what to do and why; the wishes it carries are its changes to the page. Nothing here is
ever executed by the plan itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mdorch.board.problem import Problem
from mdorch.board.wishes import Wish
from mdorch.frozen import Frozen, field


class Kind(StrEnum):
    START = "start"  # claim the run, write it on the page, launch it
    FOLD = "fold"  # write a run's result on the page, then close the run
    RELEASE = "release"  # give up a claim that never started
    STOP = "stop"  # ask a live run to end
    TAKE = "take"  # carry out a handoff that no run of ours wrote
    SET = "set"  # write cells
    ADD = "add"  # append a task
    LAND = "land"  # close the work tree of a run that has ended; with the outcome complete: merge it, too


class Action(Frozen):
    kind: Kind
    task: str
    reason: str
    agent: str = ""
    run: str = ""
    attempt: int = 0
    round: int = 0
    outcome: str = ""  # FOLD: what becomes of the task; see `advance.Outcome`. STOP: why
    wishes: tuple[Wish, ...] = ()
    resumes: str = ""  # START: the run whose session it goes on with


class Rule(StrEnum):
    """The one rule that holds a row or lets it go; its value is the word in answers and docs."""

    COMPLETE = "complete"
    RUNNING = "running"
    STARTS = "starts"
    DRAFT = "draft"
    READ_ONLY = "read-only"
    UNKNOWN_STATUS = "unknown-status"
    ON_HOLD = "on-hold"
    IN_REVIEW = "in-review"
    BLOCKED = "blocked"
    FAILED = "failed"
    PERSON_WORKING = "person-working"
    PERSON = "person"
    CYCLE = "cycle"
    NEEDS = "needs"
    NO_AGENT = "no-agent"
    HELD = "held"
    PAUSED = "paused"
    NOT_ASKED = "not-asked"
    SETTLING = "settling"
    BACKOFF = "backoff"
    HOUR_CAP = "hour-cap"
    SLOTS = "slots"
    GROUP_LIMIT = "group-limit"
    GROUP_HELD = "group-held"  # the limit of its group cannot be kept by any number of agents
    PARALLEL_GROUPS = "parallel-groups"
    DOMAIN = "domain"
    SCOPE = "scope"  # its files can meet those of a task at work
    AGENT_PAUSED = "agent-paused"  # its agent program dies before it says anything
    AGENT_BROKEN = "agent-broken"  # its agent's own file cannot be understood
    AGENT_LIMITED = "agent-limited"  # the usage of its agent program's account is used up
    BUDGET = "budget"  # what may be spent is used up, or not known to be enough
    NO_CHECK = "no-check"  # its row names a check that the configuration does not have
    NO_TREE = "no-tree"  # it is to have a work tree of its own, and none can be made here
    UNFOLDED = "unfolded"  # a run ended whose result cannot be written yet


# Rules that time, a run or another task's completion may lift without a person.
TRANSIENT = frozenset(
    {
        Rule.RUNNING,
        Rule.STARTS,
        Rule.SETTLING,
        Rule.BACKOFF,
        Rule.SLOTS,
        Rule.GROUP_LIMIT,
        Rule.PARALLEL_GROUPS,
        Rule.DOMAIN,
        Rule.HOUR_CAP,
        Rule.AGENT_LIMITED,
    }
)


class Verdict(Frozen):
    """`until`: when the rule will lift by itself, in epoch seconds; None: not by time. `detail`: what is
    known of why a blocked or failed task stands there. `by`: the tasks that hold it by running."""

    task: str
    rule: Rule
    text: str
    unmet: tuple[str, ...] = ()
    until: float | None = None
    detail: str = ""
    by: tuple[str, ...] = ()


class Plan(Frozen):
    """`verdicts` has one entry for each row, by its index; `wake` is the next moment at which the
    same facts would give another plan, `later` one that nobody should sit and wait for."""

    actions: tuple[Action, ...] = ()
    verdicts: Mapping[int, Verdict] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    wake: float | None = None
    later: float | None = None
