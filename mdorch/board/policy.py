"""The `Policy`: every rule that the plan consults, merged from page, companions, configuration, defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Choice:
    """Agents for a kind of task, in order of choice. `line` is 0 for built-in rules."""

    pattern: str
    agents: tuple[str, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class PagePolicy:
    """What policy sections on the page (or a companion) say; empty where they say nothing."""

    matrix: tuple[Choice, ...] = ()  # task type -> primary, backups
    patterns: tuple[Choice, ...] = ()  # id or title pattern -> agents
    substitutes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # missing agent -> stand-ins
    limits: Mapping[str, int] = field(default_factory=dict)  # lower-case group -> agents at once; 0: no cap


@dataclass(frozen=True, slots=True)
class AgentRule:
    """What the plan must know of a configured agent (how it is started is the world's business)."""

    name: str
    timeout: float  # seconds for one attempt
    strict: bool = False  # exit 0 without a handoff is Blocked, not Complete


@dataclass(frozen=True, slots=True)
class Policy:
    """Times are seconds. `agents` holds the configured ones, "default" for all others.

    `known` names the agents that exist here: configured by name, or defined in `.claude/agents`.
    """

    page: PagePolicy = PagePolicy()
    agents: Mapping[str, AgentRule] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    max_parallel: int = 5
    attempts: int = 2
    settle: float = 5.0
    backoff: float = 1.0
    limits: Mapping[str, int] = field(default_factory=dict)
    launches_per_task: int = 6
    launches_per_hour: int = 20
    max_hops: int = 8
    review: tuple[str, ...] = ()

    def agent(self, name: str) -> AgentRule | None:
        """The rule for an agent, its own or the default one; None: it cannot be started."""
        return self.agents.get(name) or self.agents.get("default")
