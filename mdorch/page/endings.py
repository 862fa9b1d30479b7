"""Line endings of whole texts: what an editor changed in all lines at once has changed nothing in them.

Versions of a page are compared line by line. Where somebody saved it with other line endings, each line
would count as another one; so before they are compared, all of them get the endings of one of them.
"""

from __future__ import annotations

import re

_ENDING = re.compile(rb"\r\n|\r|\n")


def usual(data: bytes) -> bytes:
    """The ending that most lines have; LF where there is none."""
    if b"\r" not in data:
        return b"\n"
    pairs = data.count(b"\r\n")
    used = {b"\n": data.count(b"\n") - pairs, b"\r\n": pairs, b"\r": data.count(b"\r") - pairs}
    return max(used, key=lambda ending: used[ending])


def ended(data: bytes, ending: bytes) -> bytes:
    """The same lines, all with this ending, unless most of them have it already."""
    return data if usual(data) == ending else _ENDING.sub(lambda _: ending, data)
