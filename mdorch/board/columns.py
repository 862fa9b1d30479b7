"""Header cells and what they are for: columns are known by their role, in any order and any case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from mdorch.board.words import words


def _names(**roles: str) -> dict[str, dict[str, int]]:
    """Role -> name (as words) -> rank; where two columns claim one role, the smaller rank has it."""
    return {
        role.rstrip("_"): {_key(name.strip()): rank for rank, name in enumerate(names.split(","))}
        for role, names in roles.items()
    }


def _key(name: str) -> str:
    return words(name) or name.strip()


TASK_ROLES = _names(
    id="task id, id, #, ticket, issue, key",
    title="description, task, title, action, item, name, summary",
    status="status, state, progress",
    requires="prerequisites, prerequisite, depends on, dependencies, dependency, deps, blocked by, requires, "
    "after, prereqs, prereq, pre requisites, depends, predecessors, predecessor, needs, waits for, "
    "waiting on",
    blocks="blocks",
    agent="assigned to, agent, owner, assignee, assigned, role, agent type",
    priority="priority, prio, p",
    group="group, phase, lane",
    domain="domain, area, component",
    files="files, touches, scope, paths",
    notes="notes, note, result, comment, blocker, reason",
    details="details, spec, acceptance, acceptance criteria, done when",
    check="check, checks, verify",
    review="review, reviewer, gate",
)
AGENT_ROLES = _names(
    agent="agent, assigned to, owner, assignee, assigned, role, agent type",
    task="task id, id, task, ticket, issue, key, title, description",
    status="status, state, progress",
    started="started, since, start",
    dependencies="dependencies, dependency, deps, depends on, prerequisites, requires, blocked by",
    notes="notes, note, result, comment",
)
CHOICE_ROLES = _names(
    type="task type, type, pattern, task pattern",
    primary="primary agent, primary, agents, use",
    backup="backup agent, backup, alternative, alternative if missing, fallback",
)
SUBSTITUTE_ROLES = _names(
    missing="requested agent, requested agent missing, missing",
    use="use instead, substitute",
)
LIMIT_ROLES = _names(group="group", limit="limit")
RECIPE_ROLES = _names(
    name="pattern, orchestration pattern",
    agent="agent, assigned to, agents, use",
    title="task, title, description",
)
ISSUE_ROLES = _names(
    id="task id, task, id, ticket, key",
    title="issue, known issue, problem, error, failure, bug, description, summary, title, symptom",
    agent="agent, found by, reported by, owner",
    status="status, state",
    when="date, found, since, reported, when, time",
)
KINDS: Mapping[str, Mapping[str, Mapping[str, int]]] = {
    "task": TASK_ROLES,
    "agent": AGENT_ROLES,
    "choice": CHOICE_ROLES,
    "substitute": SUBSTITUTE_ROLES,
    "limit": LIMIT_ROLES,
    "recipe": RECIPE_ROLES,
    "issue": ISSUE_ROLES,
}

# A title says more the further left it stands (`Task | Description`); every other role goes by rank.
_LEFTMOST = frozenset({"title"})
_PARENTHESIS = re.compile(r"\([^()]*\)\s*$")


@lru_cache(maxsize=512)
def roles(header: tuple[str, ...], kind: str) -> Mapping[str, int]:
    """Role -> index of its column; `header` holds the cells, `kind` is one of `KINDS`."""
    best: dict[str, tuple[int, int]] = {}
    for index, cell in enumerate(header):
        whole, short = _key(cell), _key(_PARENTHESIS.sub("", cell))
        for role, names in KINDS[kind].items():
            rank = names.get(whole, names.get(short))
            if rank is None:
                continue
            claim = (0 if role in _LEFTMOST else rank, index)
            if role not in best or claim < best[role]:
                best[role] = claim
    return {role: index for role, (_, index) in best.items()}


def further(header: tuple[str, ...], role: str, taken: int | None) -> tuple[int, ...]:
    """The other columns of a task table that are named for the role than the one that has `taken` it."""
    names = TASK_ROLES[role]
    found = (
        n for n, cell in enumerate(header) if {_key(cell), _key(_PARENTHESIS.sub("", cell))} & names.keys()
    )
    return tuple(n for n in found if n != taken)


def is_person_column(name: str) -> bool:
    """Whether an agent column is headed by a word for people: unknown names in it are persons."""
    return words(name) in ("owner", "assignee", "assigned")
