"""Changing things: every command's wish goes through the one door, as a careful hand edit would.

The wish is announced in the journal before the page is written, so that the daemon knows the change for
a command's and does not let the row settle. Somebody saving meanwhile is no error: the wish is carried over
to what they saved, and where they changed what it was made from, it is made again. On a page that is saved
two hundred times a second only the former gets through: it is done while nobody else can save.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

from mdorch.board.board import Board
from mdorch.board.changes import remember
from mdorch.board.edits import CannotWrite, edit
from mdorch.board.read import Reading, read
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.board.wishes import AddAnswer, AppendHandoff, SetCell, Wish
from mdorch.config.errors import FAILED, Trouble
from mdorch.desk.disputes import clear
from mdorch.desk.site import Site
from mdorch.frozen import Frozen
from mdorch.world.errors import PageError, Stale
from mdorch.world.journal import Journal
from mdorch.world.redo import digest

TRIES = 100
ROUND = "round"  # role of the announcement that a task begins a new round
COMMANDED = "commanded"  # in the journal: the digest of the page as the newest command wanted it


class Remark(Frozen):
    """Goes into the history alone; what is known before the page shows the change, the daemon cannot miss."""

    task: str
    kind: str
    text: str


class NewRound(Frozen):
    """Attempts and hops of the task count from zero, even where its row does not change."""

    task: str


Proposal = Wish | Remark | NewRound
Make = Callable[[Board], Sequence[Proposal]]


class Outdated(Trouble):
    """The page is not the one any more that somebody saw who wishes something of it. `digest` is of the page
    as it is (sha256, hexadecimal)."""

    def __init__(self, site: Site, digest: str) -> None:
        super().__init__(f"{site.shown} has changed since it was looked at", "look again", FAILED)
        self.digest = digest


def propose(site: Site, make: Make, now: float, cause: str = "command", seen: str = "") -> Board:
    """Carry out what `make` answers for the page as it is. Gives the board that came of it.

    `seen`: only on the page with this digest (sha256, hexadecimal): what is wished for was made from what a
    screen showed. Raises Trouble: the page has conflict markers, cannot be written, is another one than was
    seen (Outdated), or a wish cannot be carried out.
    """
    with closing(Journal.open(site.dot, check=False)) as journal:
        door = _Door(site, journal, now, cause, seen)
        for _ in range(TRIES):
            board = door.attempt(make)
            if board is not None:
                return board
    raise Trouble(f"{site.page} is saved all the time: gave up after {TRIES} tries", "try again", FAILED)


class _Draft(Frozen):
    """What is proposed for a page, and what comes of it. `old` is what the cells said that it sets."""

    proposals: tuple[Proposal, ...]
    before: Board
    old: tuple[str, ...]
    after: Board
    new: bytes

    @property
    def fresh(self) -> list[Task]:
        """Rows that are added."""
        known = {t.id for t in self.before.tasks}
        return [t for t in self.after.tasks if t.id not in known]

    def is_like(self, other: _Draft) -> bool:
        """Whether it says the same about the same."""
        same = self.proposals == other.proposals and self.old == other.old
        return same and [t.id for t in self.fresh] == [t.id for t in other.fresh]


class _Door:
    """Page and journal, for as many tries as one proposal takes."""

    def __init__(self, site: Site, journal: Journal, now: float, cause: str, seen: str) -> None:
        self.site = site
        self.seen = seen
        self.journal = journal
        self.page = site.page_file(journal)
        self.now = now
        self.cause = cause
        self._said: set[tuple[str, str, str]] = set()

    def attempt(self, make: Make) -> Board | None:
        """One try; None where somebody saved meanwhile."""
        try:
            version = self.page.read()
            if self.seen not in ("", version.digest):
                raise Outdated(self.site, version.digest)
            draft = self._draft(make, version.data)
            self._announce(draft)
            if draft.new != version.data:
                self.page.replace(version.data, draft.new, carry=lambda now: self._carried(make, draft, now))
        except Stale:
            return None
        except CannotWrite as error:
            problem = error.problem
            where = f"{self.site.page}:{problem.line}:{problem.column}: " if problem.line else ""
            raise Trouble(where + problem.message, problem.hint, FAILED) from None
        except PageError as error:
            raise Trouble(str(error), exit_code=FAILED) from None
        return draft.after

    def _draft(self, make: Make, data: bytes) -> _Draft:
        reading = self._read(data)
        refuse_conflict(self.site, reading)
        proposals = tuple(make(reading.board))
        new = edit(reading, [p for p in proposals if not isinstance(p, Remark | NewRound)])
        cells = [p for p in proposals if isinstance(p, SetCell)]
        old = tuple(remember(row).get(p.role, "") for p in cells for row in reading.board.rows_of(p.task))
        return _Draft(proposals, reading.board, old, self._read(new).board, new)

    def _carried(self, make: Make, draft: _Draft, now: bytes) -> bytes | None:
        """The same on a page that somebody saved meanwhile; None where it must be made again."""
        if self.seen:
            return None
        try:
            carried = self._draft(make, now)
        except (CannotWrite, Trouble):
            return None
        if not carried.is_like(draft):
            return None
        with self.journal.loosely():
            self.journal.set(COMMANDED, digest(carried.new))
        return carried.new

    def _read(self, data: bytes) -> Reading:
        return read(data, self.site.companions(), self.site.known_agents())

    def _announce(self, draft: _Draft) -> None:
        """In one commit. Wishes are announced for every try, the history is told once.

        What was asked for is no old buffer, whatever it undoes, and decides what was in dispute.
        """
        with self.journal.batch():
            self.journal.set(COMMANDED, digest(draft.new))
            clear(self.journal, {(p.task, p.role) for p in draft.proposals if isinstance(p, SetCell)})
            for task in draft.fresh:
                self.journal.wish(self.now, task.id, "title", task.title)
                self._note(self.cause, task.id, f"added: {task.title}")
            for proposal in draft.proposals:
                match proposal:
                    case SetCell():
                        self.journal.wish(self.now, proposal.task, proposal.role, str(proposal.value))
                        self._note(self.cause, proposal.task, f"{proposal.role} → {_shown(proposal.value)}")
                    case NewRound():
                        self.journal.wish(self.now, proposal.task, ROUND, "new")
                    case Remark():
                        self._note(proposal.kind, proposal.task, proposal.text)
                    case AppendHandoff():
                        text = f"handoff {proposal.status}: {proposal.sender} → {proposal.to}"
                        self._note(self.cause, proposal.task, text)
                    case AddAnswer():
                        block = next((h for h in draft.before.handoffs if h.key == proposal.key), None)
                        self._note(self.cause, block.task if block else "", f"answer: {proposal.text}")
                    case _:
                        pass

    def _note(self, kind: str, task: str, text: str) -> None:
        if (kind, task, text) not in self._said:
            self._said.add((kind, task, text))
            self.journal.note(self.now, kind, task, text=text)


def refuse_another(site: Site, seen: str) -> None:
    """Raises Outdated where the page is another one than was `seen`; PageError where it cannot be read."""
    digest = site.page_file().read().digest if seen else ""
    if digest != seen:
        raise Outdated(site, digest)


def refuse_conflict(site: Site, reading: Reading) -> None:
    """Raises Trouble where the page has conflict markers."""
    line = reading.board.conflict_line
    if line:
        raise Trouble(f"{site.page}:{line}:1: the page has conflict markers", "resolve them first", FAILED)


def _shown(value: str | Status) -> str:
    return value.value.replace("_", " ") if isinstance(value, Status) else value
