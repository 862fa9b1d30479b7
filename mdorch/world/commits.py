"""How the journal commits, and how it keeps texts.

SQLite in WAL mode. Everything is written inside a `batch`, which is one commit and one sync (but see
`loosely`): what it wrote is there together or not at all, and once it returned neither a kill nor a power
failure takes it back.

Text from a page may hold bytes that are not UTF-8, as lone surrogates (`surrogateescape`). SQLite refuses
those, so texts are kept through `encode`, which is the identity on everything else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from mdorch.world.crash import crash_point


class Commits:
    """The commits of one connection. It belongs to one thread; others may have theirs to the same file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._depth = 0
        self._loose = False
        self._level = ""  # of synchronisation, as it was last asked for

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Everything written inside is one synced commit; an exception takes all of it back."""
        if self._depth:  # part of the batch around it
            yield
            return
        self._ask_for("NORMAL" if self._loose else "FULL")
        self._db.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
            crash_point("journal.commit")
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # a full disk may have ended it already
                self._db.execute("ROLLBACK")
            raise
        finally:
            self._depth = 0
        crash_point("journal.committed")

    @contextmanager
    def loosely(self) -> Iterator[None]:
        """Batches made inside are not synced one by one, but with the next that is: a kill takes none of them
        back, a power failure may take the last. For what can be found out again."""
        before, self._loose = self._loose, True
        try:
            yield
        finally:
            self._loose = before

    def _ask_for(self, level: str) -> None:
        if level != self._level:
            self._db.execute(f"PRAGMA synchronous={level}")
            self._level = level

    def fault(self) -> str:
        """What is wrong with the file, "" where all of it can be read."""
        try:
            found = self._db.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            return str(error)
        return "" if found == ("ok",) else str(found[0])


def encode(values: Iterable[object]) -> tuple[Any, ...]:
    return tuple(
        "".join(f"\ufdd0{ord(c):04x}" if "\ud800" <= c <= "\udfff" or c == "\ufdd0" else c for c in value)
        if isinstance(value, str) and not value.isascii()
        else value
        for value in values
    )


def decode(text: str) -> str:
    if "\ufdd0" not in text:
        return text
    head, *rest = text.split("\ufdd0")
    return head + "".join(chr(int(part[:4], 16)) + part[4:] for part in rest)


def decoded(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(decode(value) if isinstance(value, str) else value for value in row)
