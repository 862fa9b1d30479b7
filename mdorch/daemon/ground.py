"""What the daemon stands on: its folder, its lock and its journal, which others may take away.

`git clean -x` deletes `.mdorch/` under a daemon at work; somebody moves the repository, or mounts another
file system over it. An open lock and an open journal notice nothing: they live on in files without a name,
while a second daemon may lock, and start anew, what this one is running. So before each pass the names are
compared with what is open:

* the page's folder is gone, or is another one: nothing is done until it is back (`Elsewhere`);
* lock or journal are gone from it: they get their names back, the journal with all that it held, a pause,
  too; unless more follows: whoever deletes the whole folder must not find it filled again meanwhile;
* somebody else holds the lock that is there by now: that is the daemon, and this one ends (`AlreadyHeld`).

Whatever else fails below a pass (a full disk, a journal that cannot be read) is taken for a crash that the
daemon survived: it begins again from what was written down, which heals it as it heals a crash.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mdorch.desk.failures import told
from mdorch.world.clock import elapsed
from mdorch.world.database import NAME, is_damage
from mdorch.world.errors import Elsewhere, PageError
from mdorch.world.journal import Journal
from mdorch.world.lock import AlreadyHeld, DaemonLock, Holder, holder

PAUSE = "PAUSE"
BLINK = 0.2  # seconds, within which a whole folder is deleted
GRACE = 0.5  # seconds without what was deleted, before it is put back
FAULTS = (OSError, sqlite3.Error, PageError, Elsewhere)

Identity = tuple[int, int] | None


class Ground:
    """`folder` is the `.mdorch` beside the page. Taken on construction; raises AlreadyHeld, JournalTooNew,
    OSError, sqlite3.Error."""

    def __init__(self, page: Path, folder: Path, open_journal: Callable[[], Journal]) -> None:
        self._page = page
        self._folder = folder
        self._open = open_journal
        folder.mkdir(exist_ok=True)
        self._place = _identity(folder.parent)
        self._lock = DaemonLock.take(folder)
        try:
            self.journal = open_journal()
        except BaseException:
            self._lock.release()
            raise
        self._file = _identity(folder / NAME)
        self._fallen = self._damaged = False
        self._missed: float | None = None  # since when files are missing, by a clock that nobody sets
        self._pause = self._read_pause()

    def is_firm(self) -> bool:
        """Whether all is as it was; False where it was mended, and the daemon must begin again.

        Raises Elsewhere, AlreadyHeld, and whatever mending may meet.
        """
        self._must_be_here()
        pause = self._read_pause()
        if pause is None and self._pause is not None:
            time.sleep(BLINK)  # whoever deletes the folder may have begun with it
        if self._lock.is_there and self._has_journal():
            self._pause, self._missed = pause, None
        else:
            self._fallen = True
            self._mend()
        firm, self._fallen = not self._fallen, False
        return firm

    def fall(self, error: Exception) -> str:
        """A pass was cut off by one of `FAULTS`: why, in one line. The next `is_firm` says no."""
        self._fallen = True
        self._damaged = isinstance(error, sqlite3.DatabaseError) and is_damage(error)
        trouble = told(error)
        return trouble.message if trouble else str(error)

    def tell(self, **how: float | str) -> None:
        """Say how the daemon is, to whoever asks who holds the lock."""
        self._lock.tell(**how)

    def release(self) -> None:
        with suppress(sqlite3.Error):
            self.journal.close()
        self._lock.release()

    def _must_be_here(self) -> None:
        place = _identity(self._folder.parent)
        if place == self._place:
            return
        other = holder(self._folder) if place else None
        if other is not None and not _is_this(other):
            raise AlreadyHeld(other)
        what = "is another folder than the one that this daemon began in" if place else "is gone"
        raise Elsewhere(f"{self._folder.parent} {what}: waiting until that one is back")

    def _has_journal(self) -> bool:
        return not self._damaged and _identity(self._folder / NAME) == self._file

    def _mend(self) -> None:
        """Put back what is missing: the pause first, so that a crash cannot let anything start."""
        if not self._damaged:
            self._must_be_over()
        self._folder.mkdir(exist_ok=True)
        if self._pause is not None and self._read_pause() is None:
            (self._folder / PAUSE).write_bytes(self._pause)
        if not self._lock.is_there:
            self._lock = self._locked_again()
        if not self._has_journal():
            self._mend_journal()
        self._missed = None

    def _locked_again(self) -> DaemonLock:
        try:
            return self._lock.again()
        except AlreadyHeld as error:
            if error.holder is None or not _is_this(error.holder):
                raise
            raise Elsewhere(f"{self._folder} is just coming back") from None

    def _must_be_over(self) -> None:
        """Files were deleted: that is all by now, and they may be put back. Raises Elsewhere."""
        if self._missed is None:
            self._missed = elapsed()
        if elapsed() - self._missed < GRACE or not self._page.exists():
            raise Elsewhere(f"files of {self._folder} were deleted under the daemon: to be put back")

    def _read_pause(self) -> bytes | None:
        try:
            return (self._folder / PAUSE).read_bytes()
        except OSError:
            return None

    def _mend_journal(self) -> None:
        """What was deleted or replaced is put back; what is damaged is opened anew, as at every start."""
        if not self._damaged:
            try:
                self.journal = self.journal.put_back(self._folder)
            except sqlite3.DatabaseError as error:
                self._damaged = is_damage(error)
                if not self._damaged:
                    raise
        if self._damaged:
            self.journal.close()
            self.journal = self._open()
        self._file, self._damaged = _identity(self._folder / NAME), False


def _is_this(who: Holder) -> bool:
    """Whether it is this daemon itself: what was moved away came back between two looks."""
    return (who.pid, who.host) == (os.getpid(), socket.gethostname())


def _identity(path: Path) -> Identity:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
