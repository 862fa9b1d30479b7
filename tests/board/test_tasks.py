"""Rows of the task tables."""

from __future__ import annotations

import pytest

from mdorch.board.status import Status
from mdorch.board.values import read_files, read_rank
from tests.board.pages import board, codes, queue


def test_every_column_has_its_field() -> None:
    header = (
        "Priority | Task ID | Description | Assigned To | Prerequisites | Status | Group | Domain | Files "
        "| Notes | Spec | Check | Gate"
    )
    row = (
        "**HIGH** | `T-1` | [Do *it*](docs/t1.md) | ~~x~~ → a, b | None | 🔴 Ready | Discovery | Core "
        "| `a.py`, b/ | a \\| b | line<br>two | make test | bob"
    )
    task = board(queue(row, header=header)).tasks[0]
    assert (task.id, task.title, task.link, task.line, task.row) == ("T-1", "Do *it*", "docs/t1.md", 5, 0)
    assert (task.status, task.status_text, task.agents) == (Status.READY, "🔴 Ready", ("a", "b"))
    assert (task.priority, task.rank, task.group, task.domain) == ("HIGH", 30, "Discovery", "Core")
    assert (task.files, task.notes, task.details) == (("a.py", "b/"), "a | b", "line\ntwo")
    assert (task.check, task.review, task.requires_text) == ("make test", "bob", "None")
    assert task.startable


@pytest.mark.parametrize(
    ("row", "draft"),
    [
        ("T-1 | one | Ready", False),
        (" | one | Ready", True),
        ("- | one | Ready", True),
        ("T-1 |  | Ready", True),
        ("T-1 | — | Ready", True),
        ("T-1 | one |  ", True),
        ("T-1 | one", True),
        ("T-1", True),
        ("[Task ID] | one | Ready", True),
        ("TASK-### | one | Ready", True),
        ("<id> | one | Ready", True),
        ("T-1 | [Description] | Ready", True),
        ("T-1 | [What to do] | Ready", True),
        ("T-1 | <what to do> | Ready", True),
        ("T-1 | [one](tasks/t1.md) | Ready", False),
        ("T-1 | [x] one | Ready", False),
        ("T-1 | `<one>` | Ready", False),
    ],
)
def test_half_typed_rows_are_drafts(row: str, draft: bool) -> None:
    task = board(queue(row)).tasks[0]
    assert task.draft is draft
    assert task.startable is not draft


@pytest.mark.parametrize("row", ["~~T-1~~ | one", "T-1 | ~~one~~", "T-1 | **~~one~~**"])
@pytest.mark.parametrize("status", ["Waiting", "Ready", "Complete", "In Progress"])
def test_what_is_struck_through_never_starts(row: str, status: str) -> None:
    task = board(queue(f"{row} | {status}")).tasks[0]
    assert (task.id, task.title) == ("T-1", "one")
    assert task.draft is (status in ("Waiting", "Ready"))
    assert board(queue(f"T-1 | one | ~~{status}~~")).tasks[0].draft is task.draft
    assert not board(queue("T-1 | ~~one~~ two | Waiting")).tasks[0].draft


@pytest.mark.parametrize(
    ("agent", "draft"), [("[Agent Name]", True), ("[agent]", True), ("[dev]", False), ("[dev](x.md)", False)]
)
def test_a_placeholder_for_the_agent_makes_a_draft(agent: str, draft: bool) -> None:
    page = queue(f"T-1 | one | Ready | {agent}", header="ID | Title | Status | Agent")
    assert board(page).tasks[0].draft is draft


def test_a_row_with_too_few_cells_is_read_from_the_left_and_left_alone() -> None:
    found = board("## Task Queue\nTitle | ID | Status\n--|--|--\none | T-1\n| x | T-2 | Done |\n")
    assert [(t.id, t.title, t.status, t.read_only) for t in found.tasks] == [
        ("T-1", "one", Status.ON_HOLD, True),
        ("T-2", "x", Status.COMPLETE, False),
    ]
    assert [(p.code, p.line, p.task) for p in found.problems] == [("ragged-row", 4, "T-1")]


