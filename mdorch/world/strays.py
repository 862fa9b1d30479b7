"""Runs of which nothing is left but their processes: somebody deleted `.mdorch/` meanwhile.

Every process of a run says in its environment which run it is of, and of which `.mdorch` (see `keeper.tree`).
Its shim says nothing of that kind; it is the parent of the agent, and known by its command line.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mdorch.frozen import Frozen
from mdorch.world.boot import start_ticks
from mdorch.world.clock import elapsed
from mdorch.world.hatch import Watched
from mdorch.world.keeper.tree import Process, environments, marked, open_process, send

_SHIM = b"mdorch.world.keeper.nursery"  # in the command line of every shim (see `hatch`)
_TICK = os.sysconf("SC_CLK_TCK")


class Stray(Frozen):
    """A run by what its oldest process says of it. `began` is in epoch seconds."""

    run: str
    task: str
    agent: str
    attempt: int
    began: float
    pid: int


@dataclass(slots=True)
class Remnant(Watched):
    """A process of a run whose shim is dead."""


def strays(folder: Path) -> list[Stray]:
    """The runs of this `.mdorch` folder, which need not be there, that have processes at work."""
    home = os.path.realpath(folder)
    found: dict[str, Stray] = {}
    for (pid, ticks), environment in environments():
        said = dict(word.split("=", 1) for word in map(os.fsdecode, environment) if "=" in word)
        run, attempt = said.get("MDORCH_RUN", ""), said.get("MDORCH_ATTEMPT", "")
        if not run or not attempt.isdecimal() or os.path.realpath(said.get("MDORCH_DIR", "/")) != home:
            continue
        began = time.time() - (elapsed() - ticks / _TICK)
        if run not in found or began < found[run].began:
            task, agent = said.get("MDORCH_TASK", ""), said.get("MDORCH_AGENT", "")
            found[run] = Stray(run, task, agent, int(attempt), began, pid)
    return sorted(found.values(), key=lambda one: one.began)


def watched(run: str, folder: str) -> Watched | None:
    """What is to be waited for: the shim of the run, else one of its processes; None where none is left."""
    found = marked(run, folder)
    shim = _shim_of(found)
    if shim is not None:
        return shim
    for process in found:
        fd = open_process(process)
        if fd is not None:
            return Remnant(process[0], fd)
    return None


def end(run: str, folder: str, keeper: Watched | None) -> None:
    """Tell the shim to end its run, or, where there is none, the processes of the run to end. `keeper` is who
    is watched already."""
    ours = keeper is None
    keeper = keeper or watched(run, folder)
    if isinstance(keeper, Remnant):
        for process in marked(run, folder):
            send(process, signal.SIGTERM)
    elif keeper is not None and not keeper.is_over():
        signal.pidfd_send_signal(keeper.pidfd, signal.SIGTERM)
    if ours and keeper is not None:
        keeper.close()


def kill(run: str, folder: str) -> int:
    """Kill what a dead shim left behind; how many there were. Nothing while a shim lives: it does better."""
    found = marked(run, folder)
    shim = _shim_of(found)
    if shim is not None:
        shim.close()
        return 0
    return sum(send(process, signal.SIGKILL) for process in found)


def _shim_of(processes: Sequence[Process]) -> Watched | None:
    for pid, ticks in processes:
        parent = _parent(pid)
        if parent is None or not _is_shim(parent):
            continue
        try:
            fd = os.pidfd_open(parent)
        except OSError:
            continue
        if _parent(pid) == parent and start_ticks(pid) == ticks:  # so it is none that came later
            return Watched(parent, fd)
        os.close(fd)
    return None


def _is_shim(pid: int) -> bool:
    try:
        return _SHIM in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None
