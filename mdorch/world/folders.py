"""A run's folder on the disk: made whole or not at all, with its lock held from the first moment on."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mdorch.world.crash import crash_point
from mdorch.world.keeper.result import DRAFT
from mdorch.world.keeper.shim import LOGS

STAGING = ".new-"  # what the names of folders that are still being made begin with
REMAINS = ".gone-"  # those of folders that are being taken away
_ROOM = 4096  # bytes; a result has some hundred
_NEW = os.O_CREAT | os.O_CLOEXEC


def make_folder(final: Path, files: Mapping[str, bytes]) -> tuple[int, int]:
    """Make the folder of a run, with these files in it: a descriptor of it, and the one that holds its lock.

    Its name is durable only after `sync_folder` of the folder around it. Raises FileExistsError when it is
    there already, OSError.
    """
    if os.path.exists(final):
        raise FileExistsError(final)
    draft = f"{final.parent}/{STAGING}{os.getpid()}-{os.urandom(4).hex()}"
    os.mkdir(draft)
    opened: list[int] = []
    try:
        opened.append(folder := open_folder(draft))
        opened.append(lock := os.open("lock", os.O_RDWR | _NEW, 0o644, dir_fd=folder))
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name, data in files.items():
            _write_new(name, data, folder)
        for log in LOGS:
            _write_new(log, b"", folder)  # here, where a full disk is no fault of the agent
        _set_room_aside(DRAFT, folder)
        crash_point("runs.drafted")
        os.rename(draft, final)  # fails where there is one already: none is ever empty
    except OSError as error:
        for fd in opened:  # a lock held on would pass for a run that lives
            os.close(fd)
        shutil.rmtree(draft, ignore_errors=True)
        if final.exists():
            raise FileExistsError(final) from error
        raise
    return folder, lock


def tidy(root: Path) -> None:
    """Take away folders whose makers died before they were whole, and what is left of others."""
    for draft in (*root.glob(f"{STAGING}*"), *root.glob(f"{REMAINS}*")):
        if not is_held(draft / "lock"):
            shutil.rmtree(draft, ignore_errors=True)


def is_held(lock: Path | str) -> bool:
    """Whether somebody holds the lock. Two that look at once do not disturb each other.

    Raises OSError where that cannot be told: taking "don't know" for "no" would give up a run that lives.
    """
    try:
        fd = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def read_json(path: Path | str) -> dict[str, Any]:
    """What a small file says; nothing when it is missing or damaged. Raises OSError where that cannot be
    told (too many open files, a disk that fails)."""
    try:
        with open(path, "rb", buffering=0) as file:
            found = json.loads(file.read())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def open_folder(path: Path | str) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    fd = open_folder(path)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _write_new(name: str, data: bytes, folder: int) -> None:
    fd = os.open(name, os.O_WRONLY | _NEW, 0o644, dir_fd=folder)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
    finally:
        os.close(fd)


def _set_room_aside(name: str, folder: int) -> None:
    """For the result: a disk that the agent fills up must not swallow it."""
    fd = os.open(name, os.O_WRONLY | _NEW, 0o644, dir_fd=folder)
    try:
        os.posix_fallocate(fd, 0, _ROOM)
    finally:
        os.close(fd)
