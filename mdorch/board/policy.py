"""The `Policy`: every rule that the plan consults, merged from page, companions, configuration, defaults."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mdorch.frozen import Frozen, field


class Choice(Frozen):
    """Agents for a kind of task, in order of choice. `line` is 0 for built-in rules."""

    pattern: str
    agents: tuple[str, ...]
    line: int = 0


class Step(Frozen):
    """One task of an orchestration pattern."""

    agent: str
    title: str


class Form(StrEnum):
    """How the tasks of a group run: the words that its heading, its limit or its pattern uses."""

    PARALLEL = "parallel"
    BY_DOMAIN = "by domain"  # together, if their domains differ
    SEQUENTIAL = "sequential"
    EMERGENCY = "emergency"  # ahead of everything, in all slots


class Recipe(Frozen):
    """An orchestration pattern: tasks that are appended together. `line` is 0 for built-in ones; `source` the
    name of the companion that it stands in, "" for the page."""

    name: str
    form: Form
    steps: tuple[Step, ...]
    line: int = 0
    source: str = ""


NONE = -1  # as a limit: the group may run none, because what the page says of it is not to be believed


class PagePolicy(Frozen):
    """What policy sections on the page (or a companion) say; empty where they say nothing."""

    matrix: tuple[Choice, ...] = ()  # task type -> primary, backups
    patterns: tuple[Choice, ...] = ()  # id or title pattern -> agents
    substitutes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # missing agent -> stand-ins
    limits: Mapping[str, int] = field(default_factory=dict)  # lower-case group -> agents at once; 0: no cap
    apart: frozenset[str] = frozenset()  # of these groups: those whose agents must have different domains
    recipes: tuple[Recipe, ...] = ()
    strategies: frozenset[str] = (
        frozenset()
    )  # Optimization Strategies that are asked for, by their first word
    lines: Mapping[str, int] = field(default_factory=dict)  # where `limits` and `substitutes` stand, by name
    columns: Mapping[str, int] = field(
        default_factory=dict
    )  # the same, and `group NAME`, `rule LINE`, `agent …`


class AgentRule(Frozen):
    """What the plan must know of a configured agent (how it is started is the world's business)."""

    name: str
    timeout: float  # seconds for one attempt
    strict: bool = False  # exit 0 without a handoff is Blocked, not Complete
    program: str = ""  # what is started; agents that share one fail together. "": the name stands for it
    resumes: bool = False  # its program can go on with a session
    priced: bool = False  # its program says what it costs
    isolated: bool = False  # each attempt works in a work tree of its own


class Policy(Frozen):
    """Times are seconds. `agents` holds the configured ones, "default" for all others.

    `known` names the agents that exist here: configured by name, or defined in `.claude/agents`.
    """

    page: PagePolicy = PagePolicy()
    agents: Mapping[str, AgentRule] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    broken: Mapping[str, str] = field(default_factory=dict)  # agents whose own file is wrong, and how
    max_parallel: int = 5
    attempts: int = 2
    settle: float = 5.0
    backoff: float = 1.0
    limits: Mapping[str, int] = field(default_factory=dict)
    parallel_groups: int = 0  # groups at work at once; 0: no cap
    launches_per_task: int = 6
    launches_per_hour: int = 20
    max_hops: int = 8
    usd_per_run: float = 0.0  # 0: no limit, as for the next
    usd_per_day: float = 0.0
    require_cost: bool = False  # what is not known counts as too much
    review: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()  # names of commands that can prove work
    gate_checks: tuple[str, ...] = ()  # those that every task must pass
    unchanged: str = "complete"  # what a claim comes to that has changed nothing: review, failed or complete
    fix_tasks: bool = True  # a task whose attempts are used up gets a fix task
    auto_fix: bool = False  # tasks that agents or failures make may start at once
    merge: str = "review"  # what becomes of the branch of a work tree: review, merge or rebase
    always: tuple[str, ...] = ()  # tasks, by id or group, that have a work tree whatever their agent says
    never: tuple[str, ...] = ()
    treeless: str = ""  # why no work tree can be made here, "" where one can

    def agent(self, name: str) -> AgentRule | None:
        """The rule for an agent, its own or the default one; None: it cannot be started."""
        return self.agents.get(name) or self.agents.get("default")
