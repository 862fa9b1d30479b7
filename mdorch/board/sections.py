"""Which part of the page is what: sections are found by the words of their headings.

The innermost heading that says something known decides, because real pages nest them: the task
queue and the agent table are siblings inside one `## Active Agent Orchestration`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from mdorch.board.words import begins, contains, words
from mdorch.frozen import Frozen

TASKS, AGENTS, HANDOFF = "task_queue", "active_agents", "handoff"
MATRIX, SUBSTITUTES, LIMITS, PATTERNS = (
    "selection_matrix",
    "substitution_map",
    "group_limits",
    "task_patterns",
)
RECIPES, STRATEGIES = "orchestration_patterns", "optimisation_strategies"

# kind -> its name in messages, and the words that a heading of it contains
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    HANDOFF: ("Agent Handoff Signal", ()),
    TASKS: ("Task Queue", ("task queue", "task board")),
    AGENTS: (
        "Active Agent Orchestration",
        ("active agent orchestration", "currently running", "active agents"),
    ),
    MATRIX: ("Agent Selection Matrix", ("agent selection matrix", "agent capability matrix")),
    SUBSTITUTES: ("Agent Substitution Map", ("agent substitution map",)),
    LIMITS: ("Parallel Group Limits", ("parallel group limits",)),
    PATTERNS: ("Task Patterns", ("task patterns",)),
    RECIPES: ("Orchestration Patterns", ("orchestration patterns",)),
    STRATEGIES: ("Optimization Strategies", ("optimization strategies", "optimisation strategies")),
}
_HANDOFF_WORDS = ("agent handoff signal", "handoff signal")


_ISSUES = ("known issues", "known issue")
_COMPLETIONS = ("recent completions", "recently completed", "recent completion")


class HeadingLike(Protocol):
    """What is needed of a heading of the outline; lines count from 0."""

    @property
    def level(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def end(self) -> int: ...


def kind_of(heading: str) -> str:
    """The kind of section that a heading with this text begins, "" for an unknown one."""
    return _kind_of(heading) if len(heading) <= 200 else _kind_of.__wrapped__(heading)


@lru_cache(maxsize=4096)
def _kind_of(heading: str) -> str:
    said = words(heading)
    if any(begins(said, phrase) for phrase in _HANDOFF_WORDS):
        return HANDOFF
    for kind, (_, phrases) in KINDS.items():
        if any(contains(said, phrase) for phrase in phrases):
            return kind
    return ""


def is_completions(heading: str) -> bool:
    """Whether complete tasks are listed under a heading with this text. It is no section of its own: a task
    table below it holds tasks, as under any other sub-heading."""
    said = words(heading)
    return any(contains(said, phrase) for phrase in _COMPLETIONS)


def is_issues(heading: str) -> bool:
    """Whether known issues are listed under a heading with this text: no section of its own, either."""
    said = words(heading)
    return any(contains(said, phrase) for phrase in _ISSUES)


class Region(Frozen):
    """A section of a known kind, in lines from 0: its heading, what is under that, the first line after."""

    kind: str
    title: str
    level: int
    line: int
    body: int
    end: int


class Place(Frozen):
    """Where something stands: its innermost known section and the sub-headings between, outermost first."""

    region: Region | None
    headings: tuple[str, ...] = ()


class Sections:
    """The known sections of one page, and which of them a line belongs to."""

    def __init__(self, headings: Sequence[HeadingLike], lines: int) -> None:
        self.regions: list[Region] = []
        self._starts: list[int] = []
        self._places: list[Place] = []
        ends = section_ends(headings, lines)
        open_: list[tuple[int, Place]] = []  # level and place below each heading that is still open
        for heading, end in zip(headings, ends, strict=True):
            while open_ and open_[-1][0] >= heading.level:
                open_.pop()
            above = open_[-1][1] if open_ else Place(None)
            place = self._place(heading, end, above)
            open_.append((heading.level, place))
            self._starts.append(heading.line)
            self._places.append(place)

    def _place(self, heading: HeadingLike, end: int, above: Place) -> Place:
        kind = kind_of(heading.text)
        if not kind:
            return Place(above.region, (*above.headings, heading.text)) if above.region else above
        region = Region(kind, heading.text, heading.level, heading.line, heading.end, end)
        self.regions.append(region)
        return Place(region)

    def at(self, line: int) -> Place:
        """The place of a line, counted from 0."""
        found = bisect_right(self._starts, line)
        return self._places[found - 1] if found else Place(None)

    def of(self, kind: str) -> list[Region]:
        return [region for region in self.regions if region.kind == kind]


def section_ends(headings: Sequence[HeadingLike], lines: int) -> list[int]:
    """For each heading the line of the next one of its level or higher: where its section ends."""
    ends = [lines] * len(headings)
    open_: list[int] = []
    for index, heading in enumerate(headings):
        while open_ and headings[open_[-1]].level >= heading.level:
            ends[open_.pop()] = heading.line
        open_.append(index)
    return ends
