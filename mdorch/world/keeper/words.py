"""The last words of a program, fit for one line on a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

LONGEST = 200  # characters


def last_words(tail: bytes) -> str:
    """The last line of `tail` that says anything, without control characters, at most 200 characters."""
    for line in reversed(tail.decode("utf-8", "replace").splitlines()):
        if words := plain(line):
            return words[:LONGEST]
    return ""


def plain(line: str) -> str:
    """Text without escape sequences, control and direction characters; runs of blanks become one."""
    kept: list[str] = []
    rest = iter(line)
    for char in rest:
        if char == "\x1b":
            _skip_sequence(rest)
        elif char.isspace():
            kept.append(" ")
        elif unicodedata.category(char) not in ("Cc", "Cf", "Cs"):
            kept.append(char)
    return " ".join("".join(kept).split())


def _skip_sequence(rest: Iterator[str]) -> None:
    """Pass over what follows an ESC: `[ … letter` (colours, cursor), `] … BEL` (titles), or one character."""
    first = next(rest, "")
    if first == "[":
        for char in rest:
            if "@" <= char <= "~":
                return
    elif first == "]":
        for char in rest:
            if char == "\x07":
                return
