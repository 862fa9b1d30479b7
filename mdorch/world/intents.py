"""Redo records of the page, in the journal: a claim and the write that shows it are one commit."""

from __future__ import annotations

from time import time

from mdorch.world.boot import boot_id
from mdorch.world.commits import Commits
from mdorch.world.crash import crash_point
from mdorch.world.redo import Redo, delta, digest


class Intents(Commits):
    """A `RedoLog`: page writes whose end is not known."""

    def intend(self, before: bytes, after: bytes) -> int:
        """Record that the page is to change from `before` to `after`.

        Inside the batch that claims the runs it costs no sync of its own; `PageFile.replace` finds it.
        """
        sides = (digest(before), digest(after), *delta(before, after))
        row = (time(), *sides, boot_id())
        with self.batch():
            found = self._db.execute(
                "INSERT INTO intents (time, before, after, offset, old, new, runs, boot)"
                " VALUES (?, ?, ?, ?, ?, ?, '', ?) RETURNING id",
                row,
            ).fetchone()
        return int(found[0])

    def begin(self, before: bytes, after: bytes) -> int:
        """`RedoLog`: the number of the intent to change `before` into `after`, recorded if it is not yet."""
        row = self._db.execute(
            "SELECT id FROM intents WHERE before = ? AND after = ?", (digest(before), digest(after))
        ).fetchone()
        return int(row[0]) if row else self.intend(before, after)

    def done(self, record: int) -> None:
        """`RedoLog`: the write happened, or will not. Not synced: a power failure lets `recover` find out."""
        crash_point("journal.done")
        with self.loosely(), self.batch():
            self._db.execute("DELETE FROM intents WHERE id = ?", (record,))

    def pending(self) -> list[Redo]:
        """`RedoLog`: intents whose end is not known, oldest first."""
        rows = self._db.execute(
            "SELECT id, time, before, after, offset, old, new, boot FROM intents ORDER BY id"
        )
        return [Redo(*row) for row in rows]
