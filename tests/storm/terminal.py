"""A program that wants a terminal, and somebody who types into it when it shows what they wait for."""

from __future__ import annotations

import os
import pty
import select
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress


def typed_into(
    argv: Sequence[str], environ: Mapping[str, str], keys: Mapping[bytes, bytes], patience: float
) -> bytes:
    """Run it to its end, or for `patience` seconds; all that it showed.

    `keys`: what is typed, once each, when something is shown. Then only what is shown from then on counts.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        try:
            os.execvpe(argv[0], argv, {**environ, "TERM": "xterm"})
        finally:
            os._exit(127)
    shown, fresh, until = b"", b"", time.monotonic() + patience
    left = dict(keys)
    try:
        while (more := _more(terminal, until)) is not None:
            shown, fresh = shown + more, fresh + more
            met = next((sign for sign in left if sign in fresh), None)
            if met is not None:
                os.write(terminal, left.pop(met))
                fresh = b""
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)  # else it saves what it has, under another name
        os.close(terminal)
        os.waitpid(pid, 0)
    return shown


def _more(terminal: int, until: float) -> bytes | None:
    """What is shown next; None at the end of the program, or of patience."""
    if not select.select([terminal], [], [], max(0.0, until - time.monotonic()))[0]:
        return None
    with suppress(OSError):
        return os.read(terminal, 65536) or None
    return None
