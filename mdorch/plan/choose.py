"""Task assignment protocol: which agent gets a task, and why.

An assigned agent always wins, unless it does not exist here and the Agent Substitution Map names a
stand-in. Without one the page's patterns and Agent Selection Matrix decide, then the built-in ones of
the controller document. Agents are tried in their order of choice; each has `attempts` tries before
the next one gets its turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache

from mdorch.board.defaults import DEFAULTS
from mdorch.board.policy import Choice, Policy
from mdorch.board.task import Task
from mdorch.frozen import Frozen

_WORD = re.compile(r"[^\W_]+")
_NO_WORD = re.compile(r"[^\w*?\[\]!]+|_+")
_WILD = re.compile(r"[*?\[]")
_Rule = tuple[int, str, Choice]  # its number, its pattern in the form of `words`


class Candidate(Frozen):
    agent: str
    reason: str


class Assignment:
    """The rules of one policy, ready to be asked for every row of a page."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._rules = [
            (where, Patterns(rules.patterns), _Matrix(rules.matrix))
            for rules, where in ((policy.page, ""), (DEFAULTS, "built-in "))
        ]
        self._matched: dict[tuple[str, str], tuple[Choice | None, str]] = {}

    def candidates(self, task: Task, assigned: tuple[str, ...] = ()) -> list[Candidate]:
        """Agents for the task in order of choice, each once; `assigned` overrides the agent cell."""
        found: dict[str, Candidate] = {}
        for candidate in self._candidates(task, assigned or task.agents):
            found.setdefault(candidate.agent, candidate)
        return list(found.values())

    def choose(
        self, task: Task, failures: Mapping[str, int], assigned: tuple[str, ...] = ()
    ) -> Candidate | None:
        """The first candidate that can be started and has tries left; None: all tries are used up."""
        for candidate in self._candidates(task, assigned or task.agents):
            tried = failures.get(candidate.agent, 0) if failures else 0
            if tried < self.policy.attempts and self.policy.agent(candidate.agent):
                return candidate
        return None

    def match(self, task: Task) -> tuple[Choice | None, str]:
        """The rule for an unassigned task and its name: the page's own rules before the built-in ones."""
        key = task.title, task.id
        if key not in self._matched:
            self._matched[key] = self._match(task)
        return self._matched[key]

    def _match(self, task: Task) -> tuple[Choice | None, str]:
        for where, patterns, matrix in self._rules:
            if choice := patterns.of(task):
                return choice, f"{where}pattern {choice.pattern}"
            if choice := matrix.of(task):
                return choice, f"{where}Agent Selection Matrix “{choice.pattern}”"
        return None, ""

    def _candidates(self, task: Task, names: tuple[str, ...]) -> Iterator[Candidate]:
        if names:
            yield from (self._stand_in(name, f"assigned to {name}") for name in names)
            yield from (Candidate(a, f"backup for {names[-1]}") for a in self._backups(names[-1], task))
            return
        choice, origin = self.match(task)
        agents = choice.agents if choice else ()
        found = [self._stand_in(name, f"{origin} → {name}") for name in agents]
        yield from [c for c in found if c.agent in self.policy.known] or found

    def _stand_in(self, name: str, reason: str) -> Candidate:
        """The agent itself, or where it does not exist here who the Agent Substitution Map names for it:
        the first that exists, else the first that could be started."""
        known, substitutes = self.policy.known, self.policy.page.substitutes.get(name, ())
        if name in known or not substitutes:
            return Candidate(name, reason)
        named = sorted(substitutes, key=lambda substitute: substitute not in known)
        chosen = next(filter(self.policy.agent, named), None)
        if chosen is None:
            return Candidate(name, reason)
        why = f"{name} does not exist here, the substitution map says {chosen}"
        return Candidate(chosen, f"{reason}; {why}")

    def _backups(self, name: str, task: Task) -> list[str]:
        """Backups that the matrix names beside an assigned agent, of those that exist here by name."""
        choice, _ = self.match(task)
        if choice is None or name not in choice.agents:
            return []
        return [a for a in choice.agents[choice.agents.index(name) + 1 :] if a in self.policy.known]


class Patterns:
    """`audit_*` fits the title "Audit test failures" and the id `AUDIT-001`; the title comes first.

    Written as they like (`audit_*`, `TEST-*`, `Fix imports`); of those that fit, the first one counts.
    """

    def __init__(self, choices: Iterable[Choice]) -> None:
        by_word: dict[str, list[_Rule]] = {}  # that they must begin with; "" for any
        for number, choice in enumerate(choices):
            flat = _NO_WORD.sub("_", choice.pattern.casefold()).strip("_")
            literal = _WILD.split(flat, maxsplit=1)[0]
            word = literal.partition("_")[0] if "_" in literal or literal == flat else ""
            by_word.setdefault(word, []).append((number, flat, choice))
        self._by_word = {word: _Rules(rules) for word, rules in by_word.items()}

    def of(self, task: Task) -> Choice | None:
        for text in (task.title, task.id):
            said = words(text)
            asked = [self._by_word[word] for word in {"", *said[:1]} if said and word in self._by_word]
            found = [rule for rules in asked if (rule := rules.first("_".join(said)))]
            if found:
                return min(found, key=_number)[2]
        return None


class _Rules:
    """Patterns in their order, as one expression: a page has many rows. Made when it is first asked."""

    def __init__(self, rules: Sequence[_Rule]) -> None:
        self._rules = rules
        self._any: re.Pattern[str] | None = None

    def first(self, flat: str) -> _Rule | None:
        """The first that fits. `fix_*` fits `fix`, too: a text ends as if it went on."""
        if self._any is None:
            ends = (flat if flat.endswith("*") else f"{flat}_" for _, flat, _ in self._rules)
            self._any = re.compile("|".join(f"({translate(flat)})" for flat in ends))
        found = self._any.match(f"{flat}_")
        return self._rules[found.lastindex - 1] if found and found.lastindex else None


def _number(rule: _Rule) -> int:
    return rule[0]


class _Matrix:
    """The row that shares most words with the title, where it names the title's first word or all its
    words are there."""

    def __init__(self, choices: Iterable[Choice]) -> None:
        self._rows = [(frozenset(map(_stem, words(c.pattern))), c) for c in choices]
        self._known = frozenset[str]().union(*(kind for kind, _ in self._rows))

    def of(self, task: Task) -> Choice | None:
        said = words(task.title)
        if self._known.isdisjoint(map(_stem, said)):
            return None
        title = set(map(_stem, said))
        best: tuple[int, Choice | None] = (0, None)
        for kind, choice in self._rows:
            score = len(kind & title)
            if score > best[0] and (_stem(said[0]) in kind or kind <= title):
                best = (score, choice)
        return best[1]


@lru_cache(maxsize=16384)
def words(text: str) -> tuple[str, ...]:
    return tuple(w.lower() for w in _WORD.findall(text))


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] == "s" else word
