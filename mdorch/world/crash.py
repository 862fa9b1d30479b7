"""Named points at which a test may end this process as `kill -9` would."""

from __future__ import annotations

import os
from itertools import count

_NAME, _, _NUMBER = os.environ.get("MDORCH_CRASH_AT", "").partition("#")
_SEEN = os.environ.get("MDORCH_CRASH_SEEN", "")
_visits = count(1)


def crash_point(name: str) -> None:
    """Does nothing, unless the environment variable MDORCH_CRASH_AT named this point at the start; as
    `NAME#3` it lets the first two visits pass. MDORCH_CRASH_SEEN is a file to which the name goes then.
    """
    if _NAME and name == _NAME and next(_visits) == int(_NUMBER or 1):
        if _SEEN:
            fd = os.open(_SEEN, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
            os.write(fd, f"{name}\n".encode())
        os.kill(os.getpid(), 9)
