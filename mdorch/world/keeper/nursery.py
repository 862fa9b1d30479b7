"""The nursery: one small process that forks a shim for every run.

A fresh interpreter for each run costs tens of milliseconds and its own copy of everything; a fork of one
that is there already costs about one, and shares memory. The nursery holds no state, so nothing is lost
when it dies: shims are sessions of their own and go on, and the daemon starts another. It ends when the
daemon does, which closes the other end of its only connection.

A request is a length (4 bytes, big endian) and an `Order` in JSON, with two descriptors attached: the run's
folder, and its lock, already locked. The answer is the pid of the shim (4 bytes) with its pidfd attached.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import traceback
from contextlib import suppress

from mdorch.world.boot import boot_id, start_ticks
from mdorch.world.keeper.shim import AWAITED, Order, Shim
from mdorch.world.keeper.words import last_words

LENGTH = 4


def main() -> None:
    """Serve the connection on standard input until it is closed."""
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)  # they are meant for terminals; shims inherit it
    signal.signal(signal.SIGCHLD, _reap)
    connection = socket.socket(fileno=os.dup(0))
    _warm_up()
    while (request := _receive(connection)) is not None:
        order, folder, lock = request
        _answer(connection, order, folder)
        os.close(folder)
        os.close(lock)


def _warm_up() -> None:
    """Do once, here, what every shim would do for the first time: codecs, caches, the boot id.

    Without a collector nothing but a used object is written to, so more memory stays shared.
    """
    gc.disable()
    start_ticks(os.getpid())
    json.dumps({"boot": boot_id(), "time": 0.5}).encode()
    last_words(b"warm")
    os.waitstatus_to_exitcode(0)
    gc.collect()
    gc.freeze()


def _receive(connection: socket.socket) -> tuple[Order, int, int] | None:
    head, fds, _, _ = socket.recv_fds(connection, LENGTH, 2)
    if len(head) < LENGTH or len(fds) != 2:
        return None
    for fd in fds:
        os.set_inheritable(fd, False)  # an agent that held the lock would keep its run alive for ever
    left = int.from_bytes(head, "big")
    pieces = []
    while left and (piece := connection.recv(left)):
        pieces.append(piece)
        left -= len(piece)
    if left:
        return None  # the daemon died in the middle of asking
    order: Order = json.loads(b"".join(pieces))
    return order, fds[0], fds[1]


def _answer(connection: socket.socket, order: Order, folder: int) -> None:
    """Fork, and tell who was born.

    What a shim waits for stays blocked in it from its first moment on, and here no child is reaped before
    it has its pidfd.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
    pid = os.fork()
    if pid == 0:
        connection.close()
        _keep(order, folder)
    pidfd = os.pidfd_open(pid)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, AWAITED)
    with suppress(OSError):
        socket.send_fds(connection, [pid.to_bytes(LENGTH, "big")], [pidfd])
    os.close(pidfd)


def _keep(order: Order, folder: int) -> None:
    """The child's whole life. What it could not cope with goes to `keeper.log`, for a person."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.close(null)
        Shim(order, folder).keep()
    except BaseException:  # noqa: BLE001 - nobody above could do anything with it
        with suppress(OSError):
            fd = os.open("keeper.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644, dir_fd=folder)
            os.write(fd, traceback.format_exc().encode("utf-8", "replace"))
        os._exit(1)
    os._exit(0)


def _reap(*_: object) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    sys.exit("the nursery is started by mdorch.world.hatch")
