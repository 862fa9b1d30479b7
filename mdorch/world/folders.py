"""A run's folder on the disk: made whole or not at all, with its lock held from the first moment on."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mdorch.world.crash import crash_point
from mdorch.world.keeper.shim import DRAFT, LOGS

STAGING = ".new-"  # what the names of folders that are still being made begin with
_ROOM = 4096  # bytes; a result has some hundred


def make_folder(final: Path, files: Mapping[str, bytes]) -> int:
    """Make the folder of a run, with these files in it, and give the descriptor that holds its lock.

    Its name is durable only after `sync_folder` of the folder around it. Raises FileExistsError when it is
    there already, OSError.
    """
    if final.exists():
        raise FileExistsError(final)
    draft = final.with_name(f"{STAGING}{os.getpid()}-{secrets.token_hex(4)}")
    draft.mkdir()
    lock = os.open(draft / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name, data in files.items():
            (draft / name).write_bytes(data)
        for log in LOGS:
            (draft / log).touch()  # here, where a full disk is no fault of the agent
        _set_room_aside(draft / DRAFT)
        crash_point("runs.drafted")
        os.rename(draft, final)  # fails where there is one already: none is ever empty
    except OSError as error:
        os.close(lock)
        shutil.rmtree(draft, ignore_errors=True)
        if final.exists():
            raise FileExistsError(final) from error
        raise
    return lock


def tidy(root: Path) -> None:
    """Take away folders whose makers died before they were whole."""
    for draft in root.glob(f"{STAGING}*"):
        if not is_held(draft / "lock"):
            shutil.rmtree(draft, ignore_errors=True)


def is_held(lock: Path) -> bool:
    """Whether somebody holds the lock. Two that look at once do not disturb each other."""
    try:
        fd = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def read_json(path: Path) -> dict[str, Any]:
    """What a small file says; nothing when it is missing or damaged."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def open_folder(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    fd = open_folder(path)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _set_room_aside(path: Path) -> None:
    """For the result: a disk that the agent fills up must not swallow it."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        os.posix_fallocate(fd, 0, _ROOM)
    finally:
        os.close(fd)
