"""Cells for which two values are known: kept in the journal until somebody says which it is."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from mdorch.facts import Dispute

if TYPE_CHECKING:
    from mdorch.world.journal import Journal

MOST = 100  # are kept, the newest
_KEY = "disputes"


def disputes(journal: Journal) -> tuple[Dispute, ...]:
    """Oldest first. Whether a cell still says what stood then is for the plan to see."""
    text = journal.get(_KEY)
    return tuple(Dispute(**values) for values in json.loads(text)) if text else ()


def add(journal: Journal, new: Iterable[Dispute]) -> None:
    """A later dispute about a cell replaces an earlier one."""
    with journal.batch():
        fresh = list(new)
        places = {(d.task, d.role) for d in fresh}
        _keep(journal, [*(d for d in disputes(journal) if (d.task, d.role) not in places), *fresh])


def clear(journal: Journal, places: Collection[tuple[str, str]]) -> None:
    """Somebody has decided what these cells, by task and role, say."""
    with journal.batch():
        known = disputes(journal)
        left = [d for d in known if (d.task, d.role) not in places]
        if len(left) < len(known):
            _keep(journal, left)


def _keep(journal: Journal, known: list[Dispute]) -> None:
    journal.set(_KEY, json.dumps([asdict(d) for d in known[-MOST:]]) if known else "")
