"""What to start: as the daemon says it, as the shim is told, and as it is written down beside the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mdorch.frozen import Frozen, field
from mdorch.world.boot import boot_id
from mdorch.world.keeper.shim import Order


class RunSpec(Frozen):
    """What to start. `env` is the agent's complete environment; MDORCH_RUN and MDORCH_DIR are added to it.

    `timeout` is seconds; `patience` is how long SIGINT, then SIGTERM, may take before the next signal.
    `about` is JSON kept in `run.json`, from which a lost journal learns what the run was for.
    """

    id: str
    argv: list[str]
    env: Mapping[str, str]
    cwd: str
    prompt: bytes
    timeout: float
    patience: tuple[float, float] = (5.0, 5.0)
    about: Mapping[str, Any] = field(default_factory=dict)
    setup: Sequence[list[str]] = ()  # commands that must end well before the agent is started
    checks: Sequence[tuple[str, list[str]]] = ()  # by name: what must end well after an agent that did


def order_of(spec: RunSpec, folder: Path) -> Order:
    """What a shim is told of it; `folder` is the `.mdorch`."""
    env = {**spec.env, "MDORCH_RUN": spec.id, "MDORCH_DIR": str(folder)}
    return {
        "id": spec.id, "dir": str(folder), "argv": spec.argv, "env": env, "cwd": spec.cwd,
        "timeout": spec.timeout, "patience": list(spec.patience), "setup": list(spec.setup),
        "checks": list(spec.checks),
    }  # fmt: skip


def described(spec: RunSpec) -> dict[str, Any]:
    """Its `run.json`."""
    return {
        "id": spec.id, "argv": spec.argv, "cwd": spec.cwd, "timeout": spec.timeout,
        "patience": list(spec.patience), "env": sorted(spec.env), "about": dict(spec.about),
        "boot": boot_id(),
    }  # fmt: skip
