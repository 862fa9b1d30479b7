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


def archive(site: Site, tasks: Sequence[str], now: float) -> Moved:
    """Archive complete rows, all of them or those that are named, and the handoffs that nothing open needs.

    Raises Trouble: a named task is not complete, or the page or the archive cannot be written.
    """
    with closing(Journal.open(site.dot, check=False)) as journal:
        for _ in range(TRIES):
            try:
                return _attempt(site, journal, tasks, now)
            except Stale:
                continue
            except CannotWrite as error:
                raise Trouble(error.problem.message, error.problem.hint, FAILED) from None
            except PageError as error:
                raise Trouble(str(error), exit_code=FAILED) from None
            except OSError as error:
                raise Trouble(f"{site.archive}: {error.strerror or error}", exit_code=FAILED) from None
    raise Trouble(f"{site.page} is saved all the time: gave up after {TRIES} tries", "try again", FAILED)


def _attempt(site: Site, journal: Journal, tasks: Sequence[str], now: float) -> Moved:
    page = site.page_file(journal)
    version = page.read()
    reading = read(version.data, site.companions(), site.known_agents())
    refuse_conflict(site, reading)
    facts = facts_of(site, journal, now)
    chosen, busy = _chosen(site, reading, tasks, facts)
    leaving = leaving_rows(reading, chosen, stamp(now))
    blocks = [block for block in surplus(reading.board, facts, now) if not tasks or block.task in chosen]
    moved = [(block.task, one) for block in blocks if (one := leaving_block(reading, block)) is not None]
    new = shelve(site, reading, [*leaving, *(one for _, one in moved)])
    gone = {line for one in leaving for line in one.lines}
    names = tuple(t.id for t in reading.board.tasks if t.line - 1 in gone)
    if new != version.data:
        with journal.batch():
            journal.set(COMMANDED, digest(new))
            for name in names:
                journal.note(now, "archive", name, text=f"its row went to {site.archive.name}")
            for task, one in moved:
                journal.note(now, "archive", task, text=f"{one.what} went to {site.archive.name}")
        page.replace(version.data, new)
        wake(site)
    return Moved(names, tuple(task for task, _ in moved), busy)


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
