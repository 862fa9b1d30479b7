"""The daemon's doors onto a disk in memory, keeping the same promises as the real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from errno import ENOSPC
from hashlib import sha256
from math import inf
from pathlib import Path

from mdorch.daemon.doors import Doors, PageDoor, RunDoor, WatchDoor
from mdorch.desk.site import Site
from mdorch.world.change import Carry
from mdorch.world.errors import AlreadyStarted, PageBusy, Stale
from mdorch.world.journal import Journal
from mdorch.world.runs import Poll
from mdorch.world.runspec import RunSpec
from mdorch.world.strays import Stray
from mdorch.world.version import Version
from mdorch.world.versions import Kept, Kind, Versions
from mdorch.world.witness import Witness
from tests.daemon.simulation.disk import EXCHANGE, Disk, Folder, SimJournal, need
from tests.daemon.simulation.work import begin, follow

PAGE = Path("/page/CLAUDE.md")


class SimPage:
    """Compare-and-replace; people save at every step between."""

    def __init__(self, disk: Disk, journal: Journal, witness: Witness) -> None:
        self.disk = disk
        self.journal = journal
        self.witness = witness

    def read(self) -> Version:
        self.disk.moment("page.read")
        if self.disk.random.random() < self.disk.busy:
            raise PageBusy(PAGE, "somebody has it open")
        self.disk.base = self.disk.read = self.disk.looked = len(self.disk.versions) - 1
        return self.disk.version()

    def replace(self, expected: bytes, new: bytes, *, carry: Carry | None = None) -> Version:
        record = self.journal.begin(expected, new)
        self.disk.step("page.recorded")
        page, read = self.disk.page, len(self.disk.versions) - 1
        carried = carry(page) if carry is not None and page != expected else None
        if carried is not None:
            self.journal.done(record)  # where somebody may save again
            self.disk.read = read
            expected, new = page, carried
            record = self.journal.begin(expected, new)
        before, after = self.disk.way
        if self.disk.way == EXCHANGE:
            self.disk.step(before)
            refusal = self._refusal(expected)
        else:  # under the lease nobody saves, but we may die
            refusal = self._refusal(expected)
            self.disk.die(before)
        if refusal is None:
            self._write(expected, new)
            self.disk.step(after)
            if new != expected:
                self.witness.replaced((expected,), new)
        self.journal.done(record)
        if refusal is not None:
            raise refusal
        return self.disk.version()

    def _write(self, expected: bytes, new: bytes) -> None:
        self.disk.tell("write", (expected, new))
        model = self.disk.model
        if self.disk.repairing:
            model = self.disk.understand(new.decode())
        self.disk.save(new, model, "daemon")
        self.disk.base = len(self.disk.versions) - 1

    def _refusal(self, expected: bytes) -> PageBusy | Stale | None:
        if self.disk.random.random() < self.disk.busy:
            return PageBusy(PAGE, "somebody has it open")
        return Stale(PAGE, self.disk.version()) if self.disk.page != expected else None

    @property
    def unsettled(self) -> bool:
        return False

    def recover(self) -> None:
        records = self.journal.pending()
        if records:
            self.witness.recovered(self.disk.page)
        for record in records:
            self.journal.done(record.id)

    def settle(self) -> bool:
        return False


class SimRuns:
    """Folders are made exclusively; one without a process had its starter die on the way."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk

    def start_all(self, specs: Sequence[RunSpec]) -> list[int | AlreadyStarted | OSError]:
        """All folders first, then all processes."""
        made = [self._make(spec) for spec in specs]
        if any(isinstance(folder, Folder) for folder in made):
            self.disk.step("runs.made")
        begun = [self._begin(folder) if isinstance(folder, Folder) else folder for folder in made]
        if any(isinstance(pid, int) for pid in begun):
            self.disk.step("runs.handed")
        return begun

    def _make(self, spec: RunSpec) -> Folder | AlreadyStarted | OSError:
        if spec.id in self.disk.folders:
            return AlreadyStarted(spec.id)
        self.disk.step("runs.drafted")
        if self.disk.random.random() < self.disk.full:
            self.disk.claims_before.add(spec.id)  # the claim stands, and is tried again
            return OSError(ENOSPC, "No space left on device")
        folder = self.disk.folders[spec.id] = Folder(spec)
        self.disk.moment("run.made")
        return folder

    def _begin(self, folder: Folder) -> int:
        folder.process = begin(self.disk, folder.spec)
        self.disk.tell("begin", folder.process)
        follow(self.disk, folder.process)
        self.disk.step("run.ordered")
        return 4711

    def poll(self, run_id: str) -> Poll:
        self.disk.moment("run.poll")
        folder = self.disk.folders.get(run_id)
        if folder is None:
            return Poll("absent")
        process = folder.process
        if process is None:
            return Poll("unbegun")
        if process.exit is not None:
            return Poll("ended", 4711, process.exit, process.began)
        return Poll("lost" if process.lost else "running", 4711, None, process.began)

    def stop(self, run_id: str, reason: str) -> None:
        self.disk.moment("run.stop")
        process = self.disk.folders[run_id].process if run_id in self.disk.folders else None
        if process is not None and process.alive:
            process.stop = process.stop or reason
            process.ends = min(process.ends, self.disk.now + self.disk.random.random() * 2)
            self.disk.step("run.stopped")

    def sweep(self, _: str) -> int:
        return 0  # what lost its keeper is dead here

    def watch(self, _: str) -> int | None:
        return None

    def watch_fds(self) -> Mapping[int, str]:
        return {}

    def strays(self) -> list[Stray]:
        return []  # nobody deletes all of it while something runs

    def ids(self) -> list[str]:
        return sorted(self.disk.folders)

    def about(self, run_id: str) -> Mapping[str, object]:
        return dict(self.disk.folders[run_id].spec.about)

    def account(self, _: str) -> None:
        """Nobody says what it costs."""

    def remove(self, run_id: str) -> bool:
        self.disk.moment("run.remove")
        folder = self.disk.folders.pop(run_id, None)
        if folder is None:
            return False
        if folder.process is not None:
            need(not folder.process.alive, f"the folder of {run_id} is taken away, and it is at work")
            self.disk.cleared.append(folder.process)
        self.disk.tell("remove", run_id)
        self.disk.step("run.removed")
        return True

    def close(self) -> None:
        """Runs go on."""


