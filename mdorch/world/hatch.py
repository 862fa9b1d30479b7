"""The daemon's end of the nursery: started when first needed, started again when it died."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from mdorch.world.keeper.nursery import LENGTH
from mdorch.world.keeper.shim import Order

_PATIENCE = 20.0  # seconds for an answer; it takes a millisecond
_ROOT = str(Path(__file__).resolve().parents[2])
_CODE = "import sys; sys.path.insert(0, sys.argv[1]); from mdorch.world.keeper.nursery import main; main()"

Request = tuple[Order, int, int]  # with open descriptors of the run's folder and its lock, which stay ours


class Hatch:
    """Asks for shims. Not for use by several threads at once."""

    def __init__(self) -> None:
        self._connection: socket.socket | None = None
        self._pid = 0

    def start(self, requests: Sequence[Request]) -> list[tuple[int, int]]:
        """Have a shim keep each run: its pid, and a pidfd of it, the caller's to close. Raises OSError.

        Asking twice, because the nursery died meanwhile, is harmless: of two shims for one run the second
        ends at once (see `shim`).
        """
        try:
            return self._ask(requests)
        except OSError:
            self.close()
            return self._ask(requests)

    def close(self) -> None:
        """Let the nursery end. Runs go on."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            with suppress(ChildProcessError):
                os.waitpid(self._pid, os.WNOHANG)

    def _ask(self, requests: Sequence[Request]) -> list[tuple[int, int]]:
        """All questions first: the nursery answers one while the next is on its way."""
        connection = self._connection or self._spawn()
        for order, folder, lock in requests:
            text = json.dumps(order).encode()
            request = len(text).to_bytes(LENGTH, "big") + text
            sent = socket.send_fds(connection, [request], [folder, lock])
            connection.sendall(request[sent:])
        return [_answer(connection) for _ in requests]

    def _spawn(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        try:
            self._pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-S", "-c", _CODE, _ROOT],
                os.environ,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, theirs.fileno(), 0),
                    (os.POSIX_SPAWN_DUP2, null, 1),
                    (os.POSIX_SPAWN_DUP2, null, 2),
                ],
                setsid=True,
            )
        finally:
            theirs.close()
            os.close(null)
        ours.settimeout(_PATIENCE)
        self._connection = ours
        return ours


def _answer(connection: socket.socket) -> tuple[int, int]:
    answer, fds, _, _ = socket.recv_fds(connection, LENGTH, 1)
    if len(answer) < LENGTH or len(fds) != 1:
        raise ConnectionResetError("the nursery ended")
    os.set_inheritable(fds[0], False)
    return int.from_bytes(answer, "big"), fds[0]
