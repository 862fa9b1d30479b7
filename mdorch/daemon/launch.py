"""From a decision to a process: the prompt, the environment, the argument list."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from mdorch.board.board import Board
from mdorch.desk.site import Site
from mdorch.plan.actions import Action
from mdorch.world.runs import RunSpec


def spec_of(site: Site, board: Board, action: Action, prompt: str, environ: Mapping[str, str]) -> RunSpec:
    """What the shim starts. Raises KeyError when the agent is not configured (the plan never asks that)."""
    agent = site.settings.agent(action.agent)
    if agent is None:
        raise KeyError(action.agent)
    return RunSpec(
        id=action.run,
        argv=list(agent.command),
        env={**environ, **own_environment(site, action)},
        cwd=str(site.root),
        prompt=prompt.encode("utf-8", "surrogateescape"),
        timeout=agent.timeout,
    )


def own_environment(site: Site, action: Action) -> dict[str, str]:
    """The variables that the contract promises; `MDORCH_DIR` is the `.mdorch` folder."""
    return {
        "MDORCH_PAGE": os.path.realpath(site.page),
        "MDORCH_TASK": _safe(action.task),
        "MDORCH_RUN": _safe(action.run),
        "MDORCH_ATTEMPT": str(action.attempt),
        "MDORCH_AGENT": _safe(action.agent),
        "MDORCH_DIR": str(Path(site.dot).resolve()),
    }


def _safe(value: str) -> str:
    """No NUL: an environment cannot hold one."""
    return value.replace("\0", "�")
