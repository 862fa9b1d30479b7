"""The doors that a daemon goes through, in one place, so that a simulation can put others there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from mdorch.desk.site import Site
from mdorch.world.agents.events import Account
from mdorch.world.change import Carry
from mdorch.world.clock import Clock, SystemClock
from mdorch.world.crew import Crew
from mdorch.world.errors import AlreadyStarted
from mdorch.world.journal import Journal
from mdorch.world.runs import Poll, Runs
from mdorch.world.runspec import RunSpec
from mdorch.world.strays import Stray
from mdorch.world.version import Version
from mdorch.world.versions import Versions
from mdorch.world.watch import Watch
from mdorch.world.witness import Witness


class PageDoor(Protocol):
    """What the daemon asks of `world.pagefile.PageFile`."""

    def read(self) -> Version: ...

    def replace(self, expected: bytes, new: bytes, *, carry: Carry | None = None) -> Version: ...

    def recover(self) -> object: ...

    def settle(self) -> bool: ...

    @property
    def unsettled(self) -> bool: ...


class RunDoor(Protocol):
    """What the daemon asks of `world.runs.Runs`."""

    def start_all(self, specs: Sequence[RunSpec]) -> list[int | AlreadyStarted | OSError]: ...

    def poll(self, run_id: str) -> Poll: ...

    def stop(self, run_id: str, reason: str) -> None: ...

    def sweep(self, run_id: str) -> int: ...

    def watch(self, run_id: str) -> int | None: ...

    def watch_fds(self) -> Mapping[int, str]: ...

    def ids(self) -> list[str]: ...

    def strays(self) -> Sequence[Stray]: ...

    def about(self, run_id: str) -> Mapping[str, object]: ...

    def account(self, run_id: str) -> Account | None: ...

    def remove(self, run_id: str) -> bool: ...

    def close(self) -> None: ...


class WatchDoor(Protocol):
    def start(self) -> None: ...

    def kind(self) -> str: ...

    def explain(self) -> str: ...

    def unwatched(self, since: float) -> float: ...

    def stop(self) -> None: ...


class Doors:
    """The real ones."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.clock: Clock = SystemClock()

    def journal(self) -> Journal:
        return Journal.open(self.site.dot)

    def page(self, journal: Journal, witness: Witness) -> PageDoor:
        return self.site.page_file(journal, witness)

    def runs(self) -> RunDoor:
        return Runs(self.site.dot)

    def versions(self) -> Versions:
        return Versions(self.site.dot)

    def crew(self, ring: Callable[[], None]) -> Crew | None:
        """Who does beside the loop what may take long; None: the loop itself, and waits."""
        return Crew(ring)

    def watch(self, wake: Callable[[], None]) -> WatchDoor:
        return Watch(self.site.page, wake)
