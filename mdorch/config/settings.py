"""`Settings`: the configuration as everything else sees it, plain and cheap to import.

Where a value comes from (file, default, `agents.default`) is decided before it gets here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mdorch.board.policy import AgentRule, PagePolicy, Policy
from mdorch.frozen import Frozen, field

PAGE = "CLAUDE.md"
OCCASIONS = ("question", "review", "blocked", "failed", "lost", "conflict", "budget", "held", "done")
_LISTS = ("policy_files", "review", "always", "never", "tree_copy", "gate_checks")
COMPANION = "ORCHESTRATION_CONTROLLER.md"


class AgentSpec(Frozen):
    """How to start one agent. `cli` names the adapter that made the command, "" for a `command`; `model` and
    `args` are in there already, for it to make the next one."""

    name: str
    command: tuple[str, ...]
    cli: str
    timeout: float  # seconds for one attempt
    strict: bool  # exit 0 without a handoff is Blocked, not Complete
    model: str = ""
    args: tuple[str, ...] = ()
    resumes: bool = False  # its program can go on with a session
    priced: bool = False  # its program says what it costs
    isolated: bool = False  # each attempt works in a work tree of its own
    mcp: bool = False  # it is given the tools of mdorch, where they are installed
    repository_mcp: bool = False  # and keeps the servers that others name
    stop_hook: bool = False  # it is asked for a missing handoff before it ends

    @property
    def program(self) -> str:
        """What is started: agents with one program share what becomes of it."""
        return self.cli or " ".join(self.command)


class Notify(Frozen):
    """The ways in which people are told, and of what. `gather` and `every` are seconds."""

    desktop: bool = False
    command: tuple[str, ...] = ()
    webhook: str = ""
    webhook_env: str = ""  # the variable that holds the address
    on: tuple[str, ...] = OCCASIONS
    gather: float = 10.0
    every: float = 60.0

    @property
    def outward(self) -> bool:
        """Whether it starts a program or calls an address that this file names."""
        return bool(self.command or self.webhook or self.webhook_env)


class Settings(Frozen):
    """Times are seconds, money is US dollars. `agents` holds `default` under that name.

    `page` is "" and `policy_named` false where the file does not say; `limits` are those of the file
    alone, by lower-case group (0: no cap). `source` is the absolute path of the file, None without one.
    """

    page: str = ""
    policy_files: tuple[str, ...] = (COMPANION,)
    policy_named: bool = False
    agents: Mapping[str, AgentSpec] = field(default_factory=dict)
    max_parallel: int = 5
    parallel_groups: int = 0
    timeout: float = 1800.0
    attempts: int = 2
    fix_tasks: bool = True
    auto_fix: bool = False
    settle: float = 5.0
    silence: float = 600.0  # without output, until an agent counts as stalled
    limits: Mapping[str, int] = field(default_factory=dict)
    launches_per_task: int = 6
    launches_per_hour: int = 20
    usd_per_run: float = 5.0
    usd_per_day: float = 25.0
    require_cost: bool = False
    review: tuple[str, ...] = ()
    checks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by name: what proves work
    gate_checks: tuple[str, ...] = ()  # those that every task must pass
    unchanged: str = "review"  # what a claim comes to that has changed nothing: review, failed or complete
    completions: int | None = None  # entries under Recent Completions; None: it is left alone
    archive: bool = True  # taken handoffs that nothing needs leave the page
    archive_after: float = 3600.0
    merge: str = "review"  # what becomes of the branch of a work tree: review, merge or rebase
    into: str = "mdorch-merged"  # the branch that it is merged into
    always: tuple[str, ...] = ()  # tasks, by id or group, that have a work tree whatever their agent says
    never: tuple[str, ...] = ()
    tree_setup: tuple[tuple[str, ...], ...] = ()  # commands, before the agent
    tree_copy: tuple[str, ...] = ()  # files that git ignores, from the root of the repository
    keep_runs: int = 1000  # folders of runs that are over
    keep_for: float = 90 * 86400.0  # they, and the history
    notify: Notify = Notify()
    source: Path | None = None

    def agent(self, name: str) -> AgentSpec | None:
        """How this agent is started: by its own entry, or the default one; None: it cannot be."""
        return self.agents.get(name) or self.agents.get("default")

    def policy(self, page_policy: PagePolicy) -> Policy:
        """The rules for the plan: the page's own, joined with what the configuration says."""
        return Policy(
            page=page_policy,
            agents={
                name: AgentRule(
                    *(name, spec.timeout, spec.strict, spec.program),
                    *(spec.resumes, spec.priced, spec.isolated),
                )
                for name, spec in self.agents.items()
            },
            max_parallel=self.max_parallel,
            parallel_groups=self.parallel_groups,
            attempts=self.attempts,
            fix_tasks=self.fix_tasks,
            auto_fix=self.auto_fix,
            settle=self.settle,
            limits=self.limits,
            launches_per_task=self.launches_per_task,
            launches_per_hour=self.launches_per_hour,
            usd_per_run=self.usd_per_run,
            usd_per_day=self.usd_per_day,
            require_cost=self.require_cost,
            review=self.review,
            checks=tuple(self.checks),
            gate_checks=self.gate_checks,
            unchanged=self.unchanged,
            merge=self.merge,
            always=self.always,
            never=self.never,
        )

    def policy_paths(self, page: Path) -> tuple[Path, ...]:
        """The companion documents: as named, beside the configuration; by default beside the page."""
        beside = self.source.parent if self.policy_named and self.source else page.parent
        return tuple(beside / name for name in self.policy_files)

    @property
    def digest(self) -> str:
        """SHA-256 of what is approved: every value and the place of the file; comments do not count.

        All values, because limits and budgets guard against what the commands may do. It is made
        from the values in use, whatever they were read from, so that no cache can vouch for itself.
        """
        from hashlib import sha256

        approved = json.dumps([str(self.source or ""), plain(self)], sort_keys=True)
        return sha256(approved.encode("ascii")).hexdigest()


def plain(settings: Settings) -> dict[str, Any]:
    """The values as JSON has them, without their source."""
    values = asdict(settings)
    del values["source"]
    return values


def from_plain(values: Mapping[str, Any], source: Path) -> Settings:
    """What `plain` made, as settings again. KeyError, TypeError or ValueError if it is something else."""
    known: dict[str, Any] = dict(values)
    agents = {
        name: AgentSpec(**{**spec, "command": tuple(spec["command"]), "args": tuple(spec["args"])})
        for name, spec in known.pop("agents").items()
    }
    known |= {key: tuple(known[key]) for key in _LISTS}
    told = known.pop("notify")
    known["notify"] = Notify(**{**told, "command": tuple(told["command"]), "on": tuple(told["on"])})
    known["checks"] = {name: tuple(words) for name, words in known["checks"].items()}
    known["tree_setup"] = tuple(map(tuple, known["tree_setup"]))
    return Settings(**known, agents=agents, source=source)
