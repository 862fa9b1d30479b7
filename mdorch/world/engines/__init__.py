"""Where runs execute. `mdorch.world.runs.Runs`, processes of this machine, is one engine.

Another one (a cluster) keeps the same promises: a run id starts at most once, whoever asks; `poll` tells
"lost" rather than guess; `stop` ends everything that the run started.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from mdorch.world.errors import AlreadyStarted
from mdorch.world.runs import Poll
from mdorch.world.runspec import RunSpec


class Engine(Protocol):
    """What the daemon needs of an engine; each method is explained in `Runs`."""

    def start_all(self, specs: Sequence[RunSpec]) -> list[int | AlreadyStarted | OSError]: ...

    def poll(self, run_id: str) -> Poll: ...

    def stop(self, run_id: str, reason: str) -> None: ...

    def ids(self) -> list[str]: ...

    def folder(self, run_id: str) -> Path: ...

    def watch_fds(self) -> dict[int, str]: ...

    def last_output(self, run_id: str) -> float: ...

    def close(self) -> None: ...
