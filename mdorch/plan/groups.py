"""Parallel groups: which limit a task counts against.

The group comes from the group cell, else from the sub-heading that the table stands under, else from
the pattern that the task fits (the controller document's three kinds of work).
"""

from __future__ import annotations

from mdorch.board.defaults import DEFAULTS, GROUP_OF_PATTERN
from mdorch.board.policy import Policy
from mdorch.board.task import Task
from mdorch.plan.choose import Patterns, words

_KINDS = Patterns(DEFAULTS.patterns)


def group_of(task: Task, policy: Policy) -> str:
    """The name of the task's group in lower case; "" where nothing gives it one."""
    limits = limits_of(policy)
    for text in (task.group, task.phase):
        said = words(text)
        for name in limits:
            if set(words(name)) <= set(said):
                return name
    if task.group:
        return task.group.lower()
    choice = _KINDS.of(task)
    return GROUP_OF_PATTERN.get(choice.pattern, "") if choice else ""


def limits_of(policy: Policy) -> dict[str, int]:
    """Group → how many may run at once (0: no cap): the page's own, then configured, then built in."""
    return {**DEFAULTS.limits, **policy.limits, **policy.page.limits}
