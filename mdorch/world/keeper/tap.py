"""What a run prints, on its way from the agent to its log: bounded, and without secrets.

The agent writes into a pipe and the shim carries it on, so that a run that prints for days cannot fill the
disk, and keys that stand in the agent's environment do not end up in a file that people show around. A log
that is full gets the name `.1`, in place of the one before it, and a new one is begun: after a whole line,
so that whoever reads events finds none torn. A disk that is full costs lines, never the agent.

A secret is found also where it comes in two pieces: what could be the beginning of one is held back until
the next piece, or the end.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress

SIZE = 16_000_000  # bytes of a log
SLACK = 1_000_000  # bytes for which the end of a line is waited for
PIECE = 65536  # bytes read at once: a pipe holds no more
MASK = b"***"
SHORTEST = 6  # characters; what is shorter stands everywhere by chance
_ENDINGS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "CREDENTIALS")
_WORDS = frozenset({"PAT", "AUTH", "PWD", "BEARER"})
_PLACES = frozenset({"SOCK", "FILE", "PATH", "DIR", "URL", "PWD", "OLDPWD"})  # … of a secret, not itself


def secrets(env: Mapping[str, str]) -> list[bytes]:
    """The values that are told by their names to be secret, as they are and as JSON has them, longest first.
    Of an address (`https://user:word@host`) it is the password."""
    found: set[str] = set()
    for name, value in env.items():
        words = name.upper().split("_")
        if words[0] != "MDORCH" and words[-1] not in _PLACES and _is_secret(words):
            found.add(value)
        elif "://" in value and "@" in value:
            found.add(value.partition("://")[2].rpartition("@")[0].partition(":")[2])
    plain = {value for value in found if len(value) >= SHORTEST and not value.startswith("/")}
    both = plain | {json.dumps(value)[1:-1] for value in plain}
    return sorted((value.encode("utf-8", "surrogateescape") for value in both), key=len, reverse=True)


def _is_secret(words: Sequence[str]) -> bool:
    return any(word.endswith(_ENDINGS) or word in _WORDS for word in words)


class Tap:
    """One stream of a run: `pipe` is the end to read from, `name` its log in the open folder `folder`."""

    def __init__(self, pipe: int, name: str, folder: int, hidden: Sequence[bytes]) -> None:
        self.pipe = pipe
        self._name = name
        self._folder = folder
        self._hidden = hidden
        self._many_lines = any(b"\n" in secret for secret in hidden)
        self._rest = b""  # what could be the beginning of a secret
        self._log = -1
        self._size = 0
        os.set_blocking(pipe, False)
        self._open()

    def pump(self) -> bool:
        """Carry on what is there; False at the end, when nobody holds the other end any more."""
        try:
            piece = os.read(self.pipe, PIECE)
        except BlockingIOError:
            return True
        if piece:
            self._carry(self._rest + piece)
        return bool(piece)

    def close(self) -> None:
        """Carry on what is left in the pipe, and let go of it."""
        with suppress(BlockingIOError):
            while piece := os.read(self.pipe, PIECE):
                self._carry(self._rest + piece)
        self._write(self._rest)
        os.close(self.pipe)
        os.close(self._log)

    def _carry(self, data: bytes) -> None:
        for secret in self._hidden:
            if secret in data:
                data = data.replace(secret, MASK)
        held = self._held(data)
        self._rest = data[len(data) - held :]
        self._write(data[: len(data) - held])

    def _held(self, data: bytes) -> int:
        """How many bytes at the end could be the beginning of a secret."""
        if data.endswith(b"\n") and not self._many_lines:
            return 0
        most = 0
        for secret in self._hidden:
            for length in range(min(len(secret) - 1, len(data)), most, -1):
                if data.endswith(secret[:length]):
                    most = length
                    break
        return most

    def _write(self, data: bytes) -> None:
        if data and self._size >= SIZE:
            end = data.find(b"\n") + 1
            if end or self._size >= SIZE + SLACK:
                self._put(data[:end])
                self._turn()
                data = data[end:]
        self._put(data)

    def _put(self, data: bytes) -> None:
        self._size += len(data)
        view = memoryview(data)
        with suppress(OSError):  # a full disk
            while view:
                view = view[os.write(self._log, view) :]

    def _turn(self) -> None:
        """Begin a new log. (Where the folder is gone, the old one goes on.)"""
        with suppress(OSError):
            os.rename(self._name, f"{self._name}.1", src_dir_fd=self._folder, dst_dir_fd=self._folder)
            os.close(self._log)
            self._open()

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._log = os.open(self._name, flags, 0o644, dir_fd=self._folder)
        self._size = os.fstat(self._log).st_size
