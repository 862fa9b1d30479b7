"""What a group of rows can be called in a prerequisite cell: by its group column, by its sub-headings."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mdorch.board.words import words

_UNIT = re.compile(r"(?:phase|week|sprint|stage|milestone|wave|step|track|batch|round|group|lane) \w+")
_HEADING_END = re.compile(r"[:(\[—–|]| - ")


def heading_names(headings: Iterable[str]) -> tuple[str, ...]:
    """What the rows under these sub-headings can be called: `week 5 core phase 1 discovery`, `week 5`, and
    `phase 1` after `Week 5: Core (Phase 1: Discovery)`."""
    names: list[str] = []
    for heading in headings:
        parts = list(map(words, _HEADING_END.split(heading)))
        units = filter(None, map(_UNIT.match, parts))
        names += [words(heading), parts[0], *(unit.group() for unit in units)]
    return tuple(filter(None, dict.fromkeys(names)))


def group_names(cell: str, column: str) -> tuple[str, ...]:
    """What a row with this group cell can be called: `2` under `Phase` is `2` and `phase 2`."""
    group = words(cell)
    return (group, f"{column} {group}") if group else ()
