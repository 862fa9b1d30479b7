"""The result of a run, `exit.json`: into room that was set aside for it, whatever becomes of the disk or of
the folder meanwhile.

It is synced once, after the rename: that takes the name along (the rename changed the file, too), and a power
failure in between leaves what reads as no result, and a run that is lost, not wrong. The daemon need not wait
for that: it acts upon nothing that its journal has not synced, and what this file says comes before that.
"""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress

from mdorch.world.crash import crash_point
from mdorch.world.names import safe_name

DRAFT = "exit.json.draft"  # made by the starter, with room for the result
PAUSE = 1.0  # seconds until a full disk is tried again


def write_result(
    result: Mapping[str, object], folder: int, home: str, run_id: str, about: Mapping[str, object]
) -> int:
    """`folder` is an open descriptor of the run's folder, `home` the path of the `.mdorch` around it; `about`
    is for whoever knows nothing of the run by then (see `RunSpec.about`).

    A full disk is waited for, a deleted folder is made again: the result is worth it. Returns a descriptor of
    the file, which is still to be synced. Raises OSError.
    """
    text = json.dumps(result).encode() + b"\n"
    is_deleted = False
    while True:
        try:
            if not is_deleted:
                return _put(text, folder)
            record = json.dumps({"id": run_id, "about": dict(about)}).encode()
            return _put_elsewhere(text, record, folder, os.path.join(home, "runs", safe_name(run_id)))
        except FileNotFoundError:  # somebody deleted the folder under us
            if is_deleted:
                raise
            is_deleted = True
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            time.sleep(PAUSE)


def _put(text: bytes, folder: int) -> int:
    fd = os.open(DRAFT, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644, dir_fd=folder)
    try:
        os.pwrite(fd, text, 0)
        os.ftruncate(fd, len(text))
        crash_point("shim.written")
        os.rename(DRAFT, "exit.json", src_dir_fd=folder, dst_dir_fd=folder)
        crash_point("shim.named")
    except OSError:
        os.close(fd)
        raise
    return fd


def _put_elsewhere(text: bytes, record: bytes, folder: int, final: str) -> int:
    """Into a new folder of the same name, whole from the first; `folder` becomes its descriptor. Raises
    FileNotFoundError where even the folder of the page is gone."""
    runs = os.path.dirname(final)
    draft = os.path.join(runs, f".new-{os.getpid()}")
    for path in (os.path.dirname(runs), runs, draft):
        with suppress(FileExistsError):
            os.mkdir(path)
    made = os.open(draft, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    os.dup2(made, folder, inheritable=False)
    os.close(made)
    with open(
        "run.json", "wb", opener=lambda name, flags: os.open(name, flags, 0o644, dir_fd=folder)
    ) as file:
        file.write(record)
    fd = _put(text, folder)
    os.rename(draft, final)
    return fd
