"""The second way of writing: exchange the page with a new file, and look at what came out.

`RENAME_EXCHANGE` swaps two names in one step, so nobody ever finds the path missing, and the version that
was displaced is in our hands: if it is not the one that we planned from, somebody saved in between, the
swap is taken back, and the caller plans again on theirs.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import sleep

from mdorch.world.crash import crash_point
from mdorch.world.version import Version, contents, version

_EXCHANGE = 2  # RENAME_EXCHANGE of linux/fs.h, RENAME_SWAP of sys/stdio.h: the same number
_AT_FDCWD = -100
_QUIET = 0.3  # seconds without a change, before a page that cannot be leased is believed to be whole


def exchange_names(one: str | Path, other: str | Path) -> None:
    """Swap what two paths lead to, in one step. Raises OSError; nothing is changed then."""
    result = _call()(os.fsencode(one), os.fsencode(other))
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


@cache
def _call() -> Callable[[bytes, bytes], int]:
    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin":
        swap = library.renamex_np
        swap.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint)
        return lambda one, other: int(swap(one, other, _EXCHANGE))
    rename = library.renameat2
    rename.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    return lambda one, other: int(rename(_AT_FDCWD, one, _AT_FDCWD, other, _EXCHANGE))


def read_unleased(fd: int) -> Version | None:
    """The page where no lease is to be had: believed when it was left alone for a while.

    Weaker than a lease (a writer may pause for longer), and the most there is.
    """
    before = os.fstat(fd)
    data = contents(fd)
    sleep(_QUIET)
    after = os.fstat(fd)
    same = (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    return version(data, fd) if same and len(data) == after.st_size else None


def swap(path: Path, expected: bytes, new: bytes, folder: Path | None) -> bool:
    """Put a new file with `new` in the place of the page, if what comes out is `expected`.

    False: it was not, and everything is as it was. `path` is resolved. Raises OSError.
    """
    draft = _draft_name(path, folder)
    try:
        _write_draft(draft, path, new)
        crash_point("exchange.drafted")
        exchange_names(draft, path)
        crash_point("exchange.swapped")
        if draft.read_bytes() == expected:
            return True
        exchange_names(draft, path)
        return False
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def _draft_name(path: Path, folder: Path | None) -> Path:
    """In our own folder where that is on the same file system, out of everybody's sight."""
    if folder is not None and os.stat(folder).st_dev == os.stat(path).st_dev:
        return folder / f"page.{os.getpid()}.draft"
    return path.with_name(f".{path.name}.mdorch-{os.getpid()}")


def _write_draft(draft: Path, page: Path, data: bytes) -> None:
    """A durable file with the page's mode, owner and attributes."""
    with open(draft, "wb") as file:
        file.write(data)
        file.flush()
        shutil.copystat(page, draft)
        owner = os.stat(page)
        if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
            with suppress(PermissionError):
                os.chown(draft, owner.st_uid, owner.st_gid)
        os.utime(draft)
        os.fsync(file.fileno())
