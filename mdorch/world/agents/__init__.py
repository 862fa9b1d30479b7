"""One file for each agent command line: what is started, in which environment, and what its end means.

`command` starts any program and believes its exit code. Adapters for particular agent CLIs stand beside it
with the same four methods; exit 0 proves nothing about most of those, so their `ended` reads what they wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from mdorch.frozen import Frozen
from mdorch.world.runs import Exit


class Found(Frozen):
    """The program of an agent: its path, or one line on why it cannot be started."""

    path: str = ""
    problem: str = ""


class Adapter(Protocol):
    """How one kind of agent is started and understood."""

    def find(self, env: Mapping[str, str], cwd: str) -> Found:
        """Whether a process in `cwd` with the environment `env` could start it."""
        ...

    def argv(self) -> list[str]:
        """Its argument list; the prompt comes on standard input."""
        ...

    def env(self, base: Mapping[str, str]) -> dict[str, str]:
        """Its complete environment, made from that of the daemon and the variables of the run."""
        ...

    def ended(self, result: Exit, folder: Path, has_handoff: bool) -> Exit:
        """What the end of a run means, from what it left in the run's folder."""
        ...