class SimWatch:
    """Nobody is told: the play wakes the daemon."""

    start = stop = lambda _: None

    def unwatched(self, _: float) -> float:
        return inf


class SimClock:
    def __init__(self, disk: Disk) -> None:
        self.disk = disk

    def now(self) -> float:
        return self.disk.now

    def elapsed(self) -> float:
        return self.disk.now


class SimDoors(Doors):
    def __init__(self, site: Site, disk: Disk) -> None:
        self.site = site
        self.disk = disk
        self.clock = SimClock(disk)

    def journal(self) -> Journal:
        return SimJournal(self.disk)

    def page(self, journal: Journal, witness: Witness) -> PageDoor:
        return SimPage(self.disk, journal, witness)

    def runs(self) -> RunDoor:
        return SimRuns(self.disk)

    def versions(self) -> Versions:
        return SimVersions(self.disk)

    def crew(self, _: Callable[[], None]) -> None:
        return None

    def watch(self, _: Callable[[], None]) -> WatchDoor:
        return SimWatch()


class PauseFile:
    """`.mdorch/PAUSE`, as far as it is asked."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk

    def read_text(self, **_: object) -> str:
        if not self.disk.paused:
            raise FileNotFoundError
        return "by hand\n"


class SimSite(Site):
    """A site that touches no file system."""

    def on(self, disk: Disk) -> SimSite:
        object.__setattr__(self, "disk", disk)
        return self

    @property
    def pause_file(self) -> Path:
        return PauseFile(self.disk)  # type: ignore[attr-defined,return-value]

    @property
    def root(self) -> Path:
        return PAGE.parent

    @property
    def git(self) -> Path | None:
        return None

    def companions(self) -> list[tuple[str, bytes]]:
        archive = self.disk.archive.encode()  # type: ignore[attr-defined]
        return [(self.archive.name, archive)] if archive else []

    def known_agents(self) -> frozenset[str]:
        return frozenset()


class SimShelf:
    """The page's archive."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk

    def keep(self, head: str, texts: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        if self.disk.random.random() < self.disk.full:
            raise OSError(ENOSPC, "No space left on device")
        there = self.disk.archive
        new = [text for text, parts in texts if not all(part in there for part in parts)]
        if new:
            self.disk.archive += ("" if there else head) + "".join(new)
            self.disk.step("shelf.kept")


class SimVersions(Versions):
    """Versions of the page that were seen, in the order in which they were."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk

    def keep(self, data: bytes, time: float, kind: Kind = Kind.SEEN) -> str:
        self.disk.moment("version.keep")
        name = f"{len(self.disk.kept):015d}-{sha256(data).hexdigest()[:16]}-{kind}.z"
        self.disk.kept.append(Kept(name, time, data, kind))
        self.disk.step("version.kept")
        return name

    def all(self) -> Iterator[Kept]:
        return reversed(self.disk.kept)

    def get(self, name: str) -> Kept | None:
        return next((k for k in self.disk.kept if k.name == name), None)
