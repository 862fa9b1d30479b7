"""How groups of tasks run, in the words of headings and limits."""

from __future__ import annotations

import re

from mdorch.board.policy import Form
from mdorch.board.words import words

_NUMBERED = re.compile(r"pattern \w{1,4} (?=\w)")


def recipe_name(heading: str) -> str:
    """`Pattern 4: Crisis Response (All Hands)` -> `crisis response`."""
    return _NUMBERED.sub("", words(heading.partition("(")[0]), count=1)


def read_form(text: str) -> Form | None:
    """How a heading or a limit says that its group runs; None where it says nothing of it."""
    said = words(text).split()
    if {"emergency", "crisis"} & set(said):
        return Form.EMERGENCY
    if {"domain", "domains"} & set(said):
        return Form.BY_DOMAIN
    if {"sequential", "sequentially", "sequence"} & set(said):
        return Form.SEQUENTIAL
    return Form.PARALLEL if {"parallel", "simultaneous", "simultaneously"} & set(said) else None
