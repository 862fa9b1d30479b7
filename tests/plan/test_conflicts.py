"""Parallel conflict: who may have changed a file, and when that is told."""

from __future__ import annotations

import pytest

from mdorch.facts import Facts, Touch
from mdorch.plan.plan import plan
from tests.plan.boards import NOW, policy
from tests.plan.test_room import board, live, table


@pytest.mark.parametrize(
    ("rows", "path", "runs", "code", "words"),
    [
        (("*A|| src/",), "src/a.py", "A.1", "", ""),
        (("*A|| src/",), "docs/a.md", "A.1", "outside-scope", "A changed `docs/a.md`"),
        (("*A",), "docs/a.md", "A.1", "", ""),  # it promised nothing
        (("*A|| src/", "*B|| docs/"), "src/a.py", "A.1 B.1", "", ""),  # A's, then
        (("*A|| src/", "*B|| docs/"), "x.txt", "A.1 B.1", "parallel-conflict", "by A or B"),
        (("*A|| src/", "*B|| docs/"), "docs/x", "A.1", "outside-scope", "A changed"),  # in its own work tree
        (("*A|| src/", "*B"), "src/a.py", "A.1 B.1", "", ""),
        (("*A|| src/", "*B"), "x.txt", "A.1 B.1", "", ""),  # B's, who promised nothing
        (("*A", "*B"), "x.txt", "A.1 B.1", "parallel-conflict", "by A or B"),
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
