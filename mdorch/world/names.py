"""Run and task ids as file names: safe everywhere, and readable back.

Ids come from a page: any text at all. The names keep `A-Z a-z 0-9 . _ -` and write every other byte of
the UTF-8 text as `%XX`. Two ids that differ in case alone must not share a folder on a file system that
ignores case, so an id with lower-case letters carries a tail: `~l` when all its letters are lower case,
else `~` and the pattern of its letters as hexadecimal bits (1: lower case). A name too long for a file
system is cut, and ends in `~h` and a hash; its id is then read from `run.json`.
"""

from __future__ import annotations

import re
from functools import lru_cache

LIMIT = 200  # bytes; file systems allow 255, the rest is for our own suffixes
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")


@lru_cache(maxsize=4096)
def safe_name(text: str) -> str:
    """The file name for an id. Reversible by `unsafe_name` unless the id is very long."""
    body = "".join(_escape(c) for c in text) or "%"
    if body[0] in ".-":
        body = f"%{ord(body[0]):02X}{body[1:]}"
    if body[-1] == ".":
        body = f"{body[:-1]}%2E"
    name = body + _case_tail(text)
    if len(name) <= LIMIT:
        return name
    from hashlib import sha256

    digest = sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32].upper()
    return re.sub(r"%.?$", "", body[: LIMIT - 40]) + "~h" + digest


def unsafe_name(name: str) -> str | None:
    """The id that `safe_name` made this name from; None when it was cut or is no such name."""
    body, _, tail = name.partition("~")
    if tail.startswith("h"):
        return None
    try:
        text = _unescape(body)
    except ValueError:
        return None
    return text if safe_name(text) == name else None


def _escape(char: str) -> str:
    if char in _PLAIN:
        return char
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))


def _unescape(body: str) -> str:
    if body == "%":
        return ""
    raw = re.sub(rb"%([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]), body.encode("ascii"))
    return raw.decode("utf-8", "surrogateescape")


def _case_tail(text: str) -> str:
    letters = [c for c in text if c.isascii() and c.isalpha()]
    lower = [c.islower() for c in letters]
    if not any(lower):
        return ""
    if all(lower):
        return "~l"
    bits = sum(1 << i for i, is_lower in enumerate(lower) if is_lower)
    return f"~{bits:X}"
