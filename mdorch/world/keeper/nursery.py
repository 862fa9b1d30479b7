"""The nursery: one small process that forks shims.

A fresh interpreter for each shim costs tens of milliseconds and its own copy of everything; a fork of one
that is there already costs about one, and shares memory. The nursery holds no state, so nothing is lost
when it dies: shims are sessions of their own and go on, and the daemon starts another. It ends when the
daemon does, which closes the other end of its only connection.

A shim is asked for by one byte, with one end of a connection attached: on that its orders will come (see
`service`). The answer is its pid (4 bytes, big endian) with its pidfd attached.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
from contextlib import suppress

from mdorch.world.boot import boot_id, start_ticks
from mdorch.world.keeper.ear import AWAITED
from mdorch.world.keeper.service import serve
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
    while (channel := _receive(connection)) is not None:
        _answer(connection, channel)
        os.close(channel)


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


def _receive(connection: socket.socket) -> int | None:
    word, fds, _, _ = socket.recv_fds(connection, 1, 1)
    if not word or len(fds) != 1:
        return None
    os.set_inheritable(fds[0], False)
    return fds[0]


def _answer(connection: socket.socket, channel: int) -> None:
    """Fork, and tell who was born.

    What a shim waits for stays blocked in it from its first moment on, and here no child is reaped before
    it has its pidfd.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
    pid = os.fork()
    if pid == 0:
        connection.close()
        _live(channel)
    pidfd = os.pidfd_open(pid)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, AWAITED)
    with suppress(OSError):
        socket.send_fds(connection, [pid.to_bytes(LENGTH, "big")], [pidfd])
    os.close(pidfd)


def _live(channel: int) -> None:
    """The child's whole life."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.close(null)
        serve(socket.socket(fileno=channel))
    except BaseException:  # noqa: BLE001 - nobody above could do anything with it
        os._exit(1)
    os._exit(0)


def _reap(*_: object) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    sys.exit("the nursery is started by mdorch.world.hatch")
