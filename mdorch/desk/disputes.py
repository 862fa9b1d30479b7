"""Cells for which two values are known: both go into the history, and a Problem stands until somebody says
which it is."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from mdorch.facts import Dispute

if TYPE_CHECKING:
    from mdorch.board.read import Reading
    from mdorch.page.merge import Clash, Merged
    from mdorch.world.journal import Journal

MOST = 100  # are kept, the newest
_KEY = "disputes"


def disputes(journal: Journal) -> tuple[Dispute, ...]:
    """Oldest first. Whether a cell still says what stood then is for the plan to see."""
    text = journal.get(_KEY)
    return tuple(Dispute(**values) for values in json.loads(text)) if text else ()


def disputed(reading: Reading, clashes: Iterable[Clash], now: float) -> list[Dispute]:
    """The clashes of a merge in cells of tasks. `reading` is of what it made."""
    from mdorch.board.changes import remember
    from mdorch.board.read import cell_at

    found = []
    for clash in clashes:
        place = cell_at(reading, clash.line, clash.cell) if clash.cell is not None else None
        if place is not None:
            task, role = place
            other = clash.gave_way.decode("utf-8", "replace")
            found.append(Dispute(task.id, role, remember(task).get(role, ""), other, now))
    return found


def note(journal: Journal, fresh: Sequence[Dispute]) -> None:
    """Both values go into the history. A later dispute about a cell replaces an earlier one."""
    if not fresh:
        return
    places = {(d.task, d.role) for d in fresh}
    with journal.batch():
        for new in fresh:
            told = f"{new.role}: “{new.stands}” stands, “{new.other}” gave way"
            journal.note(new.when, "dispute", new.task, text=told, data=asdict(new))
        _keep(journal, [*(d for d in disputes(journal) if (d.task, d.role) not in places), *fresh])


def merged(journal: Journal, found: Merged) -> None:
    """A save was merged with another, and something gave way."""
    from mdorch.board.read import read

    note(journal, disputed(read(found.data), found.clashes, time.time()))


def clear(journal: Journal, places: Collection[tuple[str, str]]) -> None:
    """Somebody has decided what these cells, by task and role, say."""
    with journal.batch():
        known = disputes(journal)
        left = [d for d in known if (d.task, d.role) not in places]
        if len(left) < len(known):
            _keep(journal, left)


def _keep(journal: Journal, known: list[Dispute]) -> None:
    journal.set(_KEY, json.dumps([asdict(d) for d in known[-MOST:]]) if known else "")
