"""The body of a task: the section whose heading begins with the task's id."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from mdorch.board.sections import HeadingLike, kind_of, section_ends
from mdorch.page import cells

_LEAD = re.compile(r"[^\w#]*(?:task\s+)?", re.IGNORECASE)
_END = re.compile(r"[\s:,()\[\]`*~—–|]|$")


def find_bodies(
    headings: Sequence[HeadingLike], lines: int, ids: Collection[str]
) -> dict[str, tuple[int, int]]:
    """id -> (first line under the heading, first line after the section), counted from 1.

    Of several headings that begin with one id the first counts.
    """
    bodies: dict[str, tuple[int, int]] = {}
    for heading, end in zip(headings, section_ends(headings, lines), strict=True):
        name = _id_of(cells.value(heading.text), ids)
        if name and name not in bodies and not kind_of(heading.text):
            bodies[name] = (heading.end + 1, end + 1)
    return bodies


def _id_of(text: str, ids: Collection[str]) -> str:
    """The id that a heading begins with, after emoji and emphasis, the word *Task* allowed before it."""
    for start in dict.fromkeys((0, _lead(text))):
        end = _END.search(text, start)
        word = text[start : end.start() if end else len(text)].rstrip(".")
        if word in ids:
            return word
    return ""


def _lead(text: str) -> int:
    found = _LEAD.match(text)
    return found.end() if found else 0
