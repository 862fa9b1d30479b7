"""What `mdorch.toml` may say: the only place that validates it, and the source of its JSON Schema.

Importing this module imports pydantic, which costs more than everything else a reading command does.
So only `load` imports it, when a configuration is new or has changed.

`examples` serve twice: in the schema, and as "for example" in the message about a bad value.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mdorch.config.section import Notify, Section
from mdorch.config.settings import COMPANION
from mdorch.config.values import (
    Argument,
    Argv,
    Branch,
    Cap,
    Cli,
    Count,
    Dollars,
    Duration,
    Inside,
    Isolation,
    Limits,
    Name,
    Span,
    Word,
)


class Run(Section):
    """How attempts run."""

    max_parallel: Count = Field(
        default=5, examples=[5], description="Agents at once, whatever the groups allow."
    )
    parallel_groups: Cap = Field(
        default=0, examples=[3], description="Parallel groups at work at once; 0: no limit."
    )
    timeout: Span = Field(default=1800.0, examples=["30m"], description="For one attempt.")
    attempts: Count = Field(
        default=2, examples=[2], description="Per agent, before its backup gets its turn."
    )
    settle: Duration = Field(
        default=5.0,
        examples=["5s"],
        description="How long a row changed by hand must be quiet before it may start.",
    )
    silence: Span = Field(
        default=600.0,
        examples=["10m"],
        description="How long an agent may write nothing before it is said to be stalled; it is not stopped.",
    )
    fix_tasks: bool = Field(
        default=True,
        examples=[False],
        description="A task whose attempts are used up gets a task FIX-…, which it then requires.",
    )
    auto_fix: bool = Field(
        default=False,
        examples=[True],
        description="Tasks that agents or failures make may start at once, instead of being on hold.",
    )
    isolation: Isolation = Field(
        default="none",
        examples=["worktree"],
        description="worktree: each attempt works in a git work tree of its own, on a branch of its own.",
    )
    merge: Literal["review", "merge", "rebase"] = Field(
        default="review",
        examples=["review"],
        description="What becomes of that branch: left for a person, or brought into worktree.into.",
    )


class Worktree(Section):
    """The work trees of attempts, where isolation is worktree."""

    setup: list[Argv] = Field(
        default_factory=list,
        examples=[[["make", "deps"]]],
        description="Commands, one after the other, in each new tree before its agent.",
    )
    copy_: list[Inside] = Field(
        default_factory=list,
        alias="copy",
        examples=[[".env"]],
        description="Files that git ignores and an agent needs, from the root of the repository.",
    )
    into: Branch = Field(
        default="mdorch-merged",
        examples=["mdorch-merged"],
        description="The branch that finished work is merged or rebased into; never one that is checked out.",
    )
    always: list[Name] = Field(
        default_factory=list,
        examples=[["implementation"]],
        description='Ids, groups or "*": their tasks have a tree, whatever their agent says.',
    )
    never: list[Name] = Field(
        default_factory=list,
        examples=[["DOC-001"]],
        description='Ids, groups or "*": their tasks have none.',
    )


class Budget(Section):
    """Caps on what may be started and spent."""

    launches_per_task: Count = Field(
        default=6, examples=[6], description="Launches of one task in one round."
    )
    launches_per_hour: Count = Field(default=20, examples=[20], description="Launches of all tasks together.")
    usd_per_run: Dollars = Field(
        default=5.0,
        examples=[5.0],
        description="For one attempt, where its program says what it costs. 0: no limit.",
    )
    usd_per_day: Dollars = Field(
        default=25.0,
        examples=[25.0],
        description="For all attempts of a day, where their programs say; at it nothing starts. 0: no limit.",
    )
    require_cost: bool = Field(
        default=False,
        examples=[True],
        description="What is not known counts as too much: nothing starts that does not say what it costs.",
    )


class Upkeep(Section):
    """How the page is kept small and true."""

    completions: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        default=None,
        examples=[10],
        description="Entries under Recent Completions. Without it the section is left alone.",
    )
    archive: bool = Field(
        default=True, description="Taken handoffs that nothing open needs leave for CLAUDE.archive.md."
    )
    keep_runs: Count = Field(
        default=1000,
        examples=[1000],
        description="Folders of runs in .mdorch/runs; of more, the oldest that nothing needs go.",
    )
    keep_for: Span = Field(
        default=90 * 86400.0,
        examples=["90d"],
        description="How long they stay, and the history, where nothing needs them; two days at least.",
    )
    archive_after: Duration = Field(
        default=3600.0,
        examples=["1h"],
        description="How long they stay on the page.",
    )


class Gates(Section):
    """What must be so before a task counts as complete."""

    review: list[Name] = Field(
        default_factory=list,
        examples=[["validation"]],
        description='Ids, groups or "*": their tasks become In Review instead of Complete.',
    )
    checks: list[Name] = Field(
        default_factory=list,
        examples=[["tests"]],
        description="Names from [checks]: every task must pass these, and those that its row names.",
    )
    unchanged: Literal["review", "failed", "complete"] = Field(
        default="review",
        examples=["failed"],
        description="What a task that names files has come to whose agent says that it is done, and has "
        "changed nothing in its work tree.",
    )


class Agent(Section):
    """How an agent is started. Without `command` and `cli` it is started as `[agents.default]` is."""

    command: Argv | None = Field(
        default=None,
        examples=[["claude", "-p"]],
        description="An argument list; the prompt comes on standard input.",
    )
    cli: Cli | None = Field(
        default=None, examples=["claude"], description="A built-in adapter instead of a command."
    )
    model: Argument | None = Field(
        default=None, examples=["opus"], description="The model that a built-in adapter asks for."
    )
    args: list[Argument] = Field(
        default_factory=list,
        examples=[["--effort", "high"]],
        description="More arguments for a built-in adapter; they stand last.",
    )
    timeout: Span | None = Field(
        default=None, examples=["10m"], description="For one attempt, instead of run.timeout."
    )
    strict: bool | None = Field(
        default=None,
        examples=[True],
        description="Exit 0 without a handoff is Blocked. Default: true for `cli`.",
    )
    isolation: Isolation | None = Field(
        default=None, examples=["none"], description="Instead of run.isolation."
    )
    mcp: bool | None = Field(
        default=None,
        examples=[False],
        description="The tools of mdorch over MCP, where the program takes such at its start. Default: true.",
    )
    repository_mcp: bool | None = Field(
        default=None,
        examples=[True],
        description="Also the MCP servers that the repository or the user names, for claude. Default: false.",
    )
    stop_hook: bool | None = Field(
        default=None,
        examples=[False],
        description="Asks once for a missing handoff before the program ends, for claude. Default: true.",
    )

    @model_validator(mode="after")
    def _one_way_to_start(self) -> Self:
        if self.command is not None and self.cli is not None:
            raise ValueError("has both command and cli; keep one")
        if self.command is not None and (self.model or self.args):
            raise ValueError("has model or args beside command; they are for cli, a command has its own")
        asked = {"mcp": self.mcp, "repository_mcp": self.repository_mcp, "stop_hook": self.stop_hook}
        given = [key for key, value in asked.items() if value is not None]
        if self.command is not None and given:
            raise ValueError(f"has {given[0]} beside command; that is for cli")
        return self


class Configuration(Section):
    """`mdorch.toml`, or `[tool.mdorch]` in `pyproject.toml`."""

    page: str = Field(
        default="CLAUDE.md", min_length=1, examples=["CLAUDE.md"], description="Relative to this file."
    )
    policy: list[Annotated[str, Field(min_length=1)]] = Field(
        default_factory=lambda: [COMPANION],
        examples=[[COMPANION]],
        description="Documents with policy tables, relative to this file.",
    )
    run: Run = Run()
    limits: Limits = Field(
        default_factory=dict,
        examples=[{"discovery": 5}],
        description="Agents at once in a parallel group; 0: no limit. The page's own table wins.",
    )
    budget: Budget = Budget()
    checks: dict[Word, Argv] = Field(
        default_factory=dict,
        examples=[{"tests": ["make", "test"]}],
        description="Commands that prove that work is done, by the names that rows use for them.",
    )
    gates: Gates = Gates()
    worktree: Worktree = Worktree()
    upkeep: Upkeep = Upkeep()
    notify: Notify = Notify()
    agents: dict[Name, Agent] = Field(
        default_factory=dict, description="By name; `default` stands for every other name."
    )

    @model_validator(mode="after")
    def _gates_know_their_checks(self) -> Self:
        unknown = [name for name in self.gates.checks if name not in self.checks]
        if unknown:
            raise ValueError(f"gates.checks names {unknown[0]}, which [checks] does not have")
        return self
