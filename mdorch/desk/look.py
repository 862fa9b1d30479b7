"""One look: the page as a board, what is known of its runs, and the plan that follows.

Every front and the daemon's own `plan` go through here, so that all of them say the same. A look
changes nothing. What the parser made of a page is kept in `.mdorch/` under a hash of all that it was
made from; a look at an unchanged page therefore imports no parser at all.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mdorch import __version__
from mdorch.board import store
from mdorch.board.board import Board
from mdorch.board.policy import Policy
from mdorch.config.errors import Trouble
from mdorch.config.load import load
from mdorch.desk.disputes import disputes
from mdorch.desk.folders import after
from mdorch.desk.money import spent_today
from mdorch.desk.site import Site
from mdorch.desk.strays import strays_of
from mdorch.desk.touched import touched
from mdorch.desk.trees import left_by, missing_by
from mdorch.facts import Duration, Facts, Run, RunState
from mdorch.frozen import replace
from mdorch.plan.actions import Plan
from mdorch.plan.advance import STARTABLE, Outcome
from mdorch.plan.memo import Memo
from mdorch.plan.plan import plan

if TYPE_CHECKING:
    from mdorch.board.read import Reading
    from mdorch.world.agents.events import Account
    from mdorch.world.journal import Journal

CACHE = "board.json"
CLEARED = "cleared"  # in the journal: when a person last said that agent programs may try again
MET = "met"  # in the journal: when the page was looked at first
FINISHED = (Outcome.COMPLETE, Outcome.IN_REVIEW, Outcome.HANDED_ON)
REMEMBERED = 1000  # runs, the newest ones, that durations are taken from
HOUR = 3600.0


@dataclass(frozen=True)
class Look:
    """`now` and all times are epoch seconds."""

    site: Site
    data: bytes
    board: Board
    facts: Facts
    policy: Policy
    plan: Plan
    now: float
    strays: tuple[Run, ...] = ()  # of the runs, those that are alive and not in the journal

    def silent_for(self, run: Run) -> float | None:
        """For how many seconds a run at work has written nothing; None for one that is not at work."""
        if run.state is not RunState.STARTED:
            return None
        return max(0.0, self.now - max(self.last_output(run), run.started or run.claimed))

    def account(self, run: Run) -> Account | None:
        """What a run at work has printed so far comes to; None for one that is not at work."""
        if run.state is not RunState.STARTED:
            return None
        from mdorch.world.runs import Runs

        return Runs(self.site.dot).account(run.id)

    def last_output(self, run: Run) -> float:
        """When the run last wrote anything, in epoch seconds; 0.0 when it never did."""
        from mdorch.world.runs import Runs

        return Runs(self.site.dot).last_output(run.id)


class Kept:
    """What one who looks again and again has left from the last look. Belongs to one caller and one page."""

    def __init__(self) -> None:
        self.key = b""
        self.board = Board()
        self.reading: Reading | None = None
        self.memo = Memo()


def look(site: Site, now: float, keep: bool = True, kept: Kept | None = None) -> Look:
    """Look once. Raises PageError where the page cannot be read.

    `keep`: what the parser made of the page is kept beside it, for the next look.
    """
    version = site.page_file().read()
    board = board_of(site, version.data, keep, kept)
    known = known_of(site, board, now, max(0.0, now - version.mtime))
    return looked(site, version.data, board, known, now, kept.memo if kept else None)


Known = tuple[Facts, tuple[Run, ...]]  # the facts, and those of their runs that the journal does not know


def known_of(site: Site, board: Board, now: float, quiet: float) -> Known:
    """What is known besides the page, which nobody has changed for `quiet` seconds."""
    with peeked(site) as journal:
        facts = facts_of(site, journal, now)
        unknown = tuple(strays_of(site, journal, board, facts.runs))
    return replace(facts, quiet=quiet, runs=(*facts.runs, *unknown)), unknown


def looked(site: Site, data: bytes, board: Board, known: Known, now: float, memo: Memo | None = None) -> Look:
    """The look at a page with these bytes, wherever they are from."""
    facts, unknown = known
    facts = replace(facts, missing=missing_by(site, board, facts.runs, facts.left))
    policy = policy_of(site, board)
    return Look(site, data, board, facts, policy, plan(board, facts, policy, now, memo), now, unknown)


@contextmanager
def peeked(site: Site) -> Iterator[Journal | None]:
    """The journal for reading, None where there is none yet."""
    if not site.has_journal:
        yield None
        return
    from mdorch.world.journal import Journal

    journal = Journal.peek(site.dot)
    try:
        yield journal
    finally:
        if journal is not None:
            journal.close()


def policy_of(site: Site, board: Board) -> Policy:
    named = {name for task in board.tasks if task.status in STARTABLE for name in task.agents}
    policy = site.settings.policy(board.policy)
    return replace(
        policy, known=site.known_agents(), broken=site.broken_personas(named), treeless=site.treeless
    )


def board_of(site: Site, data: bytes, keep: bool = True, kept: Kept | None = None) -> Board:
    """The board of these bytes, from the cache where it fits."""
    companions = site.companions()
    known = site.known_agents()
    key = _key(data, companions, known)
    if kept is not None and kept.key == key:
        return kept.board
    before = kept.reading if kept else None
    board = _cached(site.dot / CACHE, key) if before is None else None
    if board is None:
        from mdorch.board.read import read

        reading = read(data, companions, known, before)
        board, before = reading.board, reading
        if keep:
            _keep(site, key, board)
    if kept is not None:
        kept.key, kept.board, kept.reading = key, board, before
    return board


def _key(data: bytes, companions: Iterable[tuple[str, bytes]], known: frozenset[str]) -> bytes:
    made_from = hashlib.sha256(f"{__version__} {store.FORMAT}\n".encode())
    for part in (
        data,
        *(p for name, text in companions for p in (name.encode(), text)),
        *map(str.encode, sorted(known)),
    ):
        made_from.update(hashlib.sha256(part).digest())
    return made_from.hexdigest().encode()


def _cached(path: Path, key: bytes) -> Board | None:
    try:
        found = path.read_bytes()
    except OSError:
        return None
    head, _, body = found.partition(b"\n")
    if head != _head(key, body):
        return None
    try:
        return store.load(body)
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def _head(key: bytes, body: bytes) -> bytes:
    """What the record was made from, and that it is whole."""
    return key + b" " + hashlib.sha256(body).hexdigest().encode()


def _keep(site: Site, key: bytes, board: Board) -> None:
    """Best effort: a folder that cannot be written costs speed, not answers."""
    dot = site.dot
    try:
        if not dot.is_dir():
            dot.mkdir()
            load(site.settings.source, dot)  # read before there was a place to keep it
        ignore = dot / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="ascii")
        draft = dot / f"{CACHE}.{os.getpid()}"
        body = store.dump(board)
        draft.write_bytes(_head(key, body) + b"\n" + body)
        draft.replace(dot / CACHE)
    except (OSError, Trouble):
        pass


def facts_of(site: Site, journal: Journal | None, now: float) -> Facts:
    """What is known without the daemon. Runs that ended since it last looked count as ended."""
    paused = pause_reason(site)
    if journal is None:
        return Facts(paused=paused)
    seen = journal.seen()
    cleared = float(journal.get(CLEARED, "0"))
    spent = spent_today(journal, now, cleared)
    polled = observed(site, journal.current_runs())
    return Facts(
        runs=tuple(polled),
        seen=seen,
        launches=tuple(journal.launches(now - HOUR)),
        paused=paused,
        hold=journal.get("hold"),
        met=float(journal.get(MET, "0")),
        highest=journal.highest(),
        suffix=journal.suffix,
        cleared=cleared,
        spent=spent.usd,
        unpriced=spent.unpriced,
        dawn=spent.dawn,
        attached=_attached(site),
        disputes=disputes(journal),
        touched=touched(journal, now),
        left=left_by(site, polled),
        past=durations(journal),
    )


def _attached(site: Site) -> frozenset[str]:
    """Tasks whose session a person has open."""
    if not os.path.isdir(site.dot / "attached"):
        return frozenset()
    from mdorch.world.attached import attached

    return attached(site.dot)


def durations(journal: Journal) -> tuple[Duration, ...]:
    """The durations of the runs that completed their tasks, oldest first."""
    return tuple(Duration(*found) for found in journal.lasted(FINISHED, REMEMBERED))


def pause_reason(site: Site) -> str:
    """Why nothing new may start: the words in `.mdorch/PAUSE`, "" where there is no such file."""
    try:
        text = site.pause_file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
    return text.splitlines()[0][:200] if text else "by .mdorch/PAUSE"


def observed(site: Site, runs: Sequence[Run]) -> list[Run]:
    """The journal's runs with what their folders say by now. A folder is believed over the journal:
    it is made before anything starts, and its `exit.json` appears at once or not at all."""
    if not any(run.live for run in runs):
        return list(runs)
    from mdorch.world.runs import Runs

    folders = Runs(site.dot)
    return [after(run, folders.poll(run.id)) if run.live else run for run in runs]
