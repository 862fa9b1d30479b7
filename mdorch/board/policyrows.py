"""What single rows and items of policy sections say, and where each of it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

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
from mdorch.page import cells
from mdorch.page.outline import Outline, Row, Table

COLUMNS = {
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
class Found:
    matrix: list[Choice] = field(default_factory=list)
    patterns: list[Choice] = field(default_factory=list)
    substitutes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    apart: set[str] = field(default_factory=set)
    steps: dict[tuple[str, Form], list[Step]] = field(default_factory=dict)
    strategies: set[str] = field(default_factory=set)
    lines: dict[str, int] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def rule(self, choices: list[Choice], choice: Choice) -> None:
        """One more, as far as there is room: each is held against each row."""
        if len(choices) < MOST:
            choices.append(choice)
        elif not any(p.code == "policy-too-long" for p in self.problems):
            message = f"only the first {MOST} rules of a kind are followed: not this one, nor those below"
            place = choice.line, self.columns.get(f"rule {choice.line}", 1)
            self.problems.append(problem("policy-too-long", message, place))

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
            self.columns,
        )


def read_table(table: Table, place: Place, kind: str, found: Found) -> None:
    columns = roles(tuple(map(cells.value, table.header.texts)), COLUMNS[kind])
    missing = [role for role in _NEEDED[kind] if role not in columns]
    if missing:
        message = f"this table in {KINDS[kind][0]} has no column for {' and '.join(missing)}; it is not read"
        found.problems.append(problem("policy-columns", message, _place_of(table.header, 0)))
        return
    for row in table.rows:
        texts = row.texts
        said = {role: cells.value(texts[i]) if i < len(texts) else "" for role, i in columns.items()}
        if kind == LIMITS:
            found.columns.setdefault(f"group {words(said['group'])}", _place_of(row, columns["group"])[1])
            _limit(said["group"], said["limit"], _place_of(row, columns["limit"]), found)
        elif kind == RECIPES:
            name = said.get("name") or (place.headings[-1] if place.headings else "")
            _step(name, said["agent"], said["title"], row.line + 1, found)
        else:
            _read_row(said, kind, {role: _place_of(row, i) for role, i in columns.items()}, found)


def _read_row(said: dict[str, str], kind: str, places: dict[str, tuple[int, int]], found: Found) -> None:
    """`places`: line and column of what each cell says."""
    if kind == SUBSTITUTES:
        standins = read_agents(said["use"]).names
        for missing in read_agents(said["missing"]).names if standins else ():
            line, column = places["use"]
            found.lines.setdefault(f"substitute {missing}", line)
            found.columns.setdefault(f"substitute {missing}", column)
            found.substitutes.setdefault(missing, standins)
        return
    primary, backup = read_agents(said["primary"]).names, read_agents(said.get("backup", "")).names
    if (primary or backup) and not is_none(said["type"]):
        line, column = places["type"]
        found.columns.setdefault(f"rule {line}", column)
        for role, names in (("primary", primary), ("backup", backup)):
            for name in names:
                found.columns.setdefault(f"agent {line} {name}", places[role][1])
        choices = found.matrix if kind == MATRIX else found.patterns
        found.rule(choices, Choice(said["type"], tuple(dict.fromkeys((*primary, *backup))), line))


def read_bullets(outline: Outline, sections: Sections, region: Region, found: Found) -> None:
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
        first = bullet.start(1) + len(bullet[1]) - len(bullet[1].lstrip(" *_`")) + 1
        if region.kind == LIMITS:
            found.columns.setdefault(f"group {words(name)}", first)
            _limit(name, said, (line + 1, bullet.start(2) + 1), found)
        elif region.kind == RECIPES:
            if headings:
                _step(headings[-1], name, said, line + 1, found)
        elif names := read_agents(said).names:
            found.columns.setdefault(f"rule {line + 1}", first)
            for agent in names:
                found.columns.setdefault(f"agent {line + 1} {agent}", bullet.start(2) + 1)
            found.rule(found.patterns, Choice(name, names, line + 1))


def _step(heading: str, agent: str, title: str, line: int, found: Found) -> None:
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
    cell = row.cell(column)
    line, first = row.source.position(cell.start)
    return line, first + len(cell.text) - len(cell.text.lstrip())


def _limit(group: str, said: str, place: tuple[int, int], found: Found) -> None:
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
    found.columns.setdefault(f"limit {name}", place[1])
