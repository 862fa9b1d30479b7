"""The tables of the journal, as the steps that make them.

Step N brings a database from version N to N + 1 (`PRAGMA user_version`). Steps are only ever added;
one that was released is never changed. Times are seconds since the epoch.
"""

from __future__ import annotations

STEPS: tuple[str, ...] = (
    """
    CREATE TABLE runs (
        id TEXT PRIMARY KEY, task TEXT NOT NULL, attempt INTEGER NOT NULL, agent TEXT NOT NULL,
        state TEXT NOT NULL, claimed REAL NOT NULL, round INTEGER NOT NULL,
        started REAL, ended REAL, "end" TEXT, exit_code INTEGER,
        stop_reason TEXT NOT NULL, detail TEXT NOT NULL, pid INTEGER,
        outcome TEXT NOT NULL, shown INTEGER NOT NULL, silent INTEGER NOT NULL,
        UNIQUE (task, attempt)
    );
    CREATE INDEX runs_unfolded ON runs (state) WHERE state <> 'folded';
    CREATE INDEX runs_started ON runs (started);
    CREATE TABLE seen (
        task TEXT PRIMARY KEY, cells TEXT NOT NULL, status TEXT NOT NULL, changed REAL NOT NULL,
        cause TEXT NOT NULL, round INTEGER NOT NULL, since REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE notes (
        id INTEGER PRIMARY KEY, time REAL NOT NULL, kind TEXT NOT NULL,
        task TEXT NOT NULL, run TEXT NOT NULL, text TEXT NOT NULL, data TEXT
    );
    CREATE INDEX notes_task ON notes (task);
    CREATE TABLE wishes (
        id INTEGER PRIMARY KEY, time REAL NOT NULL, task TEXT NOT NULL, role TEXT NOT NULL,
        value TEXT NOT NULL
    );
    CREATE TABLE intents (
        id INTEGER PRIMARY KEY, time REAL NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL,
        offset INTEGER NOT NULL, old BLOB NOT NULL, new BLOB NOT NULL, runs TEXT NOT NULL, boot TEXT NOT NULL
    );
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    """,
    """
    ALTER TABLE runs ADD COLUMN own TEXT;
    ALTER TABLE runs ADD COLUMN session TEXT NOT NULL DEFAULT '';
    ALTER TABLE runs ADD COLUMN resumes TEXT NOT NULL DEFAULT '';
    ALTER TABLE runs ADD COLUMN limited REAL NOT NULL DEFAULT 0;
    ALTER TABLE runs ADD COLUMN cost_usd REAL;
    ALTER TABLE runs ADD COLUMN tokens INTEGER;
    ALTER TABLE runs ADD COLUMN turns INTEGER
    """,
    """
    ALTER TABLE runs ADD COLUMN branch TEXT NOT NULL DEFAULT '';
    ALTER TABLE runs ADD COLUMN landed TEXT NOT NULL DEFAULT '';
    ALTER TABLE runs ADD COLUMN conflicts TEXT NOT NULL DEFAULT ''
    """,
    """
    ALTER TABLE runs ADD COLUMN "check" TEXT NOT NULL DEFAULT ''
    """,
)

VERSION = len(STEPS)
