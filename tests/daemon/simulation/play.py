"""One board, from its seed to its end: daemons that live and die, people that come and go, then rest."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from random import Random
from unittest.mock import patch

from mdorch.config.settings import AgentSpec, Settings
from mdorch.daemon import act, clerk
from mdorch.daemon.events import Event
from mdorch.daemon.loop import Daemon
from mdorch.daemon.options import Options
from mdorch.desk import archive
from mdorch.world.journal import Journal
from mdorch.world.version import Version
from tests.daemon.simulation.disk import EXCHANGE, LEASE, Broken, Crash, Disk, SimJournal, need, new_database
from tests.daemon.simulation.doors import PAGE, SimDoors, SimShelf, SimSite
from tests.daemon.simulation.judge import Judge
from tests.daemon.simulation.people import FILES, GROUPS, NEEDS, People
from tests.daemon.simulation.rest import Rest
from tests.daemon.simulation.text import COLUMNS, Model, Row, Style
from tests.daemon.simulation.work import AGENTS, advance, due

SPINS = 80  # passes in a row that all find something to do
OFTEN = 6  # times as often somebody saves while a write of the daemon is under way
PATIENCE = 600  # rounds until a world without events must be at rest


@dataclass
class Odds:
    """How often things happen, per step of the daemon."""

    crash: float
    person: float
    work: float
    shim: float  # per point in the life of a shim


class Play:
    """Raises Broken, with the seed and the story, if anything that must hold does not."""

    def __init__(self, seed: int, crowded: bool = False) -> None:
        """`crowded`: people save three times as often."""
        self.seed = seed
        random = Random(seed)
        self.settings = _settings(random)
        self.disk = Disk(seed, _model(random))
        self.odds = Odds(
            random.choice((0.0, 0.01, 0.03)),
            random.choice((0.0, 0.01, 0.03) if not crowded else (0.0, 0.02, 0.1)),
            random.choice((0.0, 0.05)),
            random.choice((0.0, 0.0, 0.02)),
        )
        self.disk.clumsy = random.random() < 0.4
        self.disk.way = random.choice((LEASE, LEASE, EXCHANGE))
        self.lives = random.choice((1, 2, 2, 3))
        self.judge = Judge(self.disk, self.settings)
        self.people = People(self.disk)
        self.site = SimSite(PAGE, self.settings).on(self.disk)

    def run(self) -> None:
        try:
            with self._in_this_world():
                for _ in range(self.lives):
                    self._life()
                    self._between()
                self._rest()
        except Exception as error:
            story = "\n".join(self.disk.trace[-60:])
            page = self.disk.page.decode()
            raise Broken(f"seed {self.seed}: {type(error).__name__}: {error}\n\n{story}\n\n{page}") from error

    @contextmanager
    def _in_this_world(self) -> Iterator[None]:
        """What is no door: the daemon's own crash points, and the page's archive."""
        with ExitStack() as stack:
            for module in (act, clerk):
                stack.enter_context(patch.object(module, "crash_point", self.disk.step))
            for module in (clerk, archive):
                stack.enter_context(patch.object(module, "Shelf", lambda _: SimShelf(self.disk)))
            yield

    # -- lives ---------------------------------------------------------------------------------------

    def _daemon(self) -> Daemon:
        disk = self.disk
        daemon = Daemon(self.site, Options(), self._told, {}, SimDoors(self.site, disk))
        with daemon.bell:
            pass  # its descriptors are not needed here
        disk.log("a daemon comes up")
        journal = SimJournal(disk)
        unfolded = journal.runs(unfolded=True)
        disk.claims_before = {r.id for r in unfolded}
        disk.folds_before = {r.id for r in unfolded if r.outcome}
        daemon.set_up(journal, daemon.bell)
        repaired = daemon.work._repaired

        def repairing(version: Version) -> bool:
            disk.repairing = True
            try:
                return repaired(version)
            finally:
                disk.repairing = False

        daemon.work._repaired = repairing  # type: ignore[method-assign]
        return daemon

    def _told(self, event: Event) -> None:
        self.disk.log(f"    {event.kind}: {event.run or event.task} {event.text}")

    def _life(self) -> None:
        self.disk.turn, self.disk.crash, self.disk.shim_crash = self._turn, self.odds.crash, self.odds.shim
        try:
            daemon = self._daemon()
            for _ in range(self.disk.random.randint(2, 12)):
                self._passes(daemon)
                if self.disk.random.random() < 0.6:
                    self.people.act(calm=True)
                self._wait(daemon)
        except Crash as crash:
            self.disk.log(f"the daemon is killed at {crash}")
        finally:
            self.disk.turn, self.disk.crash = (lambda _: None), 0.0

    def _turn(self, name: str) -> None:
        """What else happens in the world at this step of the daemon."""
        chance = self.disk.random.random()
        person = self.odds.person * (OFTEN if name == "page.recorded" else 1)
        if chance < person:
            self.people.act(calm=False)
        elif chance < person + self.odds.work and self.disk.alive():
            advance(self.disk, self.disk.random.choice(self.disk.alive()))

    def _passes(self, daemon: Daemon) -> None:
        for _ in range(SPINS):
            if not daemon.work.one_pass():
                return
        raise Broken(f"{SPINS} passes, and there is still something to do: {daemon.work.plan.actions}")

    def _wait(self, daemon: Daemon) -> None:
        """Time goes on, to the next thing that will happen or a little."""
        times = [t for t, _ in due(self.disk)] + [self.disk.now + self.disk.random.random() * 4]
        wake = daemon.work.wake()
        if wake is not None:
            times.append(wake)
        self._go_to(self.disk.random.choice(times))

    def _go_to(self, when: float) -> None:
        while (coming := due(self.disk)) and coming[0][0] <= when:
            self.disk.now = max(self.disk.now, coming[0][0])
            advance(self.disk, coming[0][1])
        self.disk.now = max(self.disk.now, when)

    def _between(self) -> None:
        """No daemon is up: people work on, and somebody may tidy up."""
        random = self.disk.random
        for _ in range(random.choice((0, 0, 1, 2))):
            self.people.act(calm=True)
            self._go_to(self.disk.now + random.random() * 10)
        if not self.disk.alive() and random.random() < 0.15:
            self._delete(everything=random.random() < 0.3)

    def _delete(self, everything: bool) -> None:
        disk = self.disk
        disk.deleted = disk.now
        disk.forgotten = disk.forgotten or bool(Journal(disk.database).runs(unfolded=True))
        disk.log("all of .mdorch is deleted" if everything else "the journal is deleted")
        disk.database = new_database()
        self.judge.forget_journal()
        if everything:
            disk.folders.clear()
            disk.kept.clear()
            disk.orphans.clear()
            disk.cleared.clear()
            self.judge.forget()
        elif disk.folders or disk.cleared:
            suffix = Random(disk.random.random()).randbytes(3).hex()
            disk.database.execute("INSERT INTO meta VALUES ('suffix', ?)", (suffix,))
            disk.made_anew = True
        disk.early = {process.run for process in disk.processes}

    # -- rest ----------------------------------------------------------------------------------------

    def _rest(self) -> None:
        """Nothing new happens any more: all that was begun must end, and then nothing may move."""
        disk = self.disk
        self.people.settle_down()
        disk.busy = disk.full = disk.shim_crash = 0.0
        disk.log("everybody goes home")
        daemon = self._daemon()
        for _ in range(PATIENCE):
            self._passes(daemon)
            if daemon.work.hold:
                daemon.work.journal.set("accepted", disk.version().digest)  # as `mdorch resume` does
                continue
            wake = daemon.work.wake()
            coming = [t for t, _ in due(disk)] + [t for t in (wake,) if t is not None]
            if not coming and daemon.work.idle():
                break
            self._go_to(max(disk.now + 0.01, min(coming, default=disk.now + 1.0)))
        else:
            raise Broken(f"never at rest: {daemon.work.plan}")
        before, changes = len(disk.versions), disk.database.total_changes
        need(not daemon.work.one_pass() and not daemon.work.plan.actions, "a quiet page gives actions")
        need(len(disk.versions) == before, "a pass over a quiet page writes it")
        need(disk.database.total_changes == changes, "a pass over a quiet page writes the journal")
        Rest(disk, self.settings).check()


def _settings(random: Random) -> Settings:
    strict = random.random() < 0.1
    spec = AgentSpec("default", ("agent",), "", 60.0, strict, resumes=strict)
    return Settings(
        agents={"default": spec},
        max_parallel=random.choice((1, 2, 3)),
        attempts=random.choice((1, 2, 2)),
        settle=random.choice((0.0, 2.0)),
        limits={"discovery": random.choice((1, 2)), "validation": 1},
        launches_per_hour=random.choice((3, 1000, 1000)),
        review=random.choice(((), (), ("T-2",))),
        launches_per_task=random.choice((6, 6, 3)),
        parallel_groups=random.choice((0, 0, 0, 1)),
        fix_tasks=random.random() < 0.6,
        auto_fix=random.random() < 0.6,
        completions=random.choice((None, 2, 5)),
        archive=random.random() < 0.7,
        keep_runs=random.choice((1, 2, 1000)),
        archive_after=random.choice((0.0, 5.0, 3600.0)),
    )


def _model(random: Random) -> Model:
    rare = {"agent": 0.85, "notes": 0.85, "group": 0.85, "files": 0.4}
    columns = [c for c in COLUMNS if random.random() < rare.get(c, 1.0)]
    style = Style(
        tuple(columns),
        random.choice(("\n", "\n", "\r\n")),
        random.random() < 0.85,
        random.random() < 0.7,
        random.random() < 0.5,
        random.random() < 0.4,
    )
    busy = random.random() < 0.5
    rows = [_row(random, n + 1, style, busy) for n in range(random.choice((1, 2, 2, 3, 3, 5)))]
    return Model(style, tuple(rows))


def _row(random: Random, number: int, style: Style, busy: bool) -> Row:
    """`busy`: most of the rows may start at once."""
    settled = () if busy else ("✅ DONE", "On Hold", "In Progress")
    status = random.choice(("Waiting", "Waiting", "⏳ Todo", "Pending", "**Ready**", *settled))
    free = number == 1 or (busy and random.random() < 0.7)
    needs = "None" if free else random.choice(("None", *NEEDS, f"T-{number - 1}"))
    row = Row(
        f"T-{number}",
        f"task {number}",
        status,
        needs,
        random.choice(AGENTS if busy else (*AGENTS, "", "human")),
        "",
        random.choice(GROUPS[2:] if busy else GROUPS),
        random.choice(FILES),
    )
    return replace(row, **{c: getattr(Row("", ""), c) for c in COLUMNS if c not in style.columns})


def fresh_seed() -> int:
    return secrets.randbits(32)
