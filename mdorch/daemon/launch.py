"""From a decision to a process: the prompt, the environment, the argument list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mdorch.desk.agents import launch_of
from mdorch.desk.site import Site
from mdorch.facts import Run, RunState
from mdorch.frozen import Frozen, replace
from mdorch.world.agents import Earlier
from mdorch.world.agents.registry import adapter
from mdorch.world.runspec import RunSpec
from mdorch.world.trees.call import without_git
from mdorch.world.trees.tree import Tree

FRESH = Earlier()


class Ground(Frozen):
    """What a run begins on: the session that it goes on with, the work tree that is its own, the names of the
    checks that its work must pass."""

    earlier: Earlier = FRESH
    tree: Tree | None = None
    checks: tuple[str, ...] = ()


PLAIN = Ground()


def spec_of(site: Site, run: Run, prompt: str, environ: Mapping[str, str], ground: Ground = PLAIN) -> RunSpec:
    """What the shim starts. Raises KeyError when the agent is not configured, OSError when its own file is
    broken (the plan asks neither)."""
    agent = site.settings.agent(run.agent)
    if agent is None:
        raise KeyError(run.agent)
    earlier, tree = ground.earlier, ground.tree
    env, cwd = {**environ, **own_environment(site, run)}, str(site.root)
    if tree is not None:
        env, cwd = {**without_git(env), "MDORCH_SLOT": str(tree.slot)}, tree.path
    made = adapter(agent.cli, agent.command)
    where = tree.path if tree else ""
    launch = launch_of(site, agent, run.agent, made.find(env, cwd).path, earlier.session, where)
    if tree is not None and tree.page:  # it needs its own copy of the page alone, and nothing of the checkout
        launch = replace(launch, folders=())
    return RunSpec(
        id=run.id,
        argv=made.argv(launch),
        env=made.env(env, launch),
        cwd=cwd,
        prompt=made.prompt(prompt, launch).encode("utf-8", "surrogateescape"),
        timeout=agent.timeout,
        about={
            "cli": agent.cli,
            "session": earlier.session,
            "before": earlier.tokens,
            "task": run.task,
            "attempt": run.attempt,
            "agent": run.agent,
            "round": run.round,
            "claimed": run.claimed,
            "branch": run.branch,
        },
        setup=[list(words) for words in site.settings.tree_setup] if tree and not earlier.session else [],
        checks=[(name, list(site.settings.checks[name])) for name in ground.checks],
    )


def run_about(run_id: str, about: Mapping[str, Any]) -> Run | None:
    """The run that a folder's record speaks of, as started; None where it says too little.

    Whether the page shows it, nobody remembers.
    """
    try:
        return Run(
            id=run_id,
            task=str(about["task"]),
            attempt=int(about["attempt"]),
            agent=str(about["agent"]),
            state=RunState.STARTED,
            claimed=float(about["claimed"]),
            round=int(about["round"]),
            branch=str(about.get("branch") or ""),
        )
    except (KeyError, TypeError, ValueError):
        return None


def own_environment(site: Site, run: Run) -> dict[str, str]:
    """The variables that the contract promises; `MDORCH_DIR` is the `.mdorch` folder."""
    return {
        "MDORCH_PAGE": str(site.page),
        "MDORCH_TASK": _safe(run.task),
        "MDORCH_RUN": _safe(run.id),
        "MDORCH_ATTEMPT": str(run.attempt),
        "MDORCH_AGENT": _safe(run.agent),
        "MDORCH_DIR": str(site.dot),
    }


def _safe(value: str) -> str:
    """No NUL: an environment cannot hold one."""
    return value.replace("\0", "�")
