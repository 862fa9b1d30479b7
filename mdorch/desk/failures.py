"""What the doors raise, in words: the message and the remedy of every failure that is nobody's bug."""

from __future__ import annotations

import sqlite3

from mdorch.config.errors import Trouble
from mdorch.world.errors import Elsewhere, JournalTooNew, PageError
from mdorch.world.lock import AlreadyHeld


def told(error: Exception) -> Trouble | None:
    """The Trouble that an exception means; None for what nobody expected."""
    match error:
        case Trouble():
            return error
        case PageError() | Elsewhere():
            return Trouble(str(error))
        case JournalTooNew():
            return Trouble(str(error), "a newer mdorch wrote it")
        case AlreadyHeld():
            return Trouble(str(error), "mdorch status shows it, mdorch down stops it")
        case sqlite3.Error():
            return Trouble(
                f"the journal cannot be used: {error}", "look at .mdorch/ and the space on its disk"
            )
        case OSError():
            return Trouble(f"{error.filename or 'system'}: {(error.strerror or str(error)).lower()}")
    return None
