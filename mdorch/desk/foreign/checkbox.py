"""A list of checkboxes, as people write them: each item is a task, what is indented below it a part of it.

A task requires its parts. An id at the beginning of an item (`- [ ] DOC-3: write it`) is kept; others get one
in the style of the page.
"""

from __future__ import annotations

import re
from pathlib import Path

from mdorch.board.status import Status
from mdorch.desk.foreign.found import Foreign, Found, short, text_of
from mdorch.desk.foreign.lines import Box, boxes
from mdorch.frozen import replace

FORM = "checkbox"
_ID = re.compile(r"\**`?([A-Z][A-Z0-9]*-\d+)`?\**(?:\s*[:.–—-]\s*|\s+)(\S.*)")
_MARKS = {"x": Status.COMPLETE, " ": Status.WAITING, "~": Status.ON_HOLD, ">": Status.ON_HOLD}


def read(path: Path) -> Found:
    """Raises Trouble where it cannot be read."""
    tasks: list[Foreign] = []
    above: list[tuple[int, int]] = []  # indent and index of the items that this one may be a part of
    heading = ""
    used: set[str] = set()
    for box in boxes(text_of(path)):
        if box.heading != heading:
            above, heading = [], box.heading
        while above and above[-1][0] >= box.indent:
            above.pop()
        task = _task(path, box, used)
        used.add(task.key)
        if above:
            parent = tasks[above[-1][1]]
            tasks[above[-1][1]] = replace(parent, requires=(*parent.requires, task.key))
        above.append((box.indent, len(tasks)))
        tasks.append(task)
    return Found(FORM, str(path), tuple(tasks))


def _task(path: Path, box: Box, used: set[str]) -> Foreign:
    named = _ID.match(box.text)
    title, lost = short(named[2] if named else box.text)
    key = named[1] if named else title
    number = 2
    while key in used:
        key, number = f"{named[1] if named else title} ({number})", number + 1
    return Foreign(
        key=key,
        title=title,
        status=_MARKS.get(box.mark.lower(), Status.IN_PROGRESS),
        id=named[1] if named and key == named[1] else "",
        group=box.heading,
        see=f"{path}:{box.number}",
        lost=lost,
    )
