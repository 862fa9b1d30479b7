"""A shim's life: one run after another, one at a time.

A process that was just forked runs slowly (every page that it writes to is copied first), so a shim whose
run is over takes the next one: 0.3 ms of processor time where a new shim costs 3. It is still one shim for
one run at any moment, and when it dies, one run is lost with it. One process for all runs would be
quicker by nothing more, but could not tell whose child an orphan was that hides its environment.

An order is a length (4 bytes, big endian) and an `Order` in JSON, with two descriptors attached: the run's
folder, and its lock, already locked. When the run is over, its result written and its lock released, the shim
says so by one byte, and syncs the result then: so the daemon's end becomes readable when the run is over, and
also when the shim has died. A shim ends when the daemon is gone, when it was terminated, when nothing is
asked of it for a while, and when anything is left of a run that should not be.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import traceback
from contextlib import suppress

from mdorch.world.keeper.ready import is_ready
from mdorch.world.keeper.shim import Order, Shim, become_keeper

LENGTH = 4
OVER = b"."
REST = 3.0  # seconds for which a shim waits for its next run

_Received = tuple[Order, int, int]


def serve(channel: socket.socket) -> None:
    """Keep the runs that are asked for on this connection."""
    become_keeper()
    gc.enable()
    while (received := _next(channel)) is not None:
        fit, result = _keep(*received)
        if fit:
            with suppress(OSError):  # the daemon is gone: the next thing received is nothing
                channel.sendall(OVER)
        if result is not None:
            with suppress(OSError):  # a disk that fails: what it holds is all there is
                os.fsync(result)
            os.close(result)
        if not fit:
            return


def _next(channel: socket.socket) -> _Received | None:
    """The next order; None when there will be none.

    While it waits a shim may be terminated like any process. Before it goes because it waited for long, it
    closes the door and looks once more: what had come in by then is done, what comes after is refused.
    """
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM,))
    try:
        if not is_ready([channel], REST):
            channel.shutdown(socket.SHUT_RD)
        return _receive(channel)
    finally:
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM,))


def _receive(channel: socket.socket) -> _Received | None:
    head, fds, _, _ = socket.recv_fds(channel, LENGTH, 2)
    if len(head) < LENGTH or len(fds) != 2:
        return None
    for fd in fds:
        os.set_inheritable(fd, False)  # an agent that held the lock would keep its run alive for ever
    left = int.from_bytes(head, "big")
    pieces = []
    while left and (piece := channel.recv(left)):
        pieces.append(piece)
        left -= len(piece)
    if left:
        return None  # the daemon died in the middle of asking
    order: Order = json.loads(b"".join(pieces))
    return order, fds[0], fds[1]


def _keep(order: Order, folder: int, lock: int) -> tuple[bool, int | None]:
    """Keep one run: whether the shim is fit for another, and the result, still to be synced. What it could
    not cope with goes to `keeper.log` in the run's folder, for a person."""
    try:
        shim = Shim(order, folder)
        fit = shim.keep()
    except BaseException:
        with suppress(OSError):
            fd = os.open("keeper.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644, dir_fd=folder)
            os.write(fd, traceback.format_exc().encode("utf-8", "replace"))
        raise
    os.close(folder)
    os.close(lock)
    return fit, shim.result
