"""What a shim listens to: signals, and what its agent prints; one `poll` for both."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
from contextlib import suppress
from math import ceil
from typing import Any

from mdorch.world.keeper.tap import Tap

STOP_SIGNAL = signal.SIGUSR1  # to the shim: look at the file `stop`
AWAITED = (signal.SIGCHLD, STOP_SIGNAL, signal.SIGTERM)
_signalfd: Any = getattr(ctypes.CDLL(None), "signalfd", None)
_MASK = sum(1 << (number - 1) for number in AWAITED).to_bytes(128, "little")  # a `sigset_t`
_SIGNAL = 128  # bytes of what a signalfd tells of one signal; it begins with its number
_LONGEST = 86400.0  # seconds: `poll` counts milliseconds in 32 bits


class Ear:
    """`terminated`: SIGTERM was heard. The signals in `AWAITED` are to be blocked."""

    def __init__(self) -> None:
        self.terminated = False
        self._poll = select.poll()
        self._taps: dict[int, Tap] = {}  # by the pipe that each reads
        self._signals = _signalfd(-1, _MASK, os.O_CLOEXEC | os.O_NONBLOCK)
        self._poll.register(self._signals, select.POLLIN)

    def attach(self, tap: Tap) -> None:
        """Carry on what comes through it, too, whenever somebody listens."""
        self._taps[tap.pipe] = tap
        self._poll.register(tap.pipe, select.POLLIN)

    def listen(self, seconds: float) -> None:
        """Until a signal comes or something was printed, which is carried on; at most so long."""
        for fd, _ in self._poll.poll(ceil(min(max(seconds, 0.0), _LONGEST) * 1000)):
            if fd == self._signals:
                self._hear()
            elif not self._taps[fd].pump():
                self._poll.unregister(fd)  # it stays at its end, and `poll` would never sleep again

    def let_go(self) -> None:
        """Carry on what is left, and close all taps."""
        for pipe, tap in self._taps.items():
            with suppress(KeyError):
                self._poll.unregister(pipe)
            tap.close()
        self._taps = {}

    def close(self) -> None:
        os.close(self._signals)

    def _hear(self) -> None:
        with suppress(BlockingIOError):
            while told := os.read(self._signals, _SIGNAL):
                if int.from_bytes(told[:4], sys.byteorder) == signal.SIGTERM:
                    self.terminated = True
