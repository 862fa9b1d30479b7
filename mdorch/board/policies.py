"""Policy sections of a page or a companion: agent matrix, task patterns, substitutions, group limits."""

from __future__ import annotations

from functools import lru_cache

from mdorch.board.policy import Choice, PagePolicy
from mdorch.board.policyrows import COLUMNS, MOST, STRATEGY, Found, read_bullets, read_table
from mdorch.board.problem import Problem, problem
from mdorch.board.sections import LIMITS, PATTERNS, RECIPES, STRATEGIES, Sections
from mdorch.frozen import replace
from mdorch.page.outline import Outline
from mdorch.page.scan import scan
from mdorch.page.source import Source

__all__ = ["MOST", "STRATEGY", "agents_of", "contradictions", "over", "read_companion", "read_policy"]


def read_policy(outline: Outline, sections: Sections) -> tuple[PagePolicy, list[Problem]]:
    """What the policy sections of one document say, the first entry for a name counting."""
    found = Found()
    for table in outline.tables:
        region = sections.at(table.line).region
        if region and region.kind in COLUMNS:
            read_table(table, sections.at(table.line), region.kind, found)
    for region in sections.regions:
        if region.kind in (LIMITS, PATTERNS, RECIPES, STRATEGIES):
            read_bullets(outline, sections, region, found)
    return found.policy(), found.problems


@lru_cache(maxsize=8)
def read_companion(name: str, data: bytes) -> tuple[PagePolicy, tuple[Problem, ...]]:
    """The policy of a companion document. Its problems name the document: they have no place on the page."""
    outline = scan(Source(data))
    policy, problems = read_policy(outline, Sections(outline.headings, outline.source.line_count))
    return _placeless(policy, name), tuple(
        problem(p.code, f"{name}:{p.line}:{p.column}: {p.message}", task=p.task, hint=p.hint)
        for p in problems
    )


def _placeless(policy: PagePolicy, name: str) -> PagePolicy:
    """Its lines are none of the page; those of orchestration patterns are told with its name. (That it speaks
    of more than one page has is no fault of either.)"""
    matrix, patterns = (
        tuple(replace(choice, line=0) for choice in choices) for choices in (policy.matrix, policy.patterns)
    )
    recipes = tuple(replace(recipe, source=name) for recipe in policy.recipes)
    return replace(policy, matrix=matrix, patterns=patterns, recipes=recipes, lines={}, columns={})


def over(upper: PagePolicy, lower: PagePolicy) -> PagePolicy:
    """Both policies as one; where they speak of the same thing, `upper` wins."""
    return PagePolicy(
        matrix=upper.matrix + _besides(lower.matrix, upper.matrix),
        patterns=upper.patterns + _besides(lower.patterns, upper.patterns),
        substitutes={**lower.substitutes, **upper.substitutes},
        limits={**lower.limits, **upper.limits},
        apart=upper.apart | {group for group in lower.apart if group not in upper.limits},
        recipes=upper.recipes
        + tuple(r for r in lower.recipes if r.name not in {u.name for u in upper.recipes}),
        strategies=upper.strategies,  # of the page alone: a companion lists them for whoever reads it
        lines=upper.lines,
        columns=upper.columns,
    )


def contradictions(upper: PagePolicy, lower: PagePolicy, name: str) -> list[Problem]:
    """Where the page and a companion of this name say different things: what the page says counts."""
    pairs = [
        *(
            (f"the limit of {g}", n, upper.limits[g], f"limit {g}")
            for g, n in lower.limits.items()
            if g in upper.limits
        ),
        *(
            (f"the stand-in for {a}", names, upper.substitutes[a], f"substitute {a}")
            for a, names in lower.substitutes.items()
            if a in upper.substitutes
        ),
    ]
    found = [(what, _place(upper, key)) for what, theirs, ours, key in pairs if theirs != ours]
    for rules, others, what in (
        (upper.matrix, lower.matrix, "type"),
        (upper.patterns, lower.patterns, "pattern"),
    ):
        agents = {rule.pattern.casefold(): rule for rule in rules}
        for other in others:
            mine = agents.get(other.pattern.casefold())
            if mine is not None and mine.agents != other.agents:
                place = mine.line, upper.columns.get(f"rule {mine.line}", 1) if mine.line else 0
                found.append((f"the agents for the {what} {mine.pattern}", place))
    message = "{} is another one in " + name + "; this one counts"
    return [problem("policy-contradiction", message.format(what), place) for what, place in found]


def _place(policy: PagePolicy, key: str) -> tuple[int, int]:
    """Line and column of what a policy says, (0, 0) for what has no place on the page."""
    line = policy.lines.get(key, 0)
    return line, policy.columns.get(key, 1) if line else 0


def _besides(choices: tuple[Choice, ...], known: tuple[Choice, ...]) -> tuple[Choice, ...]:
    names = {choice.pattern.casefold() for choice in known}
    return tuple(choice for choice in choices if choice.pattern.casefold() not in names)


def agents_of(policy: PagePolicy) -> frozenset[str]:
    """Every agent that a policy names."""
    names = {agent for choice in (*policy.matrix, *policy.patterns) for agent in choice.agents}
    for missing, standins in policy.substitutes.items():
        names.update((missing, *standins))
    return frozenset(names)
