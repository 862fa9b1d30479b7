"""Task assignment protocol: which agent gets a task, and why.

An assigned agent always wins, unless it does not exist here and the Agent Substitution Map names a
stand-in. Without one the page's patterns and Agent Selection Matrix decide, then the built-in ones of
the controller document. Agents are tried in their order of choice; each has `attempts` tries before
the next one gets its turn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from mdorch.board.defaults import DEFAULTS
from mdorch.board.policy import Choice, PagePolicy, Policy
from mdorch.board.task import Task

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Candidate:
    agent: str
    reason: str


def candidates(task: Task, policy: Policy, assigned: tuple[str, ...] = ()) -> list[Candidate]:
    """Agents for the task in order of choice, each once; `assigned` overrides the agent cell."""
    names = assigned or task.agents
    if names:
        found = [_stand_in(name, policy, f"assigned to {name}") for name in names]
        found += [Candidate(a, f"backup for {names[-1]}") for a in _backups(names[-1], task, policy)]
    else:
        choice, origin = match(task, policy.page)
        agents = choice.agents if choice else ()
        found = [_stand_in(name, policy, f"{origin} → {name}") for name in agents]
        found = [c for c in found if c.agent in policy.known] or found
    return list({c.agent: c for c in reversed(found)}.values())[::-1]


def choose(
    task: Task, policy: Policy, failures: Mapping[str, int], assigned: tuple[str, ...] = ()
) -> Candidate | None:
    """The first candidate that can be started and has tries left; None: all tries are used up."""
    for candidate in candidates(task, policy, assigned):
        if policy.agent(candidate.agent) and failures.get(candidate.agent, 0) < policy.attempts:
            return candidate
    return None


def match(task: Task, page: PagePolicy) -> tuple[Choice | None, str]:
    """The rule for an unassigned task and its name: the page's own rules before the built-in ones."""
    for rules, where in ((page, ""), (DEFAULTS, "built-in ")):
        if choice := by_pattern(task, rules.patterns):
            return choice, f"{where}pattern {choice.pattern}"
        if choice := _by_type(task, rules.matrix):
            return choice, f"{where}Agent Selection Matrix “{choice.pattern}”"
    return None, ""


def by_pattern(task: Task, patterns: tuple[Choice, ...]) -> Choice | None:
    """`audit_*` fits the title "Audit test failures" and the id `AUDIT-001`; the title comes first."""
    for text in (task.title, task.id):
        flat = "_".join(words(text)) + "_"
        for choice in patterns:
            if fnmatchcase(flat, choice.pattern.lower()):
                return choice
    return None


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    return tuple(w.lower() for w in _WORD.findall(text))


def _by_type(task: Task, matrix: tuple[Choice, ...]) -> Choice | None:
    """The matrix row that shares most words with the title, where it names the title's first word
    or all its words are there."""
    title = {_stem(w) for w in words(task.title)}
    first = _stem(words(task.title)[0]) if words(task.title) else ""
    best: tuple[int, Choice | None] = (0, None)
    for choice in matrix:
        kind = {_stem(w) for w in words(choice.pattern)}
        score = len(kind & title)
        if (first in kind or kind <= title) and score > best[0]:
            best = (score, choice)
    return best[1]


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def _stand_in(name: str, policy: Policy, reason: str) -> Candidate:
    if name in policy.known:
        return Candidate(name, reason)
    for substitute in policy.page.substitutes.get(name, ()):
        if policy.agent(substitute):
            return Candidate(
                substitute, f"{reason}; {name} does not exist here, the substitution map says {substitute}"
            )
    return Candidate(name, reason)


def _backups(name: str, task: Task, policy: Policy) -> list[str]:
    """Backups that the matrix names beside an assigned agent, of those that exist here by name."""
    choice, _ = match(task, policy.page)
    if choice is None or name not in choice.agents:
        return []
    return [a for a in choice.agents[choice.agents.index(name) + 1 :] if a in policy.known]
