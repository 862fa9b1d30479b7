"""The journal: what is known of runs and rows, durable before anything is done about it.

Any number of processes may use one journal at once; a `Journal` itself belongs to one thread. How it commits
is in `commits`, its redo records of the page in `intents`, what it lets go of in `retention`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mdorch.facts import Run, Seen
from mdorch.world.commits import decode, decoded, encode
from mdorch.world.database import open_database, peek_database, put_back
from mdorch.world.errors import AlreadyClaimed
from mdorch.world.intents import Intents
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
from mdorch.world.retention import Retention

_RUNS = ", ".join(f'"{name}"' for name in RUN_COLUMNS)
_SEEN = ", ".join(SEEN_COLUMNS)
_CHANGEABLE = frozenset(RUN_COLUMNS[1:])


class Journal(Intents, Retention):
    """`made_anew`: this opening found the journal lost or damaged and made a new one."""

    def __init__(self, connection: sqlite3.Connection, made_anew: bool = False) -> None:
        super().__init__(connection)
        self.made_anew = made_anew

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

    def put_back(self, folder: Path) -> Journal:
        """The same journal under its own name again, after somebody deleted or replaced the file of this
        one, which is of no use any more. Nothing in it is lost. Raises sqlite3.Error, OSError."""
        return Journal(put_back(self._db, folder))

    # Runs

    def claim(self, run: Run) -> None:
        """Record a new run. Raises AlreadyClaimed if its id, or this attempt at its task, is known."""
        marks = ", ".join("?" * len(RUN_COLUMNS))
        try:
            with self.batch():
                self._db.execute(f"INSERT INTO runs ({_RUNS}) VALUES ({marks})", encode(run_row(run)))
        except sqlite3.IntegrityError:
            raise AlreadyClaimed(run.id) from None

    def update(self, run_id: str, **fields: object) -> None:
        """Change columns of a run, named as the fields of `Run`. Raises KeyError for an unknown one."""
        if unknown := fields.keys() - _CHANGEABLE:
            raise KeyError(f"no field of a run: {', '.join(sorted(unknown))}")
        parts = ", ".join(f'"{name}" = ?' for name in fields)
        with self.batch():
            cursor = self._db.execute(
                f"UPDATE runs SET {parts} WHERE id = ?", encode((*fields.values(), run_id))
            )
            if cursor.rowcount != 1:
                raise KeyError(f"no such run: {run_id}")

    def run(self, run_id: str) -> Run | None:
        found = self._runs("WHERE id = ?", run_id)
        return found[0] if found else None

    def runs(self, task: str | None = None, unfolded: bool = False, ended: bool = False) -> list[Run]:
        """All runs, oldest first; only those of one task, whose result is not on the page, that are over."""
        states = ("state <> 'folded'" if unfolded else "", None), ("ended IS NOT NULL" if ended else "", None)
        where, values = _where(("task = ?", task), *states)
        return self._runs(where, *values)

    def ended_since(self, since: float) -> list[Run]:
        """Runs that ended at or after `since`, or of which no end is known yet, oldest first."""
        return self._runs("WHERE ended >= ? OR ended IS NULL", since)

    def current_runs(self) -> list[Run]:
        """What the plan needs: every unfolded run, and the folded ones of each task's current round."""
        newest = "COALESCE((SELECT round FROM seen WHERE seen.task = runs.task), 0)"
        return self._runs(f"WHERE state <> 'folded' OR round >= {newest}")

    def highest(self) -> dict[str, int]:
        """The highest attempt ever claimed, for each task that had one."""
        rows = self._db.execute("SELECT task, MAX(attempt) FROM runs GROUP BY task")
        return {decode(task): attempt for task, attempt in rows}

    def lasted(self, outcomes: Sequence[str], most: int) -> list[tuple[str, str, float]]:
        """Task, agent and seconds of the newest runs that came to one of these outcomes, oldest first."""
        marks = ", ".join("?" * len(outcomes))
        rows = self._db.execute(
            f"SELECT task, agent, MAX(ended - started, 0.001) FROM runs WHERE outcome IN ({marks})"
            " AND ended IS NOT NULL AND started IS NOT NULL ORDER BY rowid DESC LIMIT ?",
            (*outcomes, most),
        )
        return [decoded(row) for row in rows][::-1]

    def launches(self, since: float) -> list[float]:
        """Start times of all runs started at or after `since`, ascending."""
        rows = self._db.execute("SELECT started FROM runs WHERE started >= ? ORDER BY started", (since,))
        return [started for (started,) in rows]

    def spent(self, since: float, known: float) -> tuple[float, tuple[str, ...]]:
        """US dollars of the runs started at or after `since`, as far as they said; and the first of those,
        started at or after `known`, that ended without saying."""
        usd = self._db.execute("SELECT TOTAL(cost_usd) FROM runs WHERE started >= ?", (since,)).fetchone()[0]
        rows = self._db.execute(
            "SELECT id FROM runs WHERE started >= ? AND cost_usd IS NULL AND state IN ('ended', 'folded')"
            " AND \"end\" <> 'unbegun' ORDER BY started LIMIT 5",
            (known,),
        )
        return float(usd), tuple(decode(run) for (run,) in rows)

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
            values = encode((new, old))
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
        return {seen.task: seen for seen in (seen_of(decoded(row)) for row in rows)}

    def see(self, rows: Iterable[Seen]) -> None:
        """Remember these rows, in place of what was remembered of them."""
        marks = ", ".join("?" * len(SEEN_COLUMNS))
        with self.batch():
            self._db.executemany(
                f"INSERT OR REPLACE INTO seen ({_SEEN}) VALUES ({marks})",
                (encode(seen_row(row)) for row in rows),
            )

    def forget(self, tasks: Iterable[str]) -> None:
        """Remember nothing of these rows any more."""
        with self.batch():
            self._db.executemany("DELETE FROM seen WHERE task = ?", (encode((task,)) for task in tasks))

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
                encode(row),
            )

    def history(
        self, task: str | None = None, since: float | None = None, limit: int | None = None
    ) -> list[Note]:
        """The last `limit` notes (all without it) at or after `since`, in the order they were made."""
        where, values = _where(("task = ?", task), ("time >= ?", since))
        rows = self._db.execute(
            f"SELECT id, time, kind, task, run, text, data FROM notes {where} ORDER BY id DESC LIMIT ?",
            (*encode(values), -1 if limit is None else limit),
        )
        return [note_of(decoded(row)) for row in rows][::-1]

    def wish(self, time: float, task: str, role: str, value: str) -> int:
        """Announce an edit that this process is about to make; returns its number."""
        with self.batch():
            row = self._db.execute(
                "INSERT INTO wishes (time, task, role, value) VALUES (?, ?, ?, ?) RETURNING id",
                encode((time, task, role, value)),
            ).fetchone()
        return int(row[0])

    def wishes(self, since: float = 0.0, after: int = 0) -> list[Wish]:
        """Wishes announced at or after `since` (a time), with a number above `after`, oldest first."""
        rows = self._db.execute(
            "SELECT id, time, task, role, value FROM wishes WHERE time >= ? AND id > ? ORDER BY id",
            (since, after),
        )
        return [Wish(*decoded(row)) for row in rows]

    # Small facts

    def get(self, key: str, default: str = "") -> str:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return decode(row[0]) if row else default

    def set(self, key: str, value: str) -> None:
        """Keep a small fact (`paused`, `accepted`, …) under a name; the empty text takes it away."""
        with self.batch():
            if value:
                self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", encode((key, value)))
            else:
                self._db.execute("DELETE FROM meta WHERE key = ?", (key,))

    @property
    def suffix(self) -> str:
        """What new run ids end in, after a journal was lost; else empty."""
        return self.get("suffix")

    def _runs(self, where: str, *values: object) -> list[Run]:
        rows = self._db.execute(f"SELECT {_RUNS} FROM runs {where} ORDER BY claimed, rowid", encode(values))
        return [run_of(decoded(row)) for row in rows]


def _where(*tests: tuple[str, object]) -> tuple[str, list[object]]:
    """A WHERE clause of those tests that have a value or, holding no `?`, need none."""
    kept = [(test, value) for test, value in tests if test and (value is not None or "?" not in test)]
    clause = "WHERE " + " AND ".join(test for test, _ in kept) if kept else ""
    return clause, [value for _, value in kept if value is not None]
