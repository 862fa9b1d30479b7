"""Validated settings, kept so that an unchanged configuration is read without the validator.

The record names the format, the program's version, the file's path and its content by one key, and
carries a sum over itself. Whatever is torn, foreign or wrong in it means "not kept", never an error:
it is made anew. It grants nothing: what was approved is computed from the values, wherever they came from.
"""

from __future__ import annotations

import contextlib
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

from mdorch import __version__
from mdorch.config.settings import Settings, from_plain, plain

FORMAT = 5
NAME = "config.json"


def get(folder: Path, source: Path, content: bytes) -> Settings | None:
    """The settings kept for exactly this content at this path, if they are whole."""
    try:
        record = json.loads((folder / NAME).read_bytes())
        values = record["settings"]
        if record["key"] != _key(source, content) or record["sum"] != _sum(values):
            return None
        return from_plain(values, source)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def put(folder: Path, content: bytes, settings: Settings) -> None:
    """Keep them by rename, where the folder exists and can be written; else leave it."""
    if settings.source is None or not folder.is_dir():
        return
    values = plain(settings)
    record = {"key": _key(settings.source, content), "sum": _sum(values), "settings": values}
    temporary = folder / f"{NAME}.{os.getpid()}"
    try:
        temporary.write_text(json.dumps(record), "ascii")
        temporary.replace(folder / NAME)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _key(source: Path, content: bytes) -> str:
    return sha256(b"\0".join((f"{FORMAT} {__version__}".encode(), os.fsencode(source), content))).hexdigest()


def _sum(values: Any) -> str:
    return sha256(json.dumps(values, sort_keys=True).encode("ascii")).hexdigest()
