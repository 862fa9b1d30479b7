"""The journal: what is known of runs and rows, durable before anything is done about it.

SQLite in WAL mode with `synchronous=FULL`: once a write returned, neither a kill nor a power failure takes
it back (but see `loosely`). Writes made inside one `batch` are one commit and one sync, and are there
together or not at all. Any number of processes may use one journal at once; a `Journal` itself belongs to
one thread.

Text from a page may hold bytes that are not UTF-8, as lone surrogates (`surrogateescape`). SQLite refuses
those, so texts are kept through `_encode`, which is the identity on everything else.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import time
from typing import Any

from mdorch.facts import Run, Seen
from mdorch.world.boot import boot_id
from mdorch.world.database import open_database, peek_database, put_back
from mdorch.world.errors import AlreadyClaimed
from mdorch.world.records import (
    RUN_COLUMNS,
    SEEN_COLUMNS,
    Note,
    Wish,
    note_of,
    run_of,
    run_row,
    seen_of,
    seen_row,
)
from mdorch.world.redo import Redo, delta, digest

_RUNS = ", ".join(f'"{name}"' for name in RUN_COLUMNS)
_SEEN = ", ".join(SEEN_COLUMNS)


class Journal:
    """`made_anew`: this opening found the journal lost or damaged and made a new one."""

    def __init__(self, connection: sqlite3.Connection, made_anew: bool = False) -> None:
        self.made_anew = made_anew
        self._db = connection
        self._depth = 0

    @classmethod
    def open(cls, folder: Path, check: bool = True) -> Journal:
        """The journal in `folder` (the `.mdorch` beside a page), made if need be.

        `check` reads the whole file for damage: the daemon does, short commands need not. A damaged
        file is kept under another name. Raises JournalTooNew, sqlite3.OperationalError (locked, full disk).
        """
        connection, lost = open_database(folder, check)
        return cls(connection, lost)

    @classmethod
    def peek(cls, folder: Path) -> Journal | None:
        """The journal for reading alone, quickly; None when there is none that can be read."""
        connection = peek_database(folder)
        return cls(connection) if connection is not None else None

    def close(self) -> None:
        self._db.close()

    def put_back(self, folder: Path) -> Journal:
        """The same journal under its own name again, after somebody deleted or replaced the file of this
        one, which is of no use any more. Nothing in it is lost. Raises sqlite3.Error, OSError."""
        return Journal(put_back(self._db, folder))

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Everything written inside is one synced commit; an exception takes all of it back."""
        if self._depth:  # part of the batch around it
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # a full disk may have ended it already
                self._db.execute("ROLLBACK")
            raise
        finally:
            self._depth = 0

    @contextmanager
    def loosely(self) -> Iterator[None]:
        """Commits made inside are not synced one by one, but with the next that is: a kill takes none of them
        back, a power failure may take the last. For what can be found out again."""
        if self._depth:
            yield
            return
        self._db.execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            self._db.execute("PRAGMA synchronous=FULL")

    def fault(self) -> str:
        """What is wrong with the file, "" where all of it can be read."""
        try:
            found = self._db.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            return str(error)
        return "" if found == ("ok",) else str(found[0])

    # Runs

    def claim(self, run: Run) -> None:
        """Record a new run. Raises AlreadyClaimed if its id, or this attempt at its task, is known."""
        marks = ", ".join("?" * len(RUN_COLUMNS))
        try:
            with self.batch():
                self._db.execute(f"INSERT INTO runs ({_RUNS}) VALUES ({marks})", _encode(run_row(run)))
        except sqlite3.IntegrityError:
            raise AlreadyClaimed(run.id) from None

    def update(self, run_id: str, **fields: object) -> None:
        """Change columns of a run, named as the fields of `Run`. Raises KeyError for an unknown one."""
        if unknown := fields.keys() - set(RUN_COLUMNS[1:]):
            raise KeyError(f"no field of a run: {', '.join(sorted(unknown))}")
        parts = ", ".join(f'"{name}" = ?' for name in fields)
        with self.batch():
            cursor = self._db.execute(
                f"UPDATE runs SET {parts} WHERE id = ?", _encode((*fields.values(), run_id))
            )
            if cursor.rowcount != 1:
                raise KeyError(f"no such run: {run_id}")

    def run(self, run_id: str) -> Run | None:
        found = self._runs("WHERE id = ?", run_id)
        return found[0] if found else None

    def runs(self, task: str | None = None, unfolded: bool = False) -> list[Run]:
        """All runs, oldest first; only those of one task, only those whose result is not on the page."""
        where, values = _where(("task = ?", task), ("state <> 'folded'" if unfolded else "", None))
        return self._runs(where, *values)

    def current_runs(self) -> list[Run]:
        """What the plan needs: every unfolded run, and the folded ones of each task's current round."""
        newest = "COALESCE((SELECT round FROM seen WHERE seen.task = runs.task), 0)"
        return self._runs(f"WHERE state <> 'folded' OR round >= {newest}")

    def highest(self) -> dict[str, int]:
        """The highest attempt ever claimed, for each task that had one."""
        rows = self._db.execute("SELECT task, MAX(attempt) FROM runs GROUP BY task")
        return {_decode(task): attempt for task, attempt in rows}

    def lasted(self, outcomes: Sequence[str], most: int) -> list[tuple[str, str, float]]:
        """Task, agent and seconds of the newest runs that came to one of these outcomes, oldest first."""
        marks = ", ".join("?" * len(outcomes))
        rows = self._db.execute(
            f"SELECT task, agent, MAX(ended - started, 0.001) FROM runs WHERE outcome IN ({marks})"
            " AND ended IS NOT NULL AND started IS NOT NULL ORDER BY rowid DESC LIMIT ?",
            (*outcomes, most),
        )
        return [_decoded(row) for row in rows][::-1]

    def launches(self, since: float) -> list[float]:
        """Start times of all runs started at or after `since`, ascending."""
        rows = self._db.execute("SELECT started FROM runs WHERE started >= ? ORDER BY started", (since,))
        return [started for (started,) in rows]

    def move_times(self, since: float, by: float, now: float) -> None:
        """The clock was set: what runs and rows date after `since` moves by `by` seconds, up to `now`."""
        moved = '"{0}" = CASE WHEN "{0}" > :since THEN MIN("{0}" + :by, :now) ELSE "{0}" END'
        values = {"since": since, "by": by, "now": now}
        with self.batch():
            for table, columns in (("runs", ("claimed", "started", "ended")), ("seen", ("changed", "since"))):
                later = " OR ".join(f'"{column}" > :since' for column in columns)
                changes = ", ".join(map(moved.format, columns))
                self._db.execute(f"UPDATE {table} SET {changes} WHERE {later}", values)

    def rename(self, old: str, new: str) -> None:
        """A task got another id: its runs (under their old run ids) and what was seen of it follow.

        Attempts that the new id had before, as another task's, count first.
        """
        with self.batch():
            values = _encode((new, old))
            highest = "SELECT MAX(attempt) FROM runs WHERE task = ?"
            before = self._db.execute(highest, values[:1]).fetchone()[0]
            self._db.execute(
                "UPDATE runs SET task = ?, attempt = attempt + ? WHERE task = ?",
                (values[0], before or 0, values[1]),
            )
            self._db.execute("UPDATE OR REPLACE seen SET task = ? WHERE task = ?", values)
            self._db.execute("UPDATE notes SET task = ? WHERE task = ?", values)

    # Rows

    def seen(self) -> dict[str, Seen]:
        """What is remembered of each row, by task id."""
        rows = self._db.execute(f"SELECT {_SEEN} FROM seen")
        return {seen.task: seen for seen in (seen_of(_decoded(row)) for row in rows)}

    def see(self, rows: Iterable[Seen]) -> None:
        """Remember these rows, in place of what was remembered of them."""
        marks = ", ".join("?" * len(SEEN_COLUMNS))
        with self.batch():
            self._db.executemany(
                f"INSERT OR REPLACE INTO seen ({_SEEN}) VALUES ({marks})",
                (_encode(seen_row(row)) for row in rows),
            )

    def forget(self, tasks: Iterable[str]) -> None:
        """Remember nothing of these rows any more."""
        with self.batch():
            self._db.executemany("DELETE FROM seen WHERE task = ?", (_encode((task,)) for task in tasks))

    # History and wishes

    def note(
        self,
        time: float,
        kind: str,
        task: str = "",
        run: str = "",
        text: str = "",
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Add one line to the history. `data` must be JSON."""
        row = (time, kind, task, run, text, None if data is None else json.dumps(data))
        with self.batch():
            self._db.execute(
                "INSERT INTO notes (time, kind, task, run, text, data) VALUES (?, ?, ?, ?, ?, ?)",
                _encode(row),
            )

    def history(
        self, task: str | None = None, since: float | None = None, limit: int | None = None
    ) -> list[Note]:
        """The last `limit` notes (all without it) at or after `since`, in the order they were made."""
        where, values = _where(("task = ?", task), ("time >= ?", since))
        rows = self._db.execute(
            f"SELECT id, time, kind, task, run, text, data FROM notes {where} ORDER BY id DESC LIMIT ?",
            (*_encode(values), -1 if limit is None else limit),
        )
        return [note_of(_decoded(row)) for row in rows][::-1]

    def wish(self, time: float, task: str, role: str, value: str) -> int:
        """Announce an edit that this process is about to make; returns its number."""
        with self.batch():
            row = self._db.execute(
                "INSERT INTO wishes (time, task, role, value) VALUES (?, ?, ?, ?) RETURNING id",
                _encode((time, task, role, value)),
            ).fetchone()
        return int(row[0])

    def wishes(self, since: float = 0.0, after: int = 0) -> list[Wish]:
        """Wishes announced at or after `since` (a time), with a number above `after`, oldest first."""
        rows = self._db.execute(
            "SELECT id, time, task, role, value FROM wishes WHERE time >= ? AND id > ? ORDER BY id",
            (since, after),
        )
        return [Wish(*_decoded(row)) for row in rows]

    # Small facts

    def get(self, key: str, default: str = "") -> str:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return _decode(row[0]) if row else default

    def set(self, key: str, value: str) -> None:
        """Keep a small fact (`paused`, `accepted`, …) under a name; the empty text takes it away."""
        with self.batch():
            if value:
                self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", _encode((key, value)))
            else:
                self._db.execute("DELETE FROM meta WHERE key = ?", (key,))

    @property
    def suffix(self) -> str:
        """What new run ids end in, after a journal was lost; else empty."""
        return self.get("suffix")

    # Intents: the redo records of the page

    def intend(self, before: bytes, after: bytes, runs: Sequence[str] = ()) -> int:
        """Record that the page is to change from `before` to `after`, which shows these runs.

        Inside the batch that claims the runs it costs no sync of its own; `PageFile.replace` finds it.
        """
        sides = (digest(before), digest(after), *delta(before, after))
        row = (time(), *sides, json.dumps(list(runs)), boot_id())
        with self.batch():
            found = self._db.execute(
                "INSERT INTO intents (time, before, after, offset, old, new, runs, boot)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                row,
            ).fetchone()
        return int(found[0])

    def intended_runs(self, intent: int) -> list[str]:
        """The runs that an unfulfilled intent shows on the page."""
        row = self._db.execute("SELECT runs FROM intents WHERE id = ?", (intent,)).fetchone()
        return list(json.loads(row[0])) if row else []

    def begin(self, before: bytes, after: bytes) -> int:
        """`RedoLog`: the number of the intent to change `before` into `after`, recorded if it is not yet."""
        row = self._db.execute(
            "SELECT id FROM intents WHERE before = ? AND after = ?", (digest(before), digest(after))
        ).fetchone()
        return int(row[0]) if row else self.intend(before, after)

    def done(self, record: int) -> None:
        """`RedoLog`: the write happened, or will not. Not synced: a power failure lets `recover` find out."""
        with self.loosely():
            self._db.execute("DELETE FROM intents WHERE id = ?", (record,))

    fulfil = done

    def pending(self) -> list[Redo]:
        """`RedoLog`: intents whose end is not known, oldest first."""
        rows = self._db.execute(
            "SELECT id, time, before, after, offset, old, new, boot FROM intents ORDER BY id"
        )
        return [Redo(*row) for row in rows]

    def _runs(self, where: str, *values: object) -> list[Run]:
        rows = self._db.execute(f"SELECT {_RUNS} FROM runs {where} ORDER BY claimed, rowid", _encode(values))
        return [run_of(_decoded(row)) for row in rows]


def _where(*tests: tuple[str, object]) -> tuple[str, list[object]]:
    """A WHERE clause of those tests that have a value or, holding no `?`, need none."""
    kept = [(test, value) for test, value in tests if test and (value is not None or "?" not in test)]
    clause = "WHERE " + " AND ".join(test for test, _ in kept) if kept else ""
    return clause, [value for _, value in kept if value is not None]


def _encode(values: Iterable[object]) -> tuple[Any, ...]:
    return tuple(
        "".join(f"\ufdd0{ord(c):04x}" if "\ud800" <= c <= "\udfff" or c == "\ufdd0" else c for c in value)
        if isinstance(value, str) and not value.isascii()
        else value
        for value in values
    )


def _decode(text: str) -> str:
    if "\ufdd0" not in text:
        return text
    head, *rest = text.split("\ufdd0")
    return head + "".join(chr(int(part[:4], 16)) + part[4:] for part in rest)


def _decoded(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(_decode(value) if isinstance(value, str) else value for value in row)
