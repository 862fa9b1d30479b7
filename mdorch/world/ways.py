"""The ways in which a notice leaves: the desktop, a program, an address.

Each takes a bounded time, starts nothing through a shell, and follows no redirect: what was approved is the
address that the configuration names. Errors are told without the address, which is often a secret.
"""

from __future__ import annotations

import contextlib
import html
import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from mdorch.frozen import Frozen
from mdorch.world.keeper.program import find_program

PATIENCE = 10.0  # seconds for an address to take a notice, and for a program to be done with one
SHOWN = 1000  # characters on a desktop
_SESSION = ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR")


class WayError(Exception):
    """It could not be sent; the text says why, in one line."""


class Way(Protocol):
    """One of them. `name` is a word for it; `send` raises WayError."""

    @property
    def name(self) -> str: ...

    def send(self, notice: Mapping[str, Any]) -> None: ...


class Desktop(Frozen):
    """notify-send, in the session of this user. `environ` is that of the daemon."""

    environ: Mapping[str, str]
    name: str = "desktop"

    def send(self, notice: Mapping[str, Any]) -> None:
        if not any(self.environ.get(name) for name in _SESSION):
            raise WayError("there is no desktop session here")
        body = html.escape(notice["text"][:SHOWN], quote=False)  # it may be read as markup
        argv = ["notify-send", "--app-name=mdorch", "--", notice["title"], body]
        _run(argv, b"", self.environ, Path("/"))


class Program(Frozen):
    """`argv` gets the notice as one JSON object on standard input, in `folder`."""

    argv: tuple[str, ...]
    environ: Mapping[str, str]
    folder: Path
    name: str = "command"

    def send(self, notice: Mapping[str, Any]) -> None:
        _run(self.argv, json.dumps(notice).encode() + b"\n", self.environ, self.folder)


class Webhook(Frozen):
    """An HTTP POST of the notice as JSON; any answer from 200 to 299 is a yes."""

    address: str
    name: str = "webhook"

    def send(self, notice: Mapping[str, Any]) -> None:
        from http.client import HTTPException
        from urllib.error import HTTPError, URLError
        from urllib.request import HTTPRedirectHandler, Request, build_opener

        class Stay(HTTPRedirectHandler):
            def redirect_request(self, *_: Any) -> None:
                """Nowhere else than where it was sent to."""

        head = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "mdorch"}
        asked = Request(self.address, json.dumps(notice).encode(), head, method="POST")
        where = host(self.address)
        try:
            with build_opener(Stay).open(asked, timeout=PATIENCE):
                return
        except HTTPError as error:
            error.close()
            raise WayError(f"{where} answers {error.code}") from None
        except URLError as error:
            raise WayError(f"{where}: {_why(error.reason)}") from None
        except (OSError, HTTPException, ValueError) as error:
            raise WayError(f"{where}: {_why(error)}") from None


def host(address: str) -> str:
    """The part of an address that is no secret: scheme and host."""
    from urllib.parse import urlsplit

    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _why(error: object) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {PATIENCE:.0f} s"
    text = (error.strerror or str(error)) if isinstance(error, OSError) else type(error).__name__
    return text.lower()


def _run(argv: Sequence[str], data: bytes, environ: Mapping[str, str], folder: Path) -> None:
    """Run a program to its end, with nothing of it left after PATIENCE. Raises WayError."""
    try:
        program = find_program(argv[0], environ, str(folder))
        child = subprocess.Popen(
            [program, *argv[1:]],
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise WayError(f"{argv[0]}: {(error.strerror or str(error)).lower()}") from None
    with child:
        try:
            child.communicate(data, PATIENCE)
        except subprocess.TimeoutExpired:
            raise WayError(f"{argv[0]} took longer than {PATIENCE:.0f} s") from None
        finally:
            if child.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.kill()
    if child.returncode:
        raise WayError(f"{argv[0]} ended with exit code {child.returncode}")
