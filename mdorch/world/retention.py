"""What the journal lets go of, so that it does not grow for ever.

Nothing goes that somebody may still ask for: runs that are not folded, or lost at last; the runs of the
current round of a task that is open on the page; the last attempt of every task, which keeps the number of
the next one; the newest runs of all, from which durations are known; and the history of tasks that are open.
"""

from __future__ import annotations

from collections.abc import Iterable

from mdorch.world.commits import Commits, decoded, encode

_CURRENT = (
    "EXISTS (SELECT 1 FROM seen WHERE seen.task = runs.task AND seen.status <> 'complete'"
    " AND runs.round >= seen.round)"
)
_LAST = "attempt = (SELECT MAX(attempt) FROM runs AS others WHERE others.task = runs.task)"


class Retention(Commits):
    """Times are epoch seconds."""

    def spare_runs(self) -> list[tuple[str, float, str]]:
        """Runs whose folders nothing in the journal needs, oldest first: when they ended, and for the last
        run of a task the task's id."""
        rows = self._db.execute(
            f"SELECT id, COALESCE(ended, claimed) AS time, CASE WHEN {_LAST} THEN task ELSE '' END"
            f" FROM runs WHERE state = 'folded' AND NOT {_CURRENT} AND NOT (outcome = 'lost' AND {_LAST})"
            " ORDER BY time, rowid"
        )
        return [(run, time, last) for run, time, last in (decoded(row) for row in rows)]

    def old_runs(self, before: float, newest: int) -> list[str]:
        """Runs that ended before and that nothing needs; the `newest` of all are needed."""
        rows = self._db.execute(
            "SELECT id FROM runs WHERE state = 'folded' AND COALESCE(ended, claimed) < ?"
            f" AND NOT {_CURRENT} AND NOT {_LAST}"
            " AND rowid NOT IN (SELECT rowid FROM runs ORDER BY rowid DESC LIMIT ?) ORDER BY rowid",
            (before, newest),
        )
        return [run for (run,) in (decoded(row) for row in rows)]

    def forget_runs(self, runs: Iterable[str]) -> None:
        with self.batch():
            self._db.executemany("DELETE FROM runs WHERE id = ?", (encode((run,)) for run in runs))

    def forget_notes(self, before: float, newest: int, most: int) -> int:
        """Take away up to `most` lines of the history: those from before, but not of open tasks, and all but
        the `newest`. How many went."""
        with self.loosely(), self.batch():
            return self._db.execute(
                "DELETE FROM notes WHERE id IN (SELECT id FROM notes WHERE"
                " id <= (SELECT MAX(id) FROM notes) - ? OR (time < ? AND NOT EXISTS"
                " (SELECT 1 FROM seen WHERE seen.task = notes.task AND seen.status <> 'complete')) LIMIT ?)",
                (newest, before, most),
            ).rowcount

    def forget_wishes(self, before: float, lasting: str, answered: int) -> int:
        """Take away announcements from before: those of the role `lasting` only up to that number."""
        found = self._db.execute("SELECT 1 FROM wishes WHERE time < ? LIMIT 1", (before,)).fetchone()
        if found is None:
            return 0
        with self.loosely(), self.batch():
            return self._db.execute(
                "DELETE FROM wishes WHERE time < ? AND (role <> ? OR id <= ?)", (before, lasting, answered)
            ).rowcount
