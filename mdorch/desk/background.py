"""A daemon in the background: how it is started, how it says that it is at work, and where it says the rest.

Whoever starts it waits on a pipe. A byte through it means that the daemon holds its lock and has read its
journal; the end of the pipe without one is the end of the process, whose last words are in the log.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TextIO

from mdorch.config.errors import FAILED, Trouble
from mdorch.desk.site import Site
from mdorch.world.keeper.ready import is_ready
from mdorch.world.log import Log

PATIENCE = 15.0  # seconds for a daemon to say that it is at work
LAST_WORDS = 6  # lines of the log, where it does not


def start(site: Site, environ: Mapping[str, str], yes: bool) -> int:
    """`mdorch up` in a session of its own; its pid, once it is at work. Raises Trouble, OSError."""
    site.dot.mkdir(exist_ok=True)
    argv = [sys.executable, "-m", "mdorch", "--page", str(site.page)]
    if site.settings.source:
        argv += ["--config", str(site.settings.source)]
    told, tell = os.pipe()
    with site.log.open("ab") as log, open(told, "rb", buffering=0) as pipe:
        before = log.tell()
        child = subprocess.Popen(
            [*argv, "up", "--detached", str(tell), *(["--yes"] if yes else [])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=[tell],
            env=dict(environ),
        )
        child.returncode = 0  # it lives on, or says why not: nobody waits for it
        os.close(tell)
        if is_ready([pipe], PATIENCE) and pipe.read(1):
            return child.pid
    with site.log.open("rb") as said:
        said.seek(before)
        words = said.read().decode("utf-8", "replace").strip().splitlines()
    raise Trouble("the daemon did not start", "\n".join(words[-LAST_WORDS:]) or f"see {site.log}", FAILED)


def at_work(pipe: int) -> None:
    """Say so to whoever waits at the other end; that nobody does any more is nothing to a daemon."""
    with suppress(OSError):
        os.write(pipe, b"\n")
    os.close(pipe)


def turn_to_log(site: Site) -> TextIO:
    """From now on all that this process prints goes to the log of the page, which is kept bounded.

    The stream for ordinary lines; writing to it never fails. Raises OSError where there can be no log.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    raw: io.RawIOBase = Log(site.log)
    return io.TextIOWrapper(raw, "utf-8", "replace", write_through=True)  # type: ignore[type-var]
