"""The words of a heading, a header cell or a status: emoji, emphasis, punctuation and case off.

Pages decorate freely (`## 🎯 **Task Queue** — week 5`); what they say is in the words.
"""

from __future__ import annotations

import re
from functools import lru_cache

VARIATION = "\ufe0f\ufe0e\u200d"  # what may follow an emoji and belongs to it

_WORD = re.compile(r"[^\W_]+")
_EMPTY = frozenset({"", "-", "--", "–", "—", "―"})
_NONE = _EMPTY | {"none", "n/a", "na", "no", "nil"}


def words(text: str) -> str:
    """The words of `text`, lower case, one space between them."""
    return _words(text) if len(text) <= 200 else _words.__wrapped__(text)


@lru_cache(maxsize=8192)
def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def contains(said: str, phrase: str) -> bool:
    """Whether `phrase` stands in `said` as whole words; both as made by `words`."""
    return f" {phrase} " in f" {said} "


def begins(said: str, phrase: str) -> bool:
    """Whether `said` begins with the whole words of `phrase`."""
    return said == phrase or said.startswith(phrase + " ")


def clipped(text: str, length: int = 60) -> str:
    """The text for a message: on one line, its end left off where it is long."""
    flat = " ".join(text[: 2 * length].split())
    return flat if len(text) <= length else flat[: length - 1] + "…"


def is_blank(value: str) -> bool:
    """Whether a cell value is empty or a dash that stands for nothing."""
    return value.strip() in _EMPTY


def is_none(value: str) -> bool:
    """Whether a cell value is one of the none-words of the page language (section 6)."""
    return value.strip().rstrip(".").casefold() in _NONE


def is_sign(char: str) -> bool:
    """Whether a character is an emoji or another sign, and neither punctuation nor decoration."""
    return char > "\u203b" and not char.isalnum() and not char.isspace() and char not in VARIATION


def drop_signs(text: str) -> str:
    """The text without its signs and their variation selectors."""
    return "".join(char for char in text if not is_sign(char) and char not in VARIATION)
