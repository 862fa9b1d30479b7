"""The token that is written for a status: the table's own, else the page's, else the default word."""

from __future__ import annotations

import pytest

from mdorch.board.dialect import Dialect, written
from mdorch.board.edits import edit
from mdorch.board.read import read
from mdorch.board.status import Status
from mdorch.board.statuses import DEFAULT_WORD
from mdorch.board.wishes import SetCell
from tests.board.pages import CORPUS, board, needs_corpus, queue


def status_cell(rows: list[str], status: Status, task: str = "T-1") -> str:
    """The status cell of a task after it was set, as written."""
    page = queue(*(f"T-{n} | x | {row}" for n, row in enumerate(rows, 1)))
    new = edit(read(page.encode()), [SetCell(task, "status", status)])
    return next(t.status_text for t in read(new).board.tasks if t.id == task)


C, W, P, R = Status.COMPLETE, Status.WAITING, Status.IN_PROGRESS, Status.READY


@pytest.mark.parametrize(
    ("rows", "status", "text"),
    [
        (["Waiting"], C, "Complete"),
        (["🟡 Waiting"], P, "In Progress"),  # the emoji said what the old word said
        (["Waiting", "✅ DONE"], C, "✅ DONE"),
        (["Waiting", "✅ DONE", "done", "done"], C, "done"),
        (["Waiting", "✅ DONE", "done"], C, "✅ DONE"),  # of equals the first
        (["Waiting", "Merged", "resolved"], C, "Complete"),  # they mean more than complete
        (["Waiting", "Cancelled", "Backlog"], Status.ON_HOLD, "On Hold"),
        (["Waiting", "[CLAIMED by @x]"], P, "In Progress"),
        (["pending", "✅ DONE 2026-04-18"], C, "✅ DONE"),  # a note is nobody else's
        (["**TODO**", "Done"], C, "**Done**"),  # emphasis of the whole cell stays
        (["todo", "**DONE** (9 tests)"], C, "**DONE**"),
        (["**WIP** since May", "Done"], C, "Done since May"),
        (["**WIP** since May"], C, "**Complete** since May"),
        (["✅ **WIP** since May"], C, "**Complete** since May"),
        (["**🔴 Ready since May**"], C, "**Complete since May**"),
        (["`[AVAILABLE]`"], P, "`[In Progress]`"),
        (["`[AVAILABLE]`", "`[DONE]`"], C, "`[DONE]`"),
        (["⏳", "✅"], C, "✅"),
        (["⏳ 2026-01-01"], C, "Complete 2026-01-01"),
        (["[ ]", "[x]"], C, "[x]"),
        (["[ ] (soon)", "[x]"], C, "[x] (soon)"),
        (["banana"], C, "Complete"),
        (["Waiting for QA"], R, "Ready"),  # `Ready for QA` would not mean ready
        (["done → src/a.py"], W, "Waiting → src/a.py"),
        (["Done ✅"], W, "Waiting"),
        (["In_progress"], Status.BLOCKED, "Blocked"),
    ],
)
def test_tokens(rows: list[str], status: Status, text: str) -> None:
    assert status_cell(rows, status) == text


def test_the_same_table_before_the_page() -> None:
    page = (
        queue("A | a | todo", "B | b | done", title="# Task Board")
        + "\n"
        + queue("C | c | todo", "D | d | ✅ Fertig done")
    )
    found = board(page + queue("E | e | todo", "F | f | ✅ Complete", title="## More"))
    dialect = Dialect(found.tasks)
    assert [dialect.token(table, C) for table in (0, 1, 2)] == ["done", "done", "✅ Complete"]
    assert dialect.token(0, Status.FAILED) == ""


@pytest.mark.parametrize("status", Status)
def test_nothing_is_written_where_the_status_is_there_already(status: Status) -> None:
    text = f"✅ {DEFAULT_WORD[status].upper()} for now"
    page = queue(f"T-1 | x | {text}").encode()
    if read(page).board.tasks[0].status_known:
        assert edit(read(page), [SetCell("T-1", "status", status)]) == page


def test_an_empty_cell_gets_the_word_alone() -> None:
    assert written("", C, "") == "Complete"
    assert written("-", C, "✅ Done") == "✅ Done"


@needs_corpus
def test_the_page_that_the_product_comes_from() -> None:
    reading = read((CORPUS / "gpt-trader" / "CLAUDE.md").read_bytes())
    dialect = Dialect(reading.board.tasks)
    table = reading.board.tasks[0].table
    assert {s: dialect.token(table, s) or DEFAULT_WORD[s] for s in (C, W, R, P)} == {
        C: "✅ Complete",
        W: "🟡 Waiting",
        R: "🔴 Ready",
        P: "In Progress",
    }
