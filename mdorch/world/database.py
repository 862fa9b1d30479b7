"""Opening the journal's database: durable, shared by processes, migrated, and never silently lost.

What is not a database any more is moved aside, kept, and made anew; the new one remembers that in its
`meta`, with a random suffix for run ids, so that no id that the lost journal knew can be used twice.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from pathlib import Path

from mdorch.world.errors import JournalTooNew
from mdorch.world.lock import turn
from mdorch.world.schema import STEPS, VERSION

NAME = "journal.db"
_PAGE = 4096  # bytes of a page, where the header does not say
PATIENCE = 10.0  # seconds that a writer waits for another process


def open_database(folder: Path, check: bool) -> tuple[sqlite3.Connection, bool]:
    """The database in `folder`, made where it is missing or damaged; and whether one was lost.

    `check` reads the whole file for damage; without it only the header is looked at.
    """
    path = folder / NAME
    was_there = _make_folder(folder)
    if path.exists():
        try:
            return _open(path, check), False
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
    with turn(folder / "journal.lock", PATIENCE):
        return _make_anew(path, was_there)


def _make_anew(path: Path, was_there: bool) -> tuple[sqlite3.Connection, bool]:
    """Called with the turn held, so that no two processes move or make the same file."""
    if path.exists():
        try:
            return _open(path, check=True), False  # somebody was faster
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
        lost = True
    else:
        lost = was_there and _has_runs(path.parent)
    _move_aside(path)  # a log that is left of a deleted file would be replayed into the new one
    draft = _draft(path)
    connection = sqlite3.connect(draft, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("BEGIN IMMEDIATE")
    _migrate(connection)
    if lost:
        _remember_loss(connection)
    connection.execute("COMMIT")
    connection.close()  # folds the log into the file, so that the file alone is the whole journal
    os.rename(draft, path)
    return _open(path, check=False), lost


def put_back(connection: sqlite3.Connection, folder: Path) -> sqlite3.Connection:
    """What a connection holds whose file was deleted or replaced, under its name again; the connection is
    closed. What stands there by now, made by somebody who missed it, is moved aside."""
    _make_folder(folder)
    path = folder / NAME
    with turn(folder / "journal.lock", PATIENCE):
        draft = _draft(path)
        copy = sqlite3.connect(draft, isolation_level=None)
        connection.backup(copy)
        copy.close()
        connection.close()  # before there is a new file: it must not take that one's log with it
        _move_aside(path)
        os.rename(draft, path)
        return _open(path, check=False)


def _draft(path: Path) -> Path:
    """Where a new file is made that gets its name once it is whole."""
    draft = path.with_name(f"{path.name}.draft-{os.getpid()}")
    for tail in ("", "-wal", "-shm"):
        Path(f"{draft}{tail}").unlink(missing_ok=True)
    return draft


def _open(path: Path, check: bool) -> sqlite3.Connection:
    if check and _has_broken_page(path):
        raise sqlite3.DatabaseError("cut off")
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        version = _version(connection)
        if version == 0:
            raise sqlite3.DatabaseError("emptied")  # ours are whole before they get their name
        if check and connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("malformed")
        if version < VERSION:
            connection.execute("BEGIN IMMEDIATE")
            _migrate(connection)
            connection.execute("COMMIT")
        connection.execute("PRAGMA synchronous=FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def _has_broken_page(path: Path) -> bool:
    """A last page that is not whole, and no log to mend it: SQLite would read the rest as zeros."""
    try:
        has_log = os.stat(f"{path}-wal").st_size > 0
    except OSError:
        has_log = False
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(18)[16:], "big") or _PAGE  # 1 stands for 65536: no page of ours
    return not has_log and os.stat(path).st_size % max(size, 512) != 0


def peek_database(folder: Path) -> sqlite3.Connection | None:
    """The database for reading alone; None when there is none, or none that can be read."""
    path = folder / NAME
    if not path.exists():
        return None
    for options in ("mode=ro", "mode=ro&immutable=1"):  # the second where the folder cannot be written
        try:
            connection = _connect_uri(path, options)
            version = _version(connection)
            if version == VERSION:
                return connection
            return _migrated_copy(connection)
        except sqlite3.DatabaseError:
            continue
    return None


def _make_folder(folder: Path) -> bool:
    """Make the folder and its `.gitignore`; True when it was there before."""
    try:
        folder.mkdir()
        there = False
    except FileExistsError:
        there = True
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="ascii")
    return there


def _has_runs(folder: Path) -> bool:
    """A journal was here once, if runs were, whether any folder of theirs is still needed or not."""
    return (folder / "runs").is_dir()


def _connect_uri(path: Path, options: str) -> sqlite3.Connection:
    from urllib.parse import quote

    uri = f"file:{quote(os.fsencode(path.absolute()))}?{options}"
    return sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None)


def _version(connection: sqlite3.Connection) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise JournalTooNew(f"the journal is of version {version}, this mdorch reads {VERSION}: upgrade it")
    return version


def _migrate(connection: sqlite3.Connection) -> None:
    """All steps that are missing, inside the caller's transaction (another process may have been faster)."""
    for step in range(_version(connection), VERSION):
        for statement in STEPS[step].split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version={VERSION}")


def _migrated_copy(connection: sqlite3.Connection) -> sqlite3.Connection:
    """An older journal, brought up to date in memory: reading commands change no file."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    connection.backup(copy)
    connection.close()
    _migrate(copy)
    return copy


def _remember_loss(connection: sqlite3.Connection) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO meta VALUES ('suffix', ?), ('made_anew', ?)",
        (secrets.token_hex(3), str(time.time())),
    )


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """A file that is no database, not one that is locked or on a full disk."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _move_aside(path: Path) -> None:
    """Keep the damaged file and its log under a new name; nothing is ever thrown away."""
    aside = path.with_name(f"{path.name}.damaged-{time.time_ns()}")
    for tail in ("", "-wal", "-shm"):
        try:
            os.rename(f"{path}{tail}", f"{aside}{tail}")
        except FileNotFoundError:
            continue
