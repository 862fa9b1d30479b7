"""What survives a crash: the page, the journal's database, run folders and the processes behind them.

Every effect of the daemon goes through `step`, before and after it happens. There the world may turn: a
person saves, a process writes or ends, or the daemon dies (`Crash`, which nothing in it catches). Steps are
the program's own crash points, by their names.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from random import Random

from mdorch.facts import Run, RunState
from mdorch.world.exits import Exit
from mdorch.world.journal import Journal
from mdorch.world.runspec import RunSpec
from mdorch.world.schema import STEPS
from mdorch.world.version import Version
from mdorch.world.versions import Kept
from tests.daemon.simulation.text import Model, rows_of, understood

START = 1_700_000_000.0
LEASE, EXCHANGE = ("page.leased", "page.written"), ("exchange.drafted", "exchange.swapped")


class Crash(BaseException):
    """The daemon is killed here: no handler runs, nothing is tidied up."""


class Broken(AssertionError):
    """Something that must always hold does not."""


def need(holds: bool, text: str) -> None:
    if not holds:
        raise Broken(text)


@dataclass
class Process:
    """A shim and its agent. `todo` is what it will still write, each with the time at which it is due."""

    run: str
    task: str
    agent: str
    group: str
    began: float
    todo: list[tuple[float, str, str]]
    ends: float
    how: str  # exit 0, exit 1, signal, timeout, lost
    said: list[tuple[str, str]] = field(default_factory=list)  # (to, status) of each handoff
    stop: str = ""
    exit: Exit | None = None
    lost: bool = False
    renamed: bool = False
    wrote_row: bool = False
    files: str = ""  # what its row said of files when it began

    @property
    def alive(self) -> bool:
        return self.exit is None and not self.lost


@dataclass
class Folder:
    """A run's folder; without a process it was made and never begun."""

    spec: RunSpec
    process: Process | None = None


@dataclass(frozen=True)
class Saved:
    """One version of the page: what it was, what it should have been, who saved it, and when."""

    data: bytes
    model: Model
    by: str
    time: float = START


