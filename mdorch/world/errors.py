"""What can go wrong at the doors, each with one clear line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mdorch.world.version import Version


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


class AlreadyClaimed(Exception):
    """The journal has a run with this id, or this attempt of this task, already."""


class JournalTooNew(Exception):
    """A newer mdorch wrote this journal; this one must not touch it."""


class AlreadyStarted(Exception):
    """The folder of this run exists: somebody starts it, or did."""
