"""The daemon's end of its shims: born in the nursery when they are needed, and asked again when they rest.

The nursery is started when first needed, and started again when it died.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mdorch.world.crash import crash_point
from mdorch.world.keeper.nursery import LENGTH as PID_LENGTH
from mdorch.world.keeper.ready import is_ready
from mdorch.world.keeper.service import LENGTH, OVER
from mdorch.world.keeper.shim import Order

_PATIENCE = 20.0  # seconds for an answer; it takes a millisecond
_ROOT = str(Path(__file__).resolve().parents[2])
_CODE = "import sys; sys.path.insert(0, sys.argv[1]); from mdorch.world.keeper.nursery import main; main()"

Request = tuple[Order, int, int]  # with open descriptors of the run's folder and its lock, which stay ours


@dataclass(slots=True)
class Watched:
    """A shim that keeps a run: its pid, and a pidfd of it."""

    pid: int
    pidfd: int

    def fileno(self) -> int:
        """What becomes readable when the run is over, or the shim dead."""
        return self.pidfd

    def is_over(self) -> bool:
        return is_ready([self], 0)

    def is_gone(self) -> bool:
        """Whether the shim has ended, as far as it would have told us."""
        return False

    def close(self) -> None:
        os.close(self.pidfd)


@dataclass(slots=True)
class Keeper(Watched):
    """A shim of our own, with the connection that its orders go through; closed, it ends with its run."""

    channel: socket.socket

    def fileno(self) -> int:
        return self.channel.fileno()

    def is_gone(self) -> bool:
        try:
            return self.is_over() and not self.channel.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def close(self) -> None:
        self.channel.close()
        os.close(self.pidfd)


class Hatch:
    """Asks for shims. Not for use by several threads at once."""

    def __init__(self) -> None:
        self._connection: socket.socket | None = None
        self._pid = 0
        self._resting: list[Keeper] = []

    def start(self, requests: Sequence[Request]) -> list[Keeper]:
        """Have each run kept by a shim of its own. Raises OSError.

        Asking twice, because the nursery or a shim died meanwhile, is harmless: of two shims for one run the
        second ends at once (see `shim`).
        """
        try:
            return self._start(requests)
        except OSError:
            self.close()
            return self._start(requests)

    def rest(self, shim: Watched) -> None:
        """The run of this shim is over, or nearly: one of ours may be given another."""
        if isinstance(shim, Keeper):
            self._resting.append(shim)
        else:
            shim.close()

    def close(self) -> None:
        """Let the nursery and resting shims end. Runs go on."""
        for keeper in self._resting:
            keeper.close()
        self._resting = []
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            with suppress(ChildProcessError):
                os.waitpid(self._pid, os.WNOHANG)

    def _start(self, requests: Sequence[Request]) -> list[Keeper]:
        """New shims are asked for first: they are born while those that rested get their orders."""
        keepers = self._rested(len(requests))
        channels: list[socket.socket] = []
        try:
            while len(keepers) + len(channels) < len(requests):
                channels.append(self._order_shim())
            for (order, folder, lock), channel in zip(
                requests, [*(keeper.channel for keeper in keepers), *channels], strict=True
            ):
                _send(channel, order, folder, lock)
                crash_point("run.ordered")
            os.sched_yield()  # a receiver is woken on its sender's processor, which is taken to be free soon
            while channels:
                keepers.append(Keeper(*self._answer(), channels[0]))
                del channels[0]
        except BaseException:
            for keeper in keepers:
                keeper.close()
            for channel in channels:
                channel.close()
            raise
        return keepers

    def _rested(self, most: int) -> list[Keeper]:
        """Shims that said that their run is over; those that went meanwhile are forgotten."""
        found: list[Keeper] = []
        resting: list[Keeper] = []
        for keeper in self._resting:
            if len(found) == most or not keeper.is_over():
                resting.append(keeper)  # not needed, or just about to say so
            elif _says_so(keeper):
                found.append(keeper)
            else:
                keeper.close()
        self._resting = resting
        return found

    def _order_shim(self) -> socket.socket:
        connection = self._connection or self._spawn()
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(connection, [b"."], [theirs.fileno()])
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        ours.settimeout(_PATIENCE)
        return ours

    def _answer(self) -> tuple[int, int]:
        if self._connection is None:
            raise ConnectionResetError("the nursery ended")
        answer, fds, _, _ = socket.recv_fds(self._connection, PID_LENGTH, 1)
        if len(answer) < PID_LENGTH or len(fds) != 1:
            raise ConnectionResetError("the nursery ended")
        os.set_inheritable(fds[0], False)
        return int.from_bytes(answer, "big"), fds[0]

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


def _says_so(keeper: Keeper) -> bool:
    """Whether it says that its run is over, and has not gone since."""
    return not keeper.is_gone() and keeper.channel.recv(1) == OVER and not keeper.is_over()


def _send(channel: socket.socket, order: Order, folder: int, lock: int) -> None:
    text = json.dumps(order).encode()
    request = len(text).to_bytes(LENGTH, "big") + text
    sent = socket.send_fds(channel, [request], [folder, lock])
    channel.sendall(request[sent:])
