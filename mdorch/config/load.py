"""Finding the configuration file, and reading it into `Settings`.

The nearest folder, from where one stands up to the root of the repository, that holds an `mdorch.toml`
or a `pyproject.toml` with a `[tool.mdorch]` table; in one folder `mdorch.toml` wins. Above the
repository nothing is looked for. Without a repository every folder above counts, as for the page.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mdorch.config import cache, document
from mdorch.config.errors import USAGE, Trouble
from mdorch.config.repository import folders_up
from mdorch.config.settings import AgentSpec, Notify, Settings

if TYPE_CHECKING:
    from mdorch.config.model import Agent, Configuration


def find(page_or_cwd: Path, explicit: Path | None = None) -> Path | None:
    """The absolute path of the configuration for a page, or for who stands in a folder; None without one."""
    if explicit is not None:
        if not explicit.exists():
            raise Trouble(f"{explicit}: no such configuration file", exit_code=USAGE)
        return explicit.absolute()
    start = page_or_cwd.absolute()
    for folder in folders_up(start if start.is_dir() else start.parent):
        if (folder / document.OWN).exists():
            return folder / document.OWN
        if document.speaks_to_us(folder / document.SHARED):
            return folder / document.SHARED
    return None


def load(path: Path | None, cache_dir: Path | None = None) -> Settings:
    """The validated settings, from `cache_dir` if kept there for this very content. Trouble if it is bad."""
    if path is None:
        return Settings()
    content = document.read(path)
    kept = cache.get(cache_dir, path, content) if cache_dir else None
    if kept is not None:
        return kept
    settings = _validated(path, content)
    if cache_dir:
        cache.put(cache_dir, content, settings)
    return settings


def page_named_in(path: Path) -> str:
    """The `page` of a configuration, "" if none, without validating: the cache lies beside the page."""
    page = document.table(path, document.parse(path, document.read(path))[1]).get("page", "")
    return page if isinstance(page, str) else ""


def _validated(path: Path, content: bytes) -> Settings:
    text, values = document.parse(path, content)
    ours = document.table(path, values)
    from pydantic import ValidationError

    from mdorch.config.explain import trouble, unstartable
    from mdorch.config.model import Configuration

    try:
        found = Configuration.model_validate(ours)
    except ValidationError as error:
        raise trouble(document.shown(path), text, error, document.prefix(path)) from None
    agents = {name: _spec(name, agent, found) for name, agent in found.agents.items()}
    for name, spec in agents.items():
        if not spec.command:
            raise unstartable(document.shown(path), text, (*document.prefix(path), "agents", name))
    return _settings(found, agents, path)


def _spec(name: str, agent: Agent, found: Configuration) -> AgentSpec:
    """An agent with what it leaves out filled in: its start from `default`, its timeout from `run`. What is
    approved is the command line as it stands here; a role and a session are added at the start."""
    from mdorch.world.agents import Launch
    from mdorch.world.agents.registry import adapter, named

    starts = agent if agent.command or agent.cli else found.agents.get("default", agent)
    model, args = agent.model or starts.model or "", tuple(agent.args or starts.args)
    command = tuple(starts.command or ())
    made = adapter(starts.cli or "", command)
    strangers = _first(agent.repository_mcp, starts.repository_mcp, False)
    shown = Launch(
        starts.cli or "", model=model, args=args, budget=found.budget.usd_per_run, strangers=strangers
    )
    command = tuple(made.argv(shown))
    speaks = made if starts.cli else named(command)
    return AgentSpec(
        name=name,
        command=command,
        cli=starts.cli or "",
        timeout=agent.timeout or starts.timeout or found.run.timeout,
        strict=_first(agent.strict, starts.strict, bool(starts.cli)),
        model=model,
        args=args,
        resumes=made.resumes,
        priced=speaks.priced,
        isolated=(agent.isolation or starts.isolation or found.run.isolation) == "worktree",
        mcp=made.takes_servers and _first(agent.mcp, starts.mcp, True),
        repository_mcp=strangers,
        stop_hook=made.takes_hooks and _first(agent.stop_hook, starts.stop_hook, True),
    )


def _first(*said: bool | None) -> bool:
    """The first that is said."""
    return next(word for word in said if word is not None)


def _settings(found: Configuration, agents: dict[str, AgentSpec], path: Path) -> Settings:
    said = found.model_fields_set
    return Settings(
        page=found.page if "page" in said else "",
        policy_files=tuple(found.policy),
        policy_named="policy" in said,
        agents=agents,
        max_parallel=found.run.max_parallel,
        parallel_groups=found.run.parallel_groups,
        timeout=found.run.timeout,
        attempts=found.run.attempts,
        fix_tasks=found.run.fix_tasks,
        auto_fix=found.run.auto_fix,
        settle=found.run.settle,
        silence=found.run.silence,
        limits={name.lower(): cap for name, cap in found.limits.items()},
        launches_per_task=found.budget.launches_per_task,
        launches_per_hour=found.budget.launches_per_hour,
        usd_per_run=found.budget.usd_per_run,
        usd_per_day=found.budget.usd_per_day,
        require_cost=found.budget.require_cost,
        review=tuple(found.gates.review),
        checks={name: tuple(words) for name, words in found.checks.items()},
        gate_checks=tuple(found.gates.checks),
        unchanged=found.gates.unchanged,
        completions=found.upkeep.completions,
        archive=found.upkeep.archive,
        archive_after=found.upkeep.archive_after,
        merge=found.run.merge,
        into=found.worktree.into,
        always=tuple(found.worktree.always),
        never=tuple(found.worktree.never),
        tree_setup=tuple(map(tuple, found.worktree.setup)),
        tree_copy=tuple(found.worktree.copy_),
        keep_runs=found.upkeep.keep_runs,
        keep_for=found.upkeep.keep_for,
        notify=_notify(found),
        source=path,
    )


def _notify(found: Configuration) -> Notify:
    said = found.notify
    return Notify(
        desktop=said.desktop,
        command=tuple(said.command or ()),
        webhook=said.webhook or "",
        webhook_env=said.webhook_env or "",
        on=tuple(said.on),
        gather=said.gather,
        every=said.every,
    )
