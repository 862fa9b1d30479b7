"""What wakes the loop: one flag without content, and the wish to stop.

A pipe makes it something that `select` can wait for; ringing is safe from any thread and from signal
handlers. A lost or doubled ring costs nothing: the loop looks at everything whenever it wakes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any


class Doorbell:
    """A context: signals are answered by stopping inside of it and restored after it."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._before: dict[int, Any] = {}
        self._asked: list[float] = []
        self.interactive = False

    def __enter__(self) -> Doorbell:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                self._before[number] = signal.signal(number, self._stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._read)
        os.close(self._write)

    def fileno(self) -> int:
        return self._read

    def ring(self) -> None:
        """Wake the loop. A full pipe has rung already; a closed one belongs to a loop that is over."""
        with contextlib.suppress(BlockingIOError, OSError):
            os.write(self._write, b".")

    def clear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._read, 4096):
                pass

    @property
    def stopping(self) -> bool:
        return bool(self._asked)

    def stop(self) -> None:
        """Ask the loop to end, as SIGTERM does."""
        self._asked.append(time.monotonic())
        self.ring()

    def again(self, patience: float) -> bool:
        """Whether stopping is asked for a second time within `patience` seconds of the first."""
        until = self._asked[0] + patience
        while len(self._asked) < 2 and time.monotonic() < until:
            time.sleep(0.02)
        return len(self._asked) > 1 and self._asked[1] <= until

    def _stop(self, number: int, _: FrameType | None) -> None:
        self.interactive = number == signal.SIGINT
        self.stop()
