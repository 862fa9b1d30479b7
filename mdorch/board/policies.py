"""Policy sections of a page or a companion: agent matrix, task patterns, substitutions, group limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from mdorch.board.agents import read_agents
from mdorch.board.columns import roles
from mdorch.board.defaults import DEFAULTS
from mdorch.board.forms import read_form, recipe_name
from mdorch.board.limits import read_limit
from mdorch.board.policy import NONE, Choice, Form, PagePolicy, Recipe, Step
from mdorch.board.problem import Problem, problem
from mdorch.board.sections import (
    KINDS,
    LIMITS,
    MATRIX,
    PATTERNS,
    RECIPES,
    STRATEGIES,
    SUBSTITUTES,
    Place,
    Region,
    Sections,
)
from mdorch.board.words import is_none, words
from mdorch.frozen import replace
from mdorch.page import cells
from mdorch.page.outline import Outline, Row, Table
from mdorch.page.scan import scan
from mdorch.page.source import Source

_COLUMNS = {
    MATRIX: "choice",
    PATTERNS: "choice",
    SUBSTITUTES: "substitute",
    LIMITS: "limit",
    RECIPES: "recipe",
}
_NEEDED = {
    MATRIX: ("type", "primary"),
    PATTERNS: ("type", "primary"),
    SUBSTITUTES: ("missing", "use"),
    LIMITS: ("group", "limit"),
    RECIPES: ("agent", "title"),
}
STRATEGY = ("batch", "pipeline", "cache", "minimize")
_ITEM = re.compile(r"\s{0,3}(?:[-*+]|\d{1,9}[.)])\s+[*_`]*(\w+)")
_BULLET = re.compile(r"\s{0,3}[-*+]\s+([^:：→]*)(?:[:：]|→)\s*(.*)", re.DOTALL)
MOST = 200  # rules of a kind
_SILENT = frozenset({"fence", "code", "html", "quote", "front_matter"})


@dataclass(slots=True)
class _Found:
    matrix: list[Choice] = field(default_factory=list)
    patterns: list[Choice] = field(default_factory=list)
    substitutes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    apart: set[str] = field(default_factory=set)
    steps: dict[tuple[str, Form], list[Step]] = field(default_factory=dict)
    strategies: set[str] = field(default_factory=set)
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def rule(self, choices: list[Choice], choice: Choice) -> None:
        """One more, as far as there is room: each is held against each row."""
        if len(choices) < MOST:
            choices.append(choice)
        elif not any(p.code == "policy-too-long" for p in self.problems):
            message = f"only the first {MOST} rules of a kind are followed: not this one, nor those below"
            self.problems.append(problem("policy-too-long", message, (choice.line, 1)))

    def policy(self) -> PagePolicy:
        return PagePolicy(
            tuple(self.matrix),
            tuple(self.patterns),
            self.substitutes,
            self.limits,
            frozenset(self.apart),
            tuple(
                Recipe(n, form, tuple(s), self.lines[f"recipe {n}"]) for (n, form), s in self.steps.items()
            ),
            frozenset(self.strategies),
            self.lines,
        )


def read_policy(outline: Outline, sections: Sections) -> tuple[PagePolicy, list[Problem]]:
    """What the policy sections of one document say, the first entry for a name counting."""
    found = _Found()
    for table in outline.tables:
        region = sections.at(table.line).region
        if region and region.kind in _COLUMNS:
            _read_table(table, sections.at(table.line), region.kind, found)
    for region in sections.regions:
        if region.kind in (LIMITS, PATTERNS, RECIPES, STRATEGIES):
            _read_bullets(outline, sections, region, found)
    return found.policy(), found.problems


@lru_cache(maxsize=8)
def read_companion(name: str, data: bytes) -> tuple[PagePolicy, tuple[Problem, ...]]:
    """The policy of a companion document. Its problems name the document: they have no place on the page."""
    outline = scan(Source(data))
    policy, problems = read_policy(outline, Sections(outline.headings, outline.source.line_count))
    return _placeless(policy), tuple(
        problem(p.code, f"{name}:{p.line}: {p.message}", task=p.task, hint=p.hint) for p in problems
    )


def _placeless(policy: PagePolicy) -> PagePolicy:
    """Its lines are none of the page. (That it speaks of more than one page has is no fault of either.)"""
    matrix, patterns = (
        tuple(replace(choice, line=0) for choice in choices) for choices in (policy.matrix, policy.patterns)
    )
    return replace(policy, matrix=matrix, patterns=patterns, lines={})


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
    found = [(what, upper.lines.get(key, 0)) for what, theirs, ours, key in pairs if theirs != ours]
    for rules, others, what in (
        (upper.matrix, lower.matrix, "type"),
        (upper.patterns, lower.patterns, "pattern"),
    ):
        agents = {rule.pattern.casefold(): rule for rule in rules}
        for other in others:
            mine = agents.get(other.pattern.casefold())
            if mine is not None and mine.agents != other.agents:
                found.append((f"the agents for the {what} {mine.pattern}", mine.line))
    message = "{} is another one in " + name + "; this one counts"
    return [problem("policy-contradiction", message.format(what), (line, 1)) for what, line in found]


def _besides(choices: tuple[Choice, ...], known: tuple[Choice, ...]) -> tuple[Choice, ...]:
    names = {choice.pattern.casefold() for choice in known}
    return tuple(choice for choice in choices if choice.pattern.casefold() not in names)


def agents_of(policy: PagePolicy) -> frozenset[str]:
    """Every agent that a policy names."""
    names = {agent for choice in (*policy.matrix, *policy.patterns) for agent in choice.agents}
    for missing, standins in policy.substitutes.items():
        names.update((missing, *standins))
    return frozenset(names)


def _read_table(table: Table, place: Place, kind: str, found: _Found) -> None:
    columns = roles(tuple(map(cells.value, table.header.texts)), _COLUMNS[kind])
    missing = [role for role in _NEEDED[kind] if role not in columns]
    if missing:
        message = f"this table in {KINDS[kind][0]} has no column for {' and '.join(missing)}; it is not read"
        found.problems.append(problem("policy-columns", message, (table.line + 1, 1)))
        return
    for row in table.rows:
        texts = row.texts
        said = {role: cells.value(texts[i]) if i < len(texts) else "" for role, i in columns.items()}
        if kind == LIMITS:
            _limit(said["group"], said["limit"], _place_of(row, columns["limit"]), found)
        elif kind == RECIPES:
            name = said.get("name") or (place.headings[-1] if place.headings else "")
            _step(name, said["agent"], said["title"], row.line + 1, found)
        else:
            _read_row(said, kind, row.line + 1, found)


def _read_row(said: dict[str, str], kind: str, line: int, found: _Found) -> None:
    if kind == SUBSTITUTES:
        standins = read_agents(said["use"]).names
        for missing in read_agents(said["missing"]).names if standins else ():
            found.lines.setdefault(f"substitute {missing}", line)
            found.substitutes.setdefault(missing, standins)
        return
    names = (*read_agents(said["primary"]).names, *read_agents(said.get("backup", "")).names)
    if names and not is_none(said["type"]):
        choices = found.matrix if kind == MATRIX else found.patterns
        found.rule(choices, Choice(said["type"], tuple(dict.fromkeys(names)), line))


def _read_bullets(outline: Outline, sections: Sections, region: Region, found: _Found) -> None:
    for line in _lines(outline, sections, region):
        text = outline.source.line(line)
        if region.kind == STRATEGIES:
            if item := _ITEM.match(text):
                first = item[1].casefold().replace("minimise", "minimize")
                found.strategies.update({first} & set(STRATEGY))
            continue
        bullet = _BULLET.fullmatch(text)
        if not bullet:
            continue
        name, said = _bare(bullet[1]), _bare(bullet[2])
        headings = sections.at(line).headings
        if region.kind == LIMITS:
            _limit(name, said, (line + 1, bullet.start(2) + 1), found)
        elif region.kind == RECIPES:
            if headings:
                _step(headings[-1], name, said, line + 1, found)
        elif names := read_agents(said).names:
            found.rule(found.patterns, Choice(name, names, line + 1))


def _step(heading: str, agent: str, title: str, line: int, found: _Found) -> None:
    """One task of an orchestration pattern: `Pattern 2: Feature Implementation (Parallel by Domain)`."""
    names = read_agents(agent).names
    name = recipe_name(heading)
    if names and name and not is_none(title):
        found.lines.setdefault(f"recipe {name}", line)
        form = next((f for n, f in found.steps if n == name), read_form(heading) or Form.PARALLEL)
        found.steps.setdefault((name, form), []).append(Step(names[0], title))


def _lines(outline: Outline, sections: Sections, region: Region) -> Iterator[int]:
    silent = [
        range(b.line, b.end)
        for b in outline.blocks
        if b.kind in _SILENT and region.body <= b.line < region.end
    ]
    skipped = {line for lines in silent for line in lines}
    for line in range(region.body, region.end):
        if line not in skipped and sections.at(line).region is region:
            yield line


def _bare(text: str) -> str:
    """`**Discovery**` and `Discovery**` (the colon stood inside the emphasis) -> `Discovery`."""
    text = text.strip()
    for sign in ("**", "__", "*"):
        if text.count(sign) % 2 and not text.endswith("_" + sign):
            text = text.removeprefix(sign).removesuffix(sign).strip()
    return cells.value(text)


def _place_of(row: Row, column: int) -> tuple[int, int]:
    """Line and column, from 1, of the text of a cell; of the row where it has too few."""
    if column >= len(row.cells):
        return row.line + 1, 1
    cell = row.cells[column]
    line, first = row.source.position(cell.start)
    return line, first + len(cell.text) - len(cell.text.lstrip())


def _limit(group: str, said: str, place: tuple[int, int], found: _Found) -> None:
    """What one line says of a group; `place` is its line and column, from 1."""
    name = words(group)
    limit = read_limit(said)
    if not name:
        return
    if limit is None:
        message = f"`{said}` does not say how many agents of the group {group} may run at once"
        found.problems.append(problem("unknown-limit", message, place))
        if name in DEFAULTS.limits:
            return
        limit = 1
    elif limit == NONE:
        message = f"`{said}` is no number of agents that could run: the group {group} runs none"
        found.problems.append(problem("impossible-limit", message, place))
    if found.limits.setdefault(name, limit) != limit:
        first = found.lines[f"limit {name}"]
        message = f"the limit of {group} stands in line {first} already, as another one: that one counts"
        found.problems.append(problem("policy-contradiction", message, place))
    elif read_form(said) is Form.BY_DOMAIN:
        found.apart.add(name)
    found.lines.setdefault(f"limit {name}", place[0])
