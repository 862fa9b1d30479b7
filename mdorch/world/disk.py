"""How much room there is where something is kept."""

from __future__ import annotations

import os
from pathlib import Path

from mdorch.frozen import Frozen


class Room(Frozen):
    """`free` and `size` are bytes, as far as this user may use them; `files` is how many more files there
    can be, -1 where the file system sets no such bound. `disk` tells disks apart."""

    path: Path
    disk: int
    free: int
    size: int
    files: int


def room(path: Path) -> Room | None:
    """The room on the disk of a path, or of the nearest folder above it that there is; None if unknown."""
    for place in (path, *path.parents):
        try:
            found, disk = os.statvfs(place), os.stat(place).st_dev
        except FileNotFoundError:
            continue
        except OSError:
            return None
        files = found.f_favail if found.f_files else -1
        return Room(path, disk, found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize, files)
    return None
