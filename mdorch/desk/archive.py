"""What leaves the page for its archive: by the daemon's own upkeep, or because `mdorch archive` was typed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from mdorch.board.edits import CannotWrite
from mdorch.board.leaving import HEAD, Leaving, leaving_block, leaving_rows, without
from mdorch.board.read import Reading, read
from mdorch.board.status import Status
from mdorch.config.errors import FAILED, Trouble
from mdorch.desk.find import NOT_SO, find_task
from mdorch.desk.halt import wake
from mdorch.desk.look import facts_of
from mdorch.desk.propose import COMMANDED, TRIES, refuse_conflict
from mdorch.desk.site import Site
from mdorch.facts import Facts, RunState
from mdorch.frozen import Frozen
from mdorch.plan.draft import stamp
from mdorch.plan.upkeep import may_leave, surplus
from mdorch.world.errors import PageError, Stale
from mdorch.world.journal import Journal
from mdorch.world.redo import digest
from mdorch.world.shelf import Shelf


class Moved(Frozen):
    """What went: ids of rows, and of the tasks of the handoffs; `busy`: rows that stay until their run is
    over."""

    tasks: tuple[str, ...]
    handoffs: tuple[str, ...]
    busy: tuple[str, ...]


def shelve(site: Site, reading: Reading, leaving: Sequence[Leaving]) -> bytes:
    """Put what leaves into the archive, durably; gives the page without it. Raises CannotWrite, OSError."""
    new = without(reading, leaving)
    Shelf(site.archive).keep(HEAD.format(name=site.page.name), [(one.text, one.parts) for one in leaving])
    return new


class _Move(Frozen):
    """What goes from one version of the page, and what of it is told."""

    leaving: tuple[Leaving, ...]
    notes: tuple[tuple[str, str], ...]  # task, what the history says of it
    moved: Moved

    def is_like(self, other: _Move) -> bool:
        """Whether the same leaves, wherever it stands."""
        return self.moved == other.moved and [one.text for one in self.leaving] == [
            one.text for one in other.leaving
        ]


def archive(site: Site, tasks: Sequence[str], now: float) -> Moved:
    """Archive complete rows, all of them or those that are named, and the handoffs that nothing open needs.

    Raises Trouble: a named task is not complete, or the page or the archive cannot be written.
    """
    with closing(Journal.open(site.dot, check=False)) as journal:
        mover = _Mover(site, journal, tasks, now)
        for _ in range(TRIES):
            try:
                return mover.attempt()
            except Stale:
                continue
            except CannotWrite as error:
                raise Trouble(error.problem.message, error.problem.hint, FAILED) from None
            except PageError as error:
                raise Trouble(str(error), exit_code=FAILED) from None
            except OSError as error:
                raise Trouble(f"{site.archive}: {error.strerror or error}", exit_code=FAILED) from None
    raise Trouble(f"{site.page} is saved all the time: gave up after {TRIES} tries", "try again", FAILED)


class _Mover:
    """For as many tries as it takes. `tasks` are those that are named, `now` is epoch seconds."""

    def __init__(self, site: Site, journal: Journal, tasks: Sequence[str], now: float) -> None:
        self.site = site
        self.journal = journal
        self.page = site.page_file(journal)
        self.tasks = tasks
        self.now = now
        self._told: set[tuple[str, str]] = set()

    def attempt(self) -> Moved:
        """One try. Raises Stale, CannotWrite, PageError, OSError, Trouble."""
        version = self.page.read()
        facts = facts_of(self.site, self.journal, self.now)
        reading, move = self._move(version.data, facts)
        new = shelve(self.site, reading, move.leaving)
        if new != version.data:
            self._announce(move, new)
            self.page.replace(version.data, new, carry=lambda now: self._carried(move, now, facts))
            wake(self.site)
        return move.moved

    def _carried(self, move: _Move, now: bytes, facts: Facts) -> bytes | None:
        """The page that somebody saved meanwhile, without the same; None where something else leaves it:
        that is not in the archive yet."""
        try:
            reading, there = self._move(now, facts)
            new = without(reading, there.leaving) if there.is_like(move) else None
        except (CannotWrite, Trouble):
            return None
        if new is not None:
            with self.journal.loosely():
                self.journal.set(COMMANDED, digest(new))
        return new

    def _move(self, data: bytes, facts: Facts) -> tuple[Reading, _Move]:
        site, tasks = self.site, self.tasks
        reading = read(data, site.companions(), site.known_agents())
        refuse_conflict(site, reading)
        chosen, busy = _chosen(site, reading, tasks, facts)
        rows = leaving_rows(reading, chosen, stamp(self.now))
        blocks = [b for b in surplus(reading.board, facts, self.now) if not tasks or b.task in chosen]
        left = [(block.task, one) for block in blocks if (one := leaving_block(reading, block)) is not None]
        gone = {line for one in rows for line in one.lines}
        names = tuple(t.id for t in reading.board.tasks if t.line - 1 in gone)
        notes = [(name, f"its row went to {site.archive.name}") for name in names]
        notes += [(task, f"{one.what} went to {site.archive.name}") for task, one in left]
        moved = Moved(names, tuple(task for task, _ in left), busy)
        return reading, _Move((*rows, *(one for _, one in left)), tuple(notes), moved)

    def _announce(self, move: _Move, new: bytes) -> None:
        """In one commit; the history is told once, however many tries it takes."""
        with self.journal.batch():
            self.journal.set(COMMANDED, digest(new))
            for task, text in dict.fromkeys(move.notes):
                if (task, text) not in self._told:
                    self.journal.note(self.now, "archive", task, text=text)
            self._told.update(move.notes)


def _chosen(
    site: Site, reading: Reading, tasks: Sequence[str], facts: Facts
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Ids of the rows that go, and of those that a run keeps here."""
    board = reading.board
    named = [find_task(board, site.page, name) for name in tasks]
    for task in named:
        if task.status is not Status.COMPLETE:
            hint = f"mdorch why {task.id}"
            raise Trouble(f"{task.id} is {task.status.value.replace('_', ' ')}, not complete", hint, NOT_SO)
    at_work = {run.task for run in facts.runs if run.state is not RunState.FOLDED}
    free = [task.id for task in named or board.tasks if may_leave(task)]
    return frozenset(free) - at_work, tuple(name for name in free if name in at_work)
