"""What `mdorch lint` says beyond what holds something: policies that match nothing, names that mean nobody,
waits that never end, handoffs that leave out what the protocol asks for, and the Orchestration Rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from mdorch.board.defaults import DEFAULTS
from mdorch.board.policy import Policy
from mdorch.board.problem import Problem, problem
from mdorch.board.status import Status
from mdorch.board.task import NeedKind, Task
from mdorch.plan.checkup import Case
from mdorch.plan.choose import Patterns
from mdorch.plan.groups import Grouping
from mdorch.plan.handoffs import lacks
from mdorch.plan.rules import RULES, breaches

EFFORT = 1_000_000  # rows held against patterns: on a larger page nobody is told that one fits no row
_OPEN = (Status.WAITING, Status.READY, Status.PARTIAL)
_TOLD = (3,)  # rules whose breaches are problems of their own already


def advice(case: Case, policy: Policy, agents: frozenset[str]) -> list[Problem]:
    """All of it. `agents`: the names that any policy, built in or not, knows."""
    return [
        *_patterns(case, policy),
        *_groups(case, policy),
        *_near_groups(case, policy),
        *_strangers(case, policy, agents),
        *_policy_strangers(policy),
        *_never_ending(case),
        *_handoffs(case),
        *_rules(case, policy),
    ]


def _patterns(case: Case, policy: Policy) -> Iterator[Problem]:
    usual = {choice.pattern for choice in DEFAULTS.patterns}
    if len(policy.page.patterns) * len(case.board.tasks) > EFFORT:
        return
    for choice in [c for c in policy.page.patterns if c.pattern not in usual]:
        one = Patterns([choice])
        if choice.line and not any(one.of(task) for task in case.board.tasks):
            message = f"the pattern `{choice.pattern}` fits no row of this page"
            place = choice.line, policy.page.columns.get(f"rule {choice.line}", 1)
            yield problem("pattern-unmatched", message, place)


def _groups(case: Case, policy: Policy) -> Iterator[Problem]:
    grouping = Grouping(policy)
    there = {grouping.of(task) for task in case.board.tasks}
    for name in sorted(policy.page.limits.keys() - DEFAULTS.limits.keys() - there):
        line = policy.page.lines.get(f"limit {name}", 0)
        if line:
            place = line, policy.page.columns.get(f"group {name}", 1)
            yield problem("group-unmatched", f"no row is in the group {name}", place)


def _near_groups(case: Case, policy: Policy) -> Iterator[Problem]:
    """Group cells that are nearly the name of a group with a limit: once for each."""
    from difflib import get_close_matches

    limits = Grouping(policy).limits
    told: set[str] = set()
    for task in case.board.tasks:
        name = task.group.casefold()
        if not name or name in told or set(name.split()) & limits.keys():
            continue
        told.add(name)
        if near := get_close_matches(name, limits, 1, 0.8):
            message = f"the group {task.group} has no limit; did it mean {near[0]}?"
            yield problem("group-unmatched", message, (task.line, 1), task.id)


def _strangers(case: Case, policy: Policy, agents: frozenset[str]) -> Iterator[Problem]:
    """Once for each name that nobody has heard of. Where no agent is known by name, any name is as good."""
    known = {name.casefold() for name in (*agents, *policy.known, *policy.agents)}
    told: set[str] = set()
    for task in case.board.tasks:
        for name in task.agents if policy.known and task.status in _OPEN and not task.person else ():
            if name.casefold() not in known and name not in told and name not in policy.page.substitutes:
                told.add(name)
                message = f"{name} is no agent that is configured, defined or named by a policy"
                yield problem("unknown-agent", message, (task.line, 1), task.id)


def _policy_strangers(policy: Policy) -> Iterator[Problem]:
    """The same in the tables of the page: once for each name, where it stands first."""
    page = policy.page
    usual = {agent for choice in (*DEFAULTS.patterns, *DEFAULTS.matrix) for agent in choice.agents}
    known = {n.casefold() for n in (*usual, *policy.known, *policy.agents, *page.substitutes)}
    rules = (*page.matrix, *page.patterns)
    named = [
        (c.line, page.columns.get(f"agent {c.line} {name}", 1), name) for c in rules for name in c.agents
    ]
    for missing, names in page.substitutes.items():
        key = f"substitute {missing}"
        named += [(page.lines.get(key, 0), page.columns.get(key, 1), name) for name in names]
    told: set[str] = set()
    for line, column, name in sorted(named) if policy.known else ():
        if line and name.casefold() not in known and name not in told:
            told.add(name)
            yield problem(
                "unknown-agent", f"{name} is no agent that is configured or defined", (line, column)
            )


def _never_ending(case: Case) -> Iterator[Problem]:
    """Wildcards that wait for a row which is on hold: once for each wildcard."""
    tasks = case.board.tasks
    told: set[str] = set()
    on_hold: dict[str, list[Task]] = {}
    for task in tasks:
        for need in task.needs if task.status in _OPEN else ():
            if need.kind not in (NeedKind.POOL, NeedKind.ABOVE) or need.id in told:
                continue
            if need.id not in on_hold:
                members = map(tasks.__getitem__, case.board.pools.get(need.id, ()))
                on_hold[need.id] = [row for row in members if row.status is Status.ON_HOLD]
            last = task.index if need.kind is NeedKind.ABOVE else len(tasks)
            held = [row for row in _before(last, on_hold[need.id]) if row is not task]
            if held:
                told.add(need.id)
                names = ", ".join(row.id or f"line {row.line}" for row in held[:4])
                message = f"`{need.text}` never ends while {names} is on hold"
                yield problem("never-ends", message, (task.line, 1), task.id)


def _before(index: int, rows: list[Task]) -> Iterator[Task]:
    """Of rows in page order those above that place."""
    return takewhile(lambda row: row.index < index, rows)


def _handoffs(case: Case) -> Iterator[Problem]:
    for block in case.board.handoffs:
        for lack in lacks(block):
            yield problem(lack.code, f"this handoff {lack.text}", (block.line, 1), block.task)


def _rules(case: Case, policy: Policy) -> Iterator[Problem]:
    for number, found in breaches(case, policy).items():
        for breach in [b for b in found if number not in _TOLD and not b.faint]:
            message = f"Rule {number}, {RULES[number][1]}: {breach.text}"
            place = (breach.line, 1) if breach.line else (0, 0)
            yield problem(f"rule-{number}", message, place, breach.task)
