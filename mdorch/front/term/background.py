"""Whether the terminal is dark, asked of the terminal itself before anything is drawn.

`OSC 11 ?` asks for its background (xterm's control sequences), `DA1` right after it for its kind. Every
terminal answers the second, in order, so that nobody waits for an answer to the first that will not come;
and an answer that came late would be taken for keys.
"""

from __future__ import annotations

import os
import re
import select
import termios
import time
import tty
from collections.abc import Mapping

ASK = b"\x1b]11;?\x1b\\\x1b[c"
KIND = re.compile(rb"\x1b\[\?[\d;]*c")
COLOUR = re.compile(rb"\]11;rgb:([0-9a-fA-F]+)/([0-9a-fA-F]+)/([0-9a-fA-F]+)")
PATIENCE = 2.0  # seconds
MUTE = ("dumb", "linux", "vt100", "vt220", "")


def is_light(environ: Mapping[str, str], terminal: int = 0) -> bool:
    """False where it is dark, or does not say. `terminal` is its file descriptor, for reading and writing."""
    said = environ.get("COLORFGBG", "").rpartition(";")[2]  # as rxvt and others tell it
    if said.isdigit():
        return int(said) in (7, 9, 10, 11, 12, 13, 14, 15)
    if environ.get("TERM", "") in MUTE or not os.isatty(terminal):
        return False
    try:
        found = COLOUR.search(_asked(terminal))
    except (OSError, termios.error):
        return False
    if found is None:
        return False
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in found.groups())
    brightness: float = 0.299 * red + 0.587 * green + 0.114 * blue
    return brightness > 0.5


def _asked(terminal: int) -> bytes:
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal, termios.TCSANOW)
        os.write(terminal, ASK)
        said, until = b"", time.monotonic() + PATIENCE
        while not KIND.search(said):
            if not select.select([terminal], [], [], max(until - time.monotonic(), 0.0))[0]:
                break
            said += os.read(terminal, 1024)
        return said
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
