"""When the page must not be acted upon: the improbable is held for a person, never believed.

A page that was emptied, that lost its queue or most of its rows, that is in the middle of a merge, is
far more often an accident than a wish. Holding costs a question; believing it costs work.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mdorch.board.board import Board
from mdorch.board.sections import TASKS
from mdorch.desk.site import Site
from mdorch.facts import Seen
from mdorch.page.diff import edits
from mdorch.plan.holds import FINISH, GONE, RESOLVE
from mdorch.world import git
from mdorch.world.journal import Journal
from mdorch.world.version import Version

GIT_PATIENCE = 10.0  # seconds
FEW = 3  # fewer rows than this may vanish unasked
_GIT_STATES = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
}


_MARK = "git_mark"  # in the journal: how far the reflog went when the page was last believed
_MOVED = "git wrote the page"


class Guard:
    """Remembers how far HEAD had moved when the page was last believed."""

    def __init__(self, site: Site, journal: Journal) -> None:
        self._site = site
        self._journal = journal
        self.hold = journal.get("hold")
        self._waited = ("", 0.0)  # for git: which page, since when
        self._moved_under = ""  # the page that stood there when HEAD was last seen to have moved

    def check(self, board: Board, seen: Mapping[str, Seen], version: Version, last: bytes | None) -> str:
        """Why the page is held, "" where it is not. `last` is how it was left or last believed."""
        mark, since = git.mark(self._site.git), self._journal.get(_MARK)
        accepted = self._journal.get("accepted") == version.digest
        if since not in ("", str(mark)):
            self._moved_under = version.digest
        hold = "" if accepted or version.data == last else self._moved(version, mark, since, last)
        if not accepted:
            hold = hold or doubt(board, seen, self._site.git)
        if hold != self.hold:
            self._journal.set("hold", hold)
            self.hold = hold
        if not hold and since != str(mark):
            self._journal.set(_MARK, str(mark))
        return hold

    def git_at_work(self, version: Version, last: bytes | None, now: float) -> bool:
        """Whether git may be about to say that it wrote this page: then look again in a moment.

        It is waited for once, and not for long, with each new page, and no longer than until HEAD moves.
        """
        told = self._moved_under == version.digest
        where = self._site.git, self._site.page
        if last is None or version.data == last or told or not git.at_work(*where, version.data, now):
            self._waited = ("", 0.0)
            return False
        if self._waited[0] != version.digest:
            self._waited = (version.digest, now)
        return now - self._waited[1] < GIT_PATIENCE

    def _moved(self, version: Version, mark: int, since: str, last: bytes | None) -> str:
        """A checkout, restore, pull, reset, … that brought another page. It stays held until a person says
        `mdorch resume`, or the page is again as it was. `since` is the mark that was seen last."""
        if self.hold.startswith(_MOVED):
            return self.hold
        if last is None or not since:
            return ""
        moves = git.moves(self._site.git, int(since))
        what = f" ({', '.join(dict.fromkeys(moves))})" if moves else ""
        if not moves and int(since) == mark and self._put_back(version, last):
            what = ", back to what is committed"
        if what and git.as_committed(self._site.root, self._site.page, version.data):
            return f"{_MOVED}{what}: look at it, then mdorch resume"
        return ""

    def _put_back(self, version: Version, last: bytes) -> bool:
        """Whether it was git that undid changes, by a command that leaves HEAD alone. A single cell may as
        well have been typed, and git have looked at it in the same moment."""
        if not git.put_there(self._site.git, self._site.page, version.data, version.mtime):
            return False
        found = edits(last.splitlines(True), version.data.splitlines(True))
        return len(found) > 1 or any(edit.cell is None for edit in found)


def doubt(board: Board, seen: Mapping[str, Seen], git_dir: Path | None) -> str:
    """Why the page should be held, as a sentence; "" where nothing speaks against it."""
    if board.conflict_line:
        return f"line {board.conflict_line} is a conflict marker: {RESOLVE}"
    for name, what in _GIT_STATES.items():
        if git_dir and (git_dir / name).exists():
            return f"{what} is under way in git: {FINISH}"
    if not seen:
        return ""
    if not any(s.kind == TASKS for s in board.sections):
        return f"the Task Queue is {GONE}"
    here = {t.id for t in board.tasks}
    gone = [task for task in seen if task not in here and task not in board.archived]
    added = len(here - seen.keys())
    if len(gone) > FEW and len(gone) - added > len(seen) / 2:
        return f"{len(gone)} of {len(seen)} tasks are {GONE}"
    return ""
