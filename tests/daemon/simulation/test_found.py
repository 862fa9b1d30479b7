"""What the simulation found and is not mended yet, in its smallest form."""

from __future__ import annotations

import pytest

from mdorch.daemon.stale import repair
from mdorch.world.versions import Kept, Kind

HEAD = b"## Task Queue\n\n| ID | Task | Status | Notes |\n|---|---|---|---|\n| T-1 | one | On Hold |  |\n"


@pytest.mark.xfail(
    strict=True, reason="an edit of a row that is new counts as its removal: it comes back twice"
)
@pytest.mark.parametrize(("kind", "now"), [(Kind.OURS, 1000.0), (Kind.SEEN, 102.0)])
def test_a_new_row_that_is_edited_beside_another_stands_there_once(kind: Kind, now: float) -> None:
    """The row is ours (an issue that an agent found), or somebody added it a moment ago."""
    added = HEAD + b"| T-2 | two | On Hold |  |\n"
    saved = HEAD.replace(b"On Hold", b"Backlog") + b"| T-2 | two | Waiting | typed |\n"
    found = repair([Kept("2", 101.0, added, kind), Kept("1", 100.0, HEAD)], added, saved, now)
    assert (found.merged if found else saved).count(b"| T-2 |") == 1
