"""Changing things: every command's wish goes through the one door, as a careful hand edit would.

The wish is announced in the journal before the page is written, so that the daemon knows the change for
a command's and does not let the row settle. Somebody saving meanwhile is no error: the wish is made
again on what they saved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing

from mdorch.board.board import Board
from mdorch.board.edits import CannotWrite, edit
from mdorch.board.read import Reading, read
from mdorch.board.status import Status
from mdorch.board.wishes import AppendTask, SetCell, Wish
from mdorch.config.errors import FAILED, Trouble
from mdorch.desk.site import Site
from mdorch.world.errors import PageError, Stale
from mdorch.world.journal import Journal

TRIES = 100

Propose = Callable[[Board], Sequence[Wish]]


def propose(site: Site, make: Propose, now: float, cause: str = "command") -> Board:
    """Carry out the wishes that `make` answers for the page as it is. Gives the board that came of it.

    Raises Trouble: the page is held, cannot be written, or a wish cannot be carried out.
    """
    with closing(Journal.open(site.dot, check=False)) as journal:
        for _ in range(TRIES):
            board = _try(site, journal, make, now, cause)
            if board is not None:
                return board
    raise Trouble(
        f"{site.page} is being saved all the time: gave up after {TRIES} tries", "try again", FAILED
    )


def _try(site: Site, journal: Journal, make: Propose, now: float, cause: str) -> Board | None:
    """One try; None where somebody saved meanwhile."""
    door = site.page_file(journal)
    try:
        version = door.read()
        reading = read(version.data, site.companions(), site.known_agents())
        _refuse_conflict(site, reading)
        wishes = list(make(reading.board))
        new = edit(reading, wishes)
        if new != version.data:
            _announce(journal, wishes, reading.board, now, cause)
            door.replace(version.data, new)
    except Stale:
        return None
    except CannotWrite as error:
        problem = error.problem
        where = f"{site.page}:{problem.line}:{problem.column}: " if problem.line else ""
        raise Trouble(where + problem.message, problem.hint, FAILED) from None
    except PageError as error:
        raise Trouble(str(error), exit_code=FAILED) from None
    return read(new, site.companions(), site.known_agents()).board


def _refuse_conflict(site: Site, reading: Reading) -> None:
    line = reading.board.conflict_line
    if line:
        raise Trouble(f"{site.page}:{line}:1: the page has conflict markers", "resolve them first", FAILED)


def _announce(journal: Journal, wishes: Sequence[Wish], board: Board, now: float, cause: str) -> None:
    with journal.batch():
        for wish in wishes:
            if isinstance(wish, SetCell):
                journal.wish(now, wish.task, wish.role, str(wish.value))
                journal.note(now, cause, wish.task, text=f"{wish.role} → {_shown(wish.value)}")
            elif isinstance(wish, AppendTask):
                journal.wish(now, wish.id, "title", wish.title)
                journal.note(now, cause, wish.id, text=f"added: {wish.title}")


def _shown(value: str | Status) -> str:
    return value.value.replace("_", " ") if isinstance(value, Status) else value


def own_run(environ: Mapping[str, str]) -> tuple[str, str]:
    """(run id, task id) of the run that this process belongs to; empty outside of one."""
    return environ.get("MDORCH_RUN", ""), environ.get("MDORCH_TASK", "")


def rail(environ: Mapping[str, str], what: str, task: str = "") -> None:
    """Inside a run only its own handoff, question and notes may be written. Raises Trouble (exit 3)."""
    run, own = own_run(environ)
    if run and not (task and task == own):
        hint = f"a run may write the handoff and the notes of its own task, {own}"
        raise Trouble(f"{what} is not for agents (this is run {run})", hint, FAILED)
