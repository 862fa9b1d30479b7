"""What a group of rows can be called in a prerequisite cell: by its group column, by its sub-headings."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mdorch.board.words import words

_UNIT = re.compile(r"(?:phase|week|sprint|stage|milestone|wave|step|track|batch|round|group|lane) \w+")
_HEADING_END = re.compile(r"[:(\[—–|]| - ")


def heading_names(headings: Iterable[str]) -> tuple[str, ...]:
    """What the rows under these sub-headings can be called: `phase 2 core`, `phase 2`."""
    names: list[str] = []
    for heading in headings:
        said = words(heading)
        unit = _UNIT.match(said)
        names += [said, words(_HEADING_END.split(heading, maxsplit=1)[0])]
        if unit:
            names.append(unit.group())
    return tuple(filter(None, dict.fromkeys(names)))


def group_names(cell: str, column: str) -> tuple[str, ...]:
    """What a row with this group cell can be called: `2` under `Phase` is `2` and `phase 2`."""
    group = words(cell)
    return (group, f"{column} {group}") if group else ()
