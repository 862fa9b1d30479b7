"""Waiting for descriptors: by `poll`, which takes any number, where `select` fails from the 1024th on."""

from __future__ import annotations

import select
from collections.abc import Iterable
from math import ceil
from typing import Protocol

_LONGEST = 86400.0  # seconds: `poll` counts milliseconds in 32 bits


class _HasFileno(Protocol):
    def fileno(self) -> int: ...


def is_ready(things: Iterable[int | _HasFileno], seconds: float | None) -> bool:
    """Whether one of them can be read, or is at its end, within so many seconds; None waits for ever."""
    return bool(which_are_ready(things, seconds))


def which_are_ready(things: Iterable[int | _HasFileno], seconds: float | None) -> list[int]:
    """Their descriptors, as soon as there is one; none once so many seconds are over."""
    poll = select.poll()
    for thing in things:
        poll.register(thing, select.POLLIN)
    found = poll.poll(None if seconds is None else ceil(min(max(seconds, 0.0), _LONGEST) * 1000))
    return [fd for fd, _ in found]
