"""What can go wrong at the doors, each with one clear line."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mdorch.world.version import Version


_PASSING = frozenset(
    getattr(errno, name)
    for name in (
        *("ENOSPC", "EDQUOT", "EROFS", "EIO", "ENOENT", "EACCES", "EPERM"),
        *("EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "ENOBUFS", "ESTALE", "ENODEV"),
    )
)


def is_passing(error: OSError) -> bool:
    """Whether it is about the system, so that the same may well be possible later."""
    return error.errno in _PASSING or isinstance(error, ConnectionError | TimeoutError)


class PageError(Exception):
    """The page could not be read or written; nothing was changed."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class PageMissing(PageError):
    """The path did not exist for the whole time that one was willing to wait."""


class PageUnreadable(PageError):
    """Waiting will not help: a directory, no permission, a loop of links."""


class PageBusy(PageError):
    """Somebody had the page open for writing for the whole time that one was willing to wait."""


class PageUnwritable(PageError):
    """The page can be read but not written: permission, a full disk, an unfit file system."""


class Stale(PageError):
    """The page is no longer what the plan was made from: `current` is what it is now."""

    def __init__(self, path: Path, current: Version) -> None:
        self.current = current
        super().__init__(path, "was changed by somebody else meanwhile")


class Elsewhere(Exception):
    """What stands under the page's path is not what the daemon began with."""


class NoRoom(Exception):
    """The system, not the run, is in the way of a start: a full disk, too many open files."""


class AlreadyClaimed(Exception):
    """The journal has a run with this id, or this attempt of this task, already."""


class JournalTooNew(Exception):
    """A newer mdorch wrote this journal; this one must not touch it."""


class AlreadyStarted(Exception):
    """The folder of this run exists: somebody starts it, or did."""
