"""Daemons that lose edits, each in one of the usual ways: the torture must find them out.

    python -m tests.storm.guilty rename PAGE      read, change, temporary file, rename
    python -m tests.storm.guilty in-place PAGE    read, change, truncate and write
    python -m tests.storm.guilty check PAGE       the first, with a look at the file's times before
    python -m tests.storm.guilty repeat PAGE      the first, and a line that somebody added once more

Each does what a daemon has to do with the rows (open → in progress → complete), many times a second.
"""

from __future__ import annotations

import os
import re
import sys
import time
from contextlib import suppress
from pathlib import Path

PAUSE = 0.003  # seconds between reading and writing: deciding takes time
_NEXT = {b"| Waiting": b"| In Progress", b"| In Progress": b"| Complete"}
_TAG = re.compile(rb"(?m)^- \S+ ~[0-9a-f]{8}\n")


def change(data: bytes) -> bytes:
    """One row a step further."""
    for old, new in _NEXT.items():
        if old in data:
            return data.replace(old, new, 1)
    return data


def repeat(data: bytes) -> bytes:
    """One tagged line that stands there once, a second time: whoever is asked twice repeats another one."""
    return next((data + line for line in _TAG.findall(data) if data.count(line) == 1), data)


def write_rename(page: Path, new: bytes) -> None:
    draft = page.with_name(".draft")
    draft.write_bytes(new)
    os.rename(draft, page)


def serve(way: str, page: Path) -> None:
    while True:
        with suppress(FileNotFoundError):
            looked = os.stat(page).st_mtime_ns
            data = page.read_bytes()
            time.sleep(PAUSE)
            new = change(data)
            if way == "repeat":
                new = repeat(new)
            if new == data:
                continue
            if way == "in-place":
                page.write_bytes(new)
            elif way != "check" or os.stat(page).st_mtime_ns == looked:
                write_rename(page, new)


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
