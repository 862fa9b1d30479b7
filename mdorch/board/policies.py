"""Policy sections of a page or a companion: agent matrix, task patterns, substitutions, group limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from mdorch.board.agents import read_agents
from mdorch.board.columns import roles
from mdorch.board.policy import Choice, PagePolicy
from mdorch.board.problem import Problem, problem
from mdorch.board.sections import KINDS, LIMITS, MATRIX, PATTERNS, SUBSTITUTES, Region, Sections
from mdorch.board.words import is_none, words
from mdorch.page import cells
from mdorch.page.outline import Outline, Table
from mdorch.page.scan import scan
from mdorch.page.source import Source

_COLUMNS = {MATRIX: "choice", PATTERNS: "choice", SUBSTITUTES: "substitute", LIMITS: "limit"}
_NEEDED = {
    MATRIX: ("type", "primary"),
    PATTERNS: ("type", "primary"),
    SUBSTITUTES: ("missing", "use"),
    LIMITS: ("group", "limit"),
}
_BULLET = re.compile(r"\s{0,3}[-*+]\s+([^:：→]*)(?:[:：]|→)\s*(.*)", re.DOTALL)
_NUMBERS = {word: n for n, word in enumerate(("one", "two", "three", "four", "five", "six"), start=1)}
_NO_CAP = frozenset({"all", "unlimited", "any", "everyone", "no limit", "no cap", "uncapped"})
_SILENT = frozenset({"fence", "code", "html", "quote", "front_matter"})


@dataclass(slots=True)
class _Found:
    matrix: list[Choice] = field(default_factory=list)
    patterns: list[Choice] = field(default_factory=list)
    substitutes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_policy(outline: Outline, sections: Sections) -> tuple[PagePolicy, list[Problem]]:
    """What the policy sections of one document say, the first entry for a name counting."""
    found = _Found()
    for table in outline.tables:
        region = sections.at(table.line).region
        if region and region.kind in _COLUMNS:
            _read_table(table, region.kind, found)
    for region in sections.regions:
        if region.kind in (LIMITS, PATTERNS):
            _read_bullets(outline, sections, region, found)
    policy = PagePolicy(tuple(found.matrix), tuple(found.patterns), found.substitutes, found.limits)
    return policy, found.problems


@lru_cache(maxsize=8)
def read_companion(name: str, data: bytes) -> tuple[PagePolicy, tuple[Problem, ...]]:
    """The policy of a companion document. Its problems name the document: they have no place on the page."""
    outline = scan(Source(data))
    policy, problems = read_policy(outline, Sections(outline.headings, outline.source.line_count))
    return policy, tuple(
        problem(p.code, f"{name}:{p.line}: {p.message}", task=p.task, hint=p.hint) for p in problems
    )


def over(upper: PagePolicy, lower: PagePolicy) -> PagePolicy:
    """Both policies as one; where they speak of the same thing, `upper` wins."""
    return PagePolicy(
        matrix=upper.matrix + _besides(lower.matrix, upper.matrix),
        patterns=upper.patterns + _besides(lower.patterns, upper.patterns),
        substitutes={**lower.substitutes, **upper.substitutes},
        limits={**lower.limits, **upper.limits},
    )


def _besides(choices: tuple[Choice, ...], known: tuple[Choice, ...]) -> tuple[Choice, ...]:
    names = {choice.pattern.casefold() for choice in known}
    return tuple(choice for choice in choices if choice.pattern.casefold() not in names)


def agents_of(policy: PagePolicy) -> frozenset[str]:
    """Every agent that a policy names."""
    names = {agent for choice in (*policy.matrix, *policy.patterns) for agent in choice.agents}
    for missing, standins in policy.substitutes.items():
        names.update((missing, *standins))
    return frozenset(names)


def _read_table(table: Table, kind: str, found: _Found) -> None:
    columns = roles(tuple(map(cells.value, table.header.texts)), _COLUMNS[kind])
    missing = [role for role in _NEEDED[kind] if role not in columns]
    if missing:
        message = f"this table in {KINDS[kind][0]} has no column for {' and '.join(missing)}; it is not read"
        found.problems.append(problem("policy-columns", message, (table.line + 1, 1)))
        return
    for row in table.rows:
        texts = row.texts
        said = {role: cells.value(texts[i]) if i < len(texts) else "" for role, i in columns.items()}
        _read_row(said, kind, row.line + 1, found)


def _read_row(said: dict[str, str], kind: str, line: int, found: _Found) -> None:
    if kind == LIMITS:
        _limit(said["group"], said["limit"], line, found)
        return
    if kind == SUBSTITUTES:
        standins = read_agents(said["use"]).names
        for missing in read_agents(said["missing"]).names if standins else ():
            found.substitutes.setdefault(missing, standins)
        return
    names = (*read_agents(said["primary"]).names, *read_agents(said.get("backup", "")).names)
    if names and not is_none(said["type"]):
        choices = found.matrix if kind == MATRIX else found.patterns
        choices.append(Choice(said["type"], tuple(dict.fromkeys(names)), line))


def _read_bullets(outline: Outline, sections: Sections, region: Region, found: _Found) -> None:
    for line in _lines(outline, sections, region):
        bullet = _BULLET.fullmatch(outline.source.line(line))
        if not bullet:
            continue
        name, said = _bare(bullet[1]), _bare(bullet[2])
        if region.kind == LIMITS:
            _limit(name, said, line + 1, found)
        elif names := read_agents(said).names:
            found.patterns.append(Choice(name, names, line + 1))


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


def _limit(group: str, said: str, line: int, found: _Found) -> None:
    name = words(group)
    if not name:
        return
    limit = read_limit(said)
    if limit is None:
        message = f"`{said}` does not say how many agents of the group {group} may run at once"
        found.problems.append(problem("unknown-limit", message, (line, 1)))
    else:
        found.limits.setdefault(name, limit)


def read_limit(text: str) -> int | None:
    """Agents at once: `Up to 5 agents` 5, `Usually sequential` 1, `All available agents` 0 (no cap)."""
    said = words(text).split()
    for word in said:
        number = int(word[:9]) if word.isdecimal() and word.isascii() else _NUMBERS.get(word)
        if number is not None:
            return number or None
        if word.startswith("sequential"):
            return 1
    return 0 if said and (said[0] in _NO_CAP or " ".join(said[:2]) in _NO_CAP) else None
