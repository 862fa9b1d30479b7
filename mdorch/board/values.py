"""Priorities and file lists: small readings of one cell value."""

from __future__ import annotations

import re

from mdorch.board.words import is_blank, words
from mdorch.page import cells

_FILES = re.compile(r"[,;\n]|<br ?/?>|`\s+`")
_FILES_AND_BRACES = re.compile(rf"(?![^{{}}]*\}})(?:{_FILES.pattern})")
_BRACES = 500  # characters of a cell in which `{a,b}` is looked for
_PLAIN_PATH = re.compile(r"[\w./\-]+")
_RANKS = {
    "critical": 10, "blocker": 10, "urgent": 10, "highest": 10, "crit": 10, "must": 10,
    "high": 30, "major": 30,
    "medium": 50, "med": 50, "normal": 50, "moderate": 50, "should": 50,
    "low": 70, "minor": 70, "could": 70,
    "lowest": 90, "trivial": 90, "optional": 90,
}  # fmt: skip
_NUMBERED = re.compile(r"p?(\d)")


def read_rank(priority: str) -> int:
    """Smaller runs first: critical 10, high 30, medium or nothing 50, low 70; `P0`, `P1` … likewise."""
    if not priority:
        return 50
    first = words(priority).partition(" ")[0]
    numbered = _NUMBERED.fullmatch(first)
    return 10 + 20 * int(numbered[1]) if numbered else _RANKS.get(first, 50)


def read_files(text: str) -> tuple[str, ...]:
    """The paths that a cell value lists; a comma in braces (`{a,b}.py`) belongs to its path."""
    if not text:
        return ()
    if _PLAIN_PATH.fullmatch(text):
        return () if is_blank(text) else (text,)
    separator = _FILES_AND_BRACES if "{" in text and len(text) <= _BRACES else _FILES
    paths = (cells.value(part).strip("`") for part in separator.split(text))
    return tuple(path for path in paths if not is_blank(path))