def test_a_row_with_an_unescaped_pipe_is_broken_but_blank_cells_behind_it_are_not() -> None:
    found = board("## Task Queue\n|ID|Title|Status|\n|--|--|--|\n|T-1|a|b|Ready|\n|T-2|a|Ready| |\n")
    assert [(t.id, t.read_only) for t in found.tasks] == [("T-1", True), ("T-2", False)]
    assert codes(found) == ["ragged-row"]


def test_a_delimiter_row_of_another_width_makes_no_table() -> None:
    found = board("## Task Queue\n\n| ID | Title | Status |\n|--|--|\n| T-1 | one | Ready |\n")
    assert [(t.id, t.title, t.status, t.read_only, t.table) for t in found.tasks] == [
        ("T-1", "one", Status.READY, True, -1)
    ]
    assert [(p.code, p.line) for p in found.problems] == [("near-table", 3)]


def test_two_rows_with_one_id() -> None:
    found = board(queue("T-1 | one | Ready", "T-2 | two | Ready", "T-1 | other | Ready"))
    assert [t.read_only for t in found.tasks] == [True, False, True]
    assert [(p.code, p.line, p.column) for p in found.problems] == [
        ("duplicate-id", 5, 3),
        ("duplicate-id", 7, 3),
    ]
    assert "line 7" in found.problems[0].message
    assert "line 5" in found.problems[1].message


def test_ids_that_differ_in_case_alone() -> None:
    found = board(queue("T-a | one | Ready", "T-A | two | Ready"))
    assert codes(found) == ["id-case", "id-case"]
    assert not any(t.read_only for t in found.tasks)


def test_several_tables_and_what_is_none() -> None:
    page = (
        queue("A | a | todo")
        + "\n| Legend | Means |\n|--|--|\n| x | y |\n\n"
        + queue("B | b | Ready", title="### Later")
        + "\n"
        + queue("C | Ready", header="ID | Status", title="### Bare")
    )
    found = board(page)
    assert [(t.id, t.table, t.row, t.draft) for t in found.tasks] == [
        ("A", 0, 0, False),
        ("B", 2, 0, False),
        ("C", 3, 0, True),
    ]
    assert [(p.code, p.line, p.severity) for p in found.problems] == [
        ("table-not-task", 7, "info"),
        ("no-title-column", 19, "warning"),
    ]
    assert found.uses_ready


def test_the_body_of_a_task() -> None:
    page = (
        queue("T-1 | one | todo", "T-2 | two | todo", "T-3 | three | todo", "1.1 | four | todo")
        + "\n## 🔧 T-1: build it\ntext\n### more\n## **T-2** — and that\n## Task T-3\nx\n"
        + "## T-1 again\n## 1.1. Steps\n## T-10\n"
    )
    assert board(page).bodies == {"T-1": (11, 13), "T-2": (14, 14), "T-3": (15, 16), "1.1": (18, 18)}


def test_a_queue_heading_is_no_body() -> None:
    assert board(queue("T-1 | one | todo", title="## T-1 Task Queue")).bodies == {}


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        ("", 50),
        ("CRITICAL", 10),
        ("P0", 10),
        ("p1", 30),
        ("🔥 High", 30),
        ("MED", 50),
        ("odd", 50),
        ("Low", 70),
        ("2", 50),
    ],
)
def test_ranks(text: str, rank: int) -> None:
    assert read_rank(text) == rank


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("", ()),
        ("-", ()),
        ("src/a.py", ("src/a.py",)),
        ("`a.py`, `b.py`; c/", ("a.py", "b.py", "c/")),
        ("`a.py` `b.py`", ("a.py", "b.py")),
        ("a.py\nb.py", ("a.py", "b.py")),
        ("src/*.py", ("src/*.py",)),
        ("src/{a,b}.py, tests/c", ("src/{a,b}.py", "tests/c")),
        ("{a, b", ("{a", "b")),
    ],
)
def test_files(text: str, paths: tuple[str, ...]) -> None:
    assert read_files(text) == paths


def test_a_page_that_uses_one_word_for_open_tasks() -> None:
    assert not board(queue("A | a | Ready", "B | b | done")).uses_ready
    assert not board(queue("A | a | Waiting", "B | b | done")).uses_ready
