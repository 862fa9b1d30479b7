"""Parallel conflict: who may have changed a file, and when that is told."""

from __future__ import annotations

import pytest

from mdorch.facts import Facts, Touch
from mdorch.plan.plan import plan
from tests.plan.boards import NOW, folded, policy
from tests.plan.test_room import board, live, table


@pytest.mark.parametrize(
    ("rows", "path", "runs", "code", "words"),
    [
        (("*A|| src/",), "src/a.py", "A.1", "", ""),
        (("*A|| src/",), "docs/a.md", "A.1", "outside-scope", "`docs/a.md` changed while A was"),
        (("*A",), "docs/a.md", "A.1", "", ""),  # it promised nothing
        (("*A|| src/", "*B|| docs/"), "src/a.py", "A.1 B.1", "", ""),  # A's, then
        (("*A|| src/", "*B|| docs/"), "x.txt", "A.1 B.1", "parallel-conflict", "by A or B"),
        (
            ("*A|| src/", "*B|| docs/"),
            "docs/x",
            "A.1",
            "outside-scope",
            "while A was",
        ),  # in its own work tree
        (("*A|| src/", "*B"), "src/a.py", "A.1 B.1", "", ""),
        (("*A|| src/", "*B"), "x.txt", "A.1 B.1", "", ""),  # B's, who promised nothing
        (("*A", "*B"), "x.txt", "A.1 B.1", "", ""),  # nobody promised anything
        (("*A|| src/", "*B|| src/a.py"), "src/a.py", "A.1 B.1", "parallel-conflict", "by A or B"),
        (("*A|| src/",), "docs/a.md", "Z.1", "", ""),  # over already
        (("*A|| src/",), "odd[1].py", "A.1", "outside-scope", "odd[1].py"),
        (("*A|| src/",), "src/{a}*.py", "A.1", "", ""),
    ],
)
def test_who_may_have_changed_it(rows: tuple[str, ...], path: str, runs: str, code: str, words: str) -> None:
    facts = Facts(
        runs=tuple(live(row.lstrip("*").partition("|")[0]) for row in rows),
        touched=(Touch(path, tuple(runs.split())),),
    )
    found = plan(board(table(*rows)), facts, policy(), NOW).problems
    assert [p.code for p in found] == ([code] if code else [])
    assert words in "".join(p.message for p in found)
    assert all(p.line > 0 and p.hint for p in found)


BLOCK = """
## Agent Handoff Signal
<!-- mdorch: taken {0}.1 {1} 2026-11-22T16:40:00Z -->

**From**: dev
**To**: -
**Task**: {0}
**Status**: COMPLETE

### Deliverables
- {2}
"""


def handed(*blocks: tuple[str, str]) -> str:
    """Taken blocks: of which task, and the deliverable that each names."""
    raw = [BLOCK.format(task, "00000000", text) for task, text in blocks]
    digests = [h.digest for h in board(table("A", "B") + "".join(raw)).handoffs]
    return "".join(BLOCK.format(*b[:1], d, b[1]) for b, d in zip(blocks, digests, strict=True))


@pytest.mark.parametrize(
    ("mine", "theirs", "since", "told"),
    [
        ("Created: src/a.py", "Updated: src/a.py, src/b.py", NOW - 60, True),
        ("Created: src/a.py", "Updated: src/b.py", NOW - 60, False),
        ("Created: src/a.py", "Updated: src/a.py", NOW - 40, False),  # one after the other
        ("Created: src/a.py", "Looked at: src/a.py", NOW - 60, False),
    ],
)
def test_what_two_runs_both_say_they_changed(mine: str, theirs: str, since: float, told: bool) -> None:
    page = board(table("A", "B") + handed(("A", mine), ("B", theirs)))
    assert all(block.taken for block in page.handoffs)
    runs = (folded("A", 1, "complete"), folded("B", 1, "complete", started=since, ended=NOW))
    found = plan(page, Facts(runs=runs), policy(), NOW).problems
    assert [p.code for p in found] == (["parallel-conflict"] if told else [])
    assert not told or "`src/a.py` was changed by A and B" in found[0].message
