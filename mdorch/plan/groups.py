"""Parallel group formation: who may run beside whom, and how many at once.

A task's group comes from its group cell, else from the sub-heading that its table stands under, else from the
pattern that it fits (the controller document's three kinds of work). A group has a limit; a heading may
say more of the rows below it: `(Sequential)` one at a time, `(Parallel)` no built-in limit of one,
`(Domain Parallel)` different domains at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mdorch.board.defaults import DEFAULTS, GROUP_OF_PATTERN
from mdorch.board.forms import read_form
from mdorch.board.policy import Form, Policy
from mdorch.board.task import Task
from mdorch.frozen import Frozen
from mdorch.plan.choose import Patterns, words

EMERGENCY = "emergency"
_KINDS = Patterns(DEFAULTS.patterns)
_URGENT_IDS = ("CRISIS-", "EMERGENCY-")
_ALIASES = {"crisis": EMERGENCY}  # what the controller document's patterns call a group


class Formation(StrEnum):
    """The controller document's three kinds of groups."""

    INDEPENDENT = "independent"  # requires nothing
    DOMAIN_SPECIFIC = "domain-specific"  # beside others of its domain, as long as their files differ
    SEQUENTIAL = "sequential"  # one after another


class Lane(Frozen):
    """A cap that a task counts against. `limit`: 0 for none, `policy.NONE` for no task at all; `apart`: the
    tasks in it have different domains, or files that cannot meet."""

    name: str
    limit: int
    apart: bool = False


class Grouping:
    """The groups of one policy, ready to be asked for every row of a page."""

    def __init__(self, policy: Policy, limits: Mapping[str, int] | None = None) -> None:
        self.limits = limits_of(policy) if limits is None else limits
        self._said = {**policy.limits, **policy.page.limits}
        self._apart = policy.page.apart | (DEFAULTS.apart - policy.page.limits.keys())
        self._words = {name: frozenset(words(name)) for name in self.limits}
        self._groups: dict[tuple[str, str, str], str] = {}
        self._urgent: dict[tuple[str, str], bool] = {}
        self._lanes: dict[tuple[str, str], tuple[Lane, ...]] = {}

    def of(self, task: Task) -> str:
        """The name of the task's group in lower case; "" where nothing gives it one."""
        if self.urgent(task):
            return EMERGENCY
        choice = _KINDS.of(task)
        kind = GROUP_OF_PATTERN[choice.pattern] if choice else ""
        key = task.group, task.phase, kind
        if key not in self._groups:
            self._groups[key] = (
                self._named(task.group, task.phase) or task.group.lower() or kind or task.phase
            )
        return self._groups[key]

    def urgent(self, task: Task) -> bool:
        """Whether the task is an emergency, by its cell, its id (`CRISIS-001`) or its heading: nothing goes
        ahead of it, and only the limit of its own group holds it."""
        key = task.group, task.phase
        if key not in self._urgent:
            self._urgent[key] = self._named(*key) == EMERGENCY
        return self._urgent[key] or (not task.group and task.id.upper().startswith(_URGENT_IDS))

    def _named(self, group: str, phase: str) -> str:
        """The group with a limit that the cell or the heading names."""
        return self._in(group) or self._in(phase)

    def _in(self, text: str) -> str:
        said = {_ALIASES.get(word, word) for word in words(text)}
        return next((name for name, needed in self._words.items() if needed <= said), "")

    def lanes(self, task: Task) -> tuple[Lane, ...]:
        """Every cap that the task counts against."""
        key = self.of(task), task.phase
        if key not in self._lanes:
            self._lanes[key] = tuple(self._made(*key))
        return self._lanes[key]

    def _made(self, group: str, phase: str) -> list[Lane]:
        form = read_form(phase) if group != EMERGENCY else None
        limit = self.limits.get(group, 0)
        if form in (Form.PARALLEL, Form.BY_DOMAIN) and group not in self._said and limit == 1:
            limit = 0  # usually sequential, but the page says otherwise
        apart = group in self._apart or form is Form.BY_DOMAIN
        lanes = [Lane(group, limit, apart)] if group and (limit or apart) else []
        return [*lanes, Lane(phase, 1)] if form is Form.SEQUENTIAL else lanes

    def formation(self, task: Task) -> Formation:
        """Which kind of group the task is in."""
        if any(lane.limit == 1 for lane in self.lanes(task)):
            return Formation.SEQUENTIAL
        if not task.needs:
            return Formation.INDEPENDENT
        return Formation.DOMAIN_SPECIFIC if task.domain or task.files else Formation.SEQUENTIAL


def limits_of(policy: Policy) -> dict[str, int]:
    """Group → how many may run at once (0: no cap): the page's own, then configured, then built in."""
    return {**DEFAULTS.limits, **policy.limits, **policy.page.limits}
