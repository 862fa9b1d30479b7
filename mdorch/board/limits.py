"""How many agents of a group may run at once, in the words that people use for it."""

from __future__ import annotations

import re

from mdorch.board.policy import NONE
from mdorch.board.words import words

MANY = 1000  # agents at once that nobody means
_NUMBERS = {word: n for n, word in enumerate(("one", "two", "three", "four", "five", "six"), start=1)}
_NO_CAP = frozenset({"all", "unlimited", "any", "everyone", "no limit", "no cap", "uncapped"})
_NEGATIVE = re.compile(r"(?<![\w)])[-−–]\s?\d|\b(?:minus|negative)\b", re.IGNORECASE)


def read_limit(text: str) -> int | None:
    """Agents at once: `Up to 5 agents` 5, `Usually sequential` 1, `All available agents` 0 (no cap).

    None for what says nothing; NONE for a number that nobody can mean: zero, less, or thousands.
    """
    if _NEGATIVE.search(text):
        return NONE
    said = words(text).split()
    for word in said:
        number = int(word[:9]) if word.isdecimal() and word.isascii() else _NUMBERS.get(word)
        if number is not None:
            return number if 0 < number <= MANY else NONE
        if word.startswith("sequential"):
            return 1
    return 0 if said and (said[0] in _NO_CAP or " ".join(said[:2]) in _NO_CAP) else None
