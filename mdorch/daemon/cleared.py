"""What was deleted while nobody watched: the work of many saves looks like that of one old buffer.

Who has not looked for some seconds, because the machine was busy or no daemon was up, meets the last of
perhaps a hundred saves. Somebody may have cleaned up in one of them: then what was written lately is gone, as
it is from an old buffer. What such a page says of itself is that older lines are gone, too, many of them.
It is believed then that lines were deleted, and handoffs with them that have been acted upon. Everything else
comes back: cells, rows of tables, handoffs that nobody has taken. (Lines that this daemon put there are no
facts of its own: most often it had merged in what somebody saved late.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from mdorch.board.sections import HANDOFF, kind_of
from mdorch.page.diff import Edit, alike, row_cells

UNWATCHED = 5.0  # seconds
MANY = 10  # older lines that are gone
_HEADING = re.compile(rb"\s{0,3}#{1,6}\s+(.*)")
_TOP = re.compile(rb"#{1,2}\s")  # a heading that no handoff has in it
_MARK = re.compile(rb"\s*<!--\s*mdorch:\s*(taken|refused)\s")


def is_cleared(theirs: Sequence[Edit]) -> bool:
    """Whether a save took many lines of the version away that it may have been made from."""
    return sum(edit.text is None for edit in theirs) > MANY


def without_cleared(base: Sequence[bytes], last: Sequence[bytes]) -> list[bytes]:
    """The lines of `last` without those added since `base` that somebody may have deleted since."""
    stay = {j for _, j in alike(base, last)}
    kept: list[bytes] = []
    added: list[bytes] = []
    for j, line in enumerate(last):
        if j not in stay:
            added.append(line)
            continue
        kept += _come_back(added)
        kept.append(line)
        added = []
    return kept + _come_back(added)


def _come_back(added: Sequence[bytes]) -> list[bytes]:
    def comes(part: Sequence[bytes]) -> bool:
        if is_handoff(part[0]):
            return not any(map(_MARK.match, part))
        return row_cells(part[0]) is not None

    found: list[bytes] = []
    blanks: list[bytes] = []
    for part in parts(added):
        if not part[0].strip():
            blanks += part
        elif comes(part):
            found += [*blanks, *part]
            blanks = []
        else:
            blanks = [line for line in part[-1:] if not line.strip()]  # those before the next handoff
    return found + blanks if found else []


def parts(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """What was added in one place, part by part: a handoff with all that it says, else each line."""
    handoff: list[bytes] = []
    for line in lines:
        begins = is_handoff(line)
        if begins or (handoff and _TOP.match(line)):
            yield from [handoff] * bool(handoff)
            handoff = []
        if handoff or begins:
            handoff.append(line)
        else:
            yield [line]
    yield from [handoff] * bool(handoff)


def is_handoff(line: bytes) -> bool:
    """Whether the line is the heading of a handoff."""
    found = _HEADING.match(line)
    return found is not None and kind_of(found[1].decode("utf-8", "replace").strip()) == HANDOFF