class Disk:
    """`base` is the index of the version that the daemon last read or wrote, `read` of the one last read, or
    carried over to, `looked` of the one that its pass began with."""

    def __init__(self, seed: int, model: Model) -> None:
        self.random = Random(seed)
        self.now = START
        self.trace: list[str] = []
        self.turn: Callable[[str], None] = lambda _: None
        self.crash = self.shim_crash = 0.0  # how often the daemon dies at a step, a shim at one of its own
        self.doomed = ""  # the point at which they always do, while they may at all
        self.crashed: set[str] = set()  # the points at which one of them did
        self.way = LEASE  # the names of the points before and after a write
        self.versions: list[Saved] = []
        self.mtime = START - 3600.0
        self.base = self.read = self.looked = 0
        self.folders: dict[str, Folder] = {}
        self.kept: list[Kept] = []
        self.orphans: list[Process] = []  # at work, though somebody deleted their folders
        self.cleared: list[Process] = []  # over long since: their folders were taken away
        self.claims_before: set[str] = set()  # runs that were unfolded when this daemon came up
        self.folds_before: set[str] = set()  # those of them whose folds had been begun
        self.renamed: dict[str, str] = {}  # task → its new id
        self.typed: dict[str, float] = {}  # task → when anybody but the daemon last typed its status
        self.paused = False
        self.clumsy = False  # most runs fail
        self.old_buffers = False  # somebody saved one: agent rows and marks may be anywhere
        self.repairing = False  # the daemon is putting back what an old buffer undid
        self.deleted = 0.0  # when the journal was deleted last
        self.early: set[str] = set()  # the runs that had begun by then
        self.forgotten = False  # the journal was deleted while results were still to be folded
        self.listeners: list[Callable[[str, object], None]] = []
        self.tags = 0
        self.busy, self.full = 0.003, 0.01  # how often the page cannot be had, or a run's folder not made
        self.database = new_database()
        self.made_anew = False
        self.archive = ""
        self.versions.append(Saved(model.render().encode(), model, "init"))

    # -- the page ------------------------------------------------------------------------------------

    @property
    def page(self) -> bytes:
        return self.versions[-1].data

    @property
    def model(self) -> Model:
        return self.versions[-1].model

    def save(self, data: bytes, model: Model, by: str) -> None:
        if by != "daemon":
            model = self._untouched(data, model)
        self.versions.append(Saved(data, model, by, self.now))
        self.mtime = self.now
        self.log(f"{by} saved version {len(self.versions) - 1}")

    def _untouched(self, data: bytes, model: Model) -> Model:
        """The model with rows that read as the daemon last read or left them touched when those were: what
        somebody typed, and took back before it looked, it cannot know."""
        base, touched = self.versions[self.base], dict(model.touched)
        there = set(base.data.decode().splitlines())
        for row in rows_of(data.decode(), model.style) if touched else ():
            task = row.get("id", "")
            if row["line"] in there and touched.get(task) != base.model.touched.get(task):
                touched.pop(task, None)
                if task in base.model.touched:
                    touched[task] = base.model.touched[task]
        return replace(model, touched=touched)

    def understand(self, text: str) -> Model:
        """The model of a repaired page. A row that reads as it did before was last touched when it was; one
        as the daemon would have left it, if nobody had saved meanwhile, or with cells that the daemon put
        back, when it was in what was saved."""
        style = self.model.style
        model = understood(text, self.model)
        touched: dict[str, float] = {}
        for row in rows_of(text, style):
            task = row.get("id", "")
            earlier = (v for v in reversed(self.versions) if row["line"] in v.data.decode().splitlines())
            found = next(earlier, None)
            ours = found is None and any(row["line"] in k.data.decode().splitlines() for k in self.kept)
            saved = self.versions[self.looked].model.touched.get(task, None if ours else self.now)
            when = found.model.touched.get(task) if found else saved
            if when is not None:
                touched[task] = when
        return replace(model, touched=touched)

    def version(self) -> Version:
        return Version(self.page, sha256(self.page).hexdigest(), self.mtime, 1)

    # -- processes -----------------------------------------------------------------------------------

    @property
    def processes(self) -> list[Process]:
        return [*(f.process for f in self.folders.values() if f.process), *self.orphans, *self.cleared]

    def alive(self) -> list[Process]:
        return [p for p in self.processes if p.alive]

    # -- time and chance -----------------------------------------------------------------------------

    def tag(self) -> str:
        """Something that nobody has typed before."""
        self.tags += 1
        return f"e{self.tags}"

    def step(self, name: str) -> None:
        """A point in the life of the daemon: it may die here, and the world may turn."""
        self.die(name)
        self.turn(name)

    def moment(self, name: str) -> None:
        """Nothing happens to the disk here; but the world may turn."""
        self.turn(name)

    def die(self, name: str) -> None:
        if self.crash and (name == self.doomed or self.random.random() < self.crash):
            self.crashed.add(name)
            raise Crash(name)

    def shim_dies(self, run: str, *names: str) -> bool:
        """Whether the keeper of this run is killed at one of these points of its life."""
        for name in names if self.shim_crash else ():
            if name != self.doomed and self.random.random() >= self.shim_crash:
                continue
            self.crashed.add(name)
            self.log(f"the shim of {run} is killed at {name}")
            return True
        return False

    def log(self, text: str) -> None:
        self.trace.append(f"{self.now - START:8.2f}  {text}")

    def tell(self, what: str, about: object) -> None:
        for listener in self.listeners:
            listener(what, about)


def new_database() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    for step in STEPS:
        database.executescript(step)
    return database


class SimJournal(Journal):
    """The real journal on a database in memory, with a step on either side of each commit."""

    def __init__(self, disk: Disk) -> None:
        super().__init__(disk.database, disk.made_anew)
        self.disk = disk
        disk.made_anew = False

    @contextmanager
    def batch(self) -> Iterator[None]:
        if self._depth:
            yield
            return
        with super().batch():
            yield
            self.disk.step("journal.commit")
        self.disk.step("journal.committed")

    def claim(self, run: Run) -> None:
        super().claim(run)
        self.disk.tell("claim", run)

    def update(self, run_id: str, **fields: object) -> None:
        if fields.get("state") is RunState.FOLDED:
            run = self.run(run_id)
            self.disk.tell("fold", (run, fields.get("outcome", run.outcome if run else "")))
        super().update(run_id, **fields)

    def done(self, record: int) -> None:
        self.disk.step("journal.done")
        super().done(record)
