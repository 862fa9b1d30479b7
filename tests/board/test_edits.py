"""Wishes one by one: what is written, where, and what is refused."""

from __future__ import annotations

import difflib

import mistletoe
import pytest
from mistletoe.block_token import Heading, List, Table

from mdorch.board.edits import CannotWrite, edit
from mdorch.board.read import read
from mdorch.board.render import quoted, unquoted
from mdorch.board.status import Status
from mdorch.board.wishes import (
    AddAgentRow,
    AddAnswer,
    AppendHandoff,
    AppendTask,
    MarkTaken,
    RemoveAgentRow,
    SetCell,
    Wish,
)
from tests.board.pages import board, queue

RUNNING = (
    "## Active Agents\n\n| Agent | Task | Status | Started | Dependencies |\n|--|--|--|--|--|\n"
    "| Ready for deployment | x | Pending | - | - |\n\n"
)


def after(page: str, *wishes: Wish) -> str:
    return edit(read(page.encode()), wishes).decode()


def added(page: str, *wishes: Wish) -> list[str]:
    """The lines that are new, and no line may be gone."""
    lines = list(difflib.ndiff(page.splitlines(), after(page, *wishes).splitlines()))
    assert not [line for line in lines if line.startswith("-")]
    return [line[2:] for line in lines if line.startswith("+")]


def refusal(page: str, *wishes: Wish) -> str:
    with pytest.raises(CannotWrite) as refused:
        after(page, *wishes)
    assert refused.value.problem.message
    assert refused.value.problem.hint
    return refused.value.problem.code


def test_no_wishes_no_bytes() -> None:
    page = b"\xff\r# Task Queue\n\r\n"
    assert edit(read(page), []) == page


# -- cells ------------------------------------------------------------------------------------------


def test_several_cells_of_one_row() -> None:
    page = queue("T-1 | one | Waiting | |", header="ID | Title | Status | Agent | Notes")
    assert (
        after(
            page,
            SetCell("T-1", "status", Status.BLOCKED),
            SetCell("T-1", "agent", "me | you"),
            SetCell("T-1", "notes", "first\nsecond"),
        ).splitlines()[-1]
        == "| T-1 | one | Blocked | me \\| you | first<br>second |"
    )


def test_the_last_wish_for_a_cell_counts() -> None:
    page = queue("T-1 | one | 🟡 Waiting since May")
    wishes = [SetCell("T-1", "status", Status.READY), SetCell("T-1", "status", Status.COMPLETE)]
    assert "| Complete since May |" in after(page, *wishes)
    assert after(page, wishes[0], SetCell("T-1", "status", "🟡 Waiting since May")) == page


def test_an_aligned_table_stays_aligned_and_no_other_does_change() -> None:
    page = (
        "## Task Queue\n\n| ID  | Title | Status      |\n| --- | ----- | ----------- |\n"
        "| T-1 | 任务  | Waiting     |\n| T-2 | two   | In Progress |\n"
    )
    assert (
        after(page, SetCell("T-1", "status", Status.COMPLETE)).splitlines()[4]
        == "| T-1 | 任务  | Complete    |"
    )
    assert after(page, SetCell("T-1", "title", "longer than all")).splitlines()[4:] == [
        "| T-1 | longer than all | Waiting     |",
        "| T-2 | two   | In Progress |",
    ]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("T-2 | two | todo", "row-gone"),
        ("T-1 | one", "row-read-only"),
        ("T-1 | a | b | todo", "row-read-only"),
    ],
)
def test_rows_that_cannot_be_written(row: str, code: str) -> None:
    assert refusal(queue(row), SetCell("T-1", "status", Status.READY)) == code
    assert refusal(queue(row), SetCell("", "status", Status.READY)) == "row-gone"


def test_a_duplicate_is_not_written() -> None:
    assert refusal(queue("T-1 | a | todo", "T-1 | b | todo"), SetCell("T-1", "title", "x")) == "row-read-only"


def test_a_row_of_what_is_no_table_is_not_written() -> None:
    page = "## Task Queue\n\n| ID | Title | Status |\n|--|--|\n| T-1 | one | Ready |\n\n" + queue(
        "T-2 | two | Ready", title="## x"
    )
    assert refusal(page, SetCell("T-1", "status", Status.COMPLETE)) == "row-read-only"


def test_a_draft_may_be_completed() -> None:
    assert after(queue("T-1 |  | todo"), SetCell("T-1", "title", "one")).endswith("| T-1 | one  | todo |\n")


def test_a_table_without_the_column() -> None:
    page = queue("T-1 | one | todo")
    assert refusal(page, SetCell("T-1", "notes", "x")) == "no-column"
    assert after(page, SetCell("T-1", "notes", "x", optional=True)) == page


def test_a_value_that_would_begin_something_else_is_refused() -> None:
    page = "## Task Queue\n\nTitle | ID | Status\n--|--|--\none | T-1 | todo\n"
    for value in ("# one", "- one", "> one", "```"):
        assert refusal(page, SetCell("T-1", "title", value)) == "write-refused"


# -- the agent table --------------------------------------------------------------------------------


def test_a_row_is_added_once_and_the_placeholder_stays() -> None:
    page = RUNNING + queue("T-1 | one | todo")
    wish = AddAgentRow("tester", "T-1", "2026-11-22 16:40", "T-0")
    once = after(page, wish)
    assert "| x | Pending | - | - |\n| tester | T-1 | In Progress | 2026-11-22 16:40 | T-0 |\n\n" in once
    assert after(once, wish) == once
    assert after(page, wish, wish) == once
    assert after(once, RemoveAgentRow("tester", "T-1", "other")) == once
    assert after(once, RemoveAgentRow("Ready for deployment", "x", "2026-11-22 16:40")) == once
    assert after(once, RemoveAgentRow("tester", "T-1", "2026-11-22 16:40")) == page


def test_a_page_without_an_agent_table_shows_no_runs() -> None:
    page = queue("T-1 | one | todo")
    assert after(page, AddAgentRow("a", "T-1", "now"), RemoveAgentRow("a", "T-1", "now")) == page


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_table_without_rows_at_the_end_of_the_page(ending: str) -> None:
    page = "# Currently Running\nAgent | Task | Status\n--- | --- | ---".replace("\n", ending)
    once = after(page, AddAgentRow("a", "T-1", "now"))
    assert once == page + ending + "a | T-1 | In Progress"
    twice = after(once, AddAgentRow("b", "T-2", "now"))
    assert after(twice, RemoveAgentRow("a", "T-1", "now"), RemoveAgentRow("b", "T-2", "now")) == page
    assert after(twice, RemoveAgentRow("b", "T-2", "now")) == once


def test_one_of_two_equal_rows_goes() -> None:
    row = "| a | T-1 | In Progress | now | - |\n"
    page = RUNNING[:-1] + row + row + "\n"
    assert after(page, RemoveAgentRow("a", "T-1", "now")) == RUNNING[:-1] + row + "\n"
    assert after(page, *[RemoveAgentRow("a", "T-1", "now")] * 3) == RUNNING[:-1] + "\n"


def test_empty_cells_of_a_table_without_outer_pipes_are_dashes() -> None:
    page = "# Currently Running\n\nMood | Agent | Task | Notes\n-|-|-|-\n\n"
    assert added(page, AddAgentRow("a", "T-1", "now")) == ["— | a | T-1 | -"]


# -- new tasks --------------------------------------------------------------------------------------


def test_a_task_goes_to_the_last_table_with_the_next_id() -> None:
    page = (
        queue("T-09 | one | TODO | None", header="ID | Title | Status | Deps")
        + "\n"
        + queue(title="### Later")
    )
    assert added(page, AppendTask("Do | it")) == ["| T-10 | Do \\| it | TODO |"]
    assert added(page, AppendTask("x"), AppendTask("y")) == ["| T-10 | x | TODO |", "| T-11 | y | TODO |"]


@pytest.mark.parametrize(
    ("first", "second", "goes_to"),
    [
        ("TODO", "Complete", 0),
        ("TODO", "Cancelled", 0),
        ("Complete", "Complete", 1),
        ("TODO", "TODO", 1),
        ("Complete", "On Hold", 1),
    ],
)
def test_new_work_does_not_go_under_what_is_done(first: str, second: str, goes_to: int) -> None:
    page = (
        queue(f"A-1 | a | {first}", title="### Now") + "\n" + queue(f"B-1 | b | {second}", title="### More")
    )
    reading = read(after("# Task Queue\n\n" + page, AppendTask("x")).encode())
    assert next(task.table for task in reading.board.tasks if task.title == "x") == goes_to


def test_an_empty_table_takes_new_work() -> None:
    page = "# Task Queue\n\n" + queue("A-1 | a | Complete", title="### Done") + "\n" + queue(title="### Open")
    reading = read(after(page, AppendTask("x")).encode())
    assert [task.table for task in reading.board.tasks] == [0, 1]


def test_fix_tasks_do_not_say_how_ids_are_counted() -> None:
    page = queue("T-09 | one | TODO", "FIX-T-09 | two | TODO", header="ID | Title | Status")
    assert added(page, AppendTask("x")) == ["| T-10 | x | TODO |"]
    alone = queue("FIX-T-09 | two | TODO", header="ID | Title | Status")
    assert added(alone, AppendTask("x")) == ["| TASK-001 | x | TODO |"]


def test_a_task_goes_to_its_phase() -> None:
    page = (
        "# Task Board\n\n"
        + queue("A-1 | a | todo | |", header="ID | Title | Status | Deps | P", title="## Phase 1: x")
        + ("\n" + queue("B-1 | b | todo", title="## Phase 2"))
    )
    wish = AppendTask("n", requires="A-1", priority="HIGH", status=Status.ON_HOLD, phase="Phase 1")
    assert added(page, wish) == ["| A-2 | n | On Hold | A-1 | HIGH |"]


def test_the_tables_own_none_word_is_used() -> None:
    page = queue("A-1 | a | todo | n/a", header="ID | Title | Status | Deps")
    assert added(page, AppendTask("n")) == ["| A-2 | n | todo | n/a |"]


def test_tasks_that_cannot_be_added() -> None:
    page = queue("T-1 | one | todo")
    assert refusal(page, AppendTask("x", id="T-1")) == "duplicate-id"
    assert refusal(page, AppendTask("x", id="N-1"), AppendTask("y", id="N-1")) == "duplicate-id"
    assert refusal(page, AppendTask("x", agent="tester")) == "no-column"
    assert refusal("# Task Queue\n", AppendTask("x")) == "no-place"


# -- handoffs ---------------------------------------------------------------------------------------

WISH = AppendHandoff("a", "b", "T-1", "COMPLETE", ("one", "two"), ("three",), (), ("four?",))


@pytest.mark.parametrize(
    "end", ["", "\n", "\n\n", "\n\n## Notes\n\n- a list\n", "\n```\nx\n```", "\n> quote", "\n    code\n"]
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_handoff_is_set_apart_from_what_was_there(end: str, ending: str) -> None:
    page = (queue("T-1 | one | todo")[:-1] + end).replace("\n", ending)
    new = after(page, WISH)
    assert new.startswith(page)
    glue = new[len(page) :].partition("## Agent")[0]
    assert glue == ("" if page.endswith(ending * 2) else ending if page.endswith(ending) else ending * 2)
    assert new.endswith(ending)
    assert [(b.task, b.valid) for b in board(new).handoffs] == [("T-1", True)]


def test_two_handoffs_in_one_write() -> None:
    new = after(queue("T-1 | one | todo"), WISH, WISH)
    assert [b.occurrence for b in board(new).handoffs] == [0, 1]


def test_a_handoff_on_an_empty_page() -> None:
    assert after("", WISH).startswith("## Agent Handoff Signal\n\n**From**: a\n")


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("```\nx\n", "unclosed-fence"),
        ("<!-- x\n", "unclosed-comment"),
        ("<pre>\n", "write-refused"),
        ("<script>\n", "write-refused"),
    ],
)
def test_a_handoff_that_would_not_be_live_is_refused(end: str, code: str) -> None:
    assert refusal(queue("T-1 | one | todo") + "\n" + end, WISH) == code


def handed(status: str = "COMPLETE", parts: str = "") -> str:
    return (
        queue("T-1 | one | In Progress")
        + f"\n## Agent Handoff Signal\n**Task**: T-1\n**Status**: {status}\n{parts}"
    )


def key_of(page: str) -> str:
    return board(page).handoffs[0].key


def test_a_mark_goes_under_the_heading() -> None:
    page = handed()
    new = added(page, MarkTaken(key_of(page), "T-1.1", "2026-11-22T16:40:00Z"))
    assert new == [f"<!-- mdorch: taken T-1.1 {board(page).handoffs[0].digest} 2026-11-22T16:40:00Z -->"]
    assert (
        after(page, MarkTaken(key_of(page), "T-1.1", "t", refused=True))
        .splitlines()[7]
        .startswith("<!-- mdorch: refused T-1.1 ")
    )


@pytest.mark.parametrize(
    "heading",
    [
        "Agent Handoff Signal\n---\n",
        "## Agent Handoff Signal ##\n",
        "Agent Handoff\nSignal\n===\n",
        "## Agent Handoff Signal\n---\n",
    ],
)
def test_marks_of_other_headings(heading: str) -> None:
    page = queue("T-1 | one | todo") + f"\n{heading}**Task**: T-1\n**Status**: COMPLETE\n---\n"
    new = after(page, MarkTaken(key_of(page), "T-1.1", "t"))
    assert board(new).handoffs[0].taken
    assert board(new).handoffs[0].valid
    assert len(new.splitlines()) == len(page.splitlines()) + 1


def test_a_heading_that_ends_the_page() -> None:
    page = "# Task Queue\n\n## Agent Handoff Signal"
    new = after(page, MarkTaken(key_of(page), "-", "t"))
    assert new.startswith(page + "\n<!-- mdorch: taken - ")


def test_the_second_of_two_equal_blocks_is_marked() -> None:
    page = handed() + handed().partition("\n\n")[2].partition("\n\n")[2]
    blocks = board(page).handoffs
    assert [b.occurrence for b in blocks] == [0, 1]
    new = after(page, MarkTaken(blocks[1].key, "T-1.2", "t"))
    assert [b.taken for b in board(new).handoffs] == [False, True]


@pytest.mark.parametrize("run", ["T-1.1", "a b.1", "x-->y.2", "任务.1", "50%.1", "--.1"])
def test_run_ids_cannot_end_the_comment(run: str) -> None:
    page = handed()
    mark = board(after(page, MarkTaken(key_of(page), run, "t"))).handoffs[0].mark
    assert mark
    assert mark.run == run
    assert unquoted(quoted(run)) == run


def test_an_answer_goes_below_the_questions() -> None:
    page = handed("BLOCKED", "\n### Questions\n- which?\n\n### Artifacts\n- x\n")
    new = after(page, AddAnswer(key_of(page), "that\none"))
    assert "- which?\n\n**Answer**: that one\n\n### Artifacts\n" in new
    assert (board(new).handoffs[0].answer, key_of(new)) == ("that one", key_of(page))


def test_an_answer_to_a_block_without_questions() -> None:
    page = handed("BLOCKED") + "\n## Next\n"
    new = after(page, AddAnswer(key_of(page), "go on"))
    assert new.endswith("**Status**: BLOCKED\n\n**Answer**: go on\n\n## Next\n")
    assert board(new).handoffs[0].answer == "go on"


def test_a_copied_mark_gives_way_to_one_that_fits() -> None:
    page = handed().replace("Signal\n", "Signal\n<!-- mdorch: taken T-1.1 0badf00d t -->\n")
    assert not board(page).handoffs[0].taken
    marked = board(after(page, MarkTaken(key_of(page), "T-1.2", "t"))).handoffs[0]
    assert marked.mark
    assert (marked.mark.run, marked.mark.digest) == ("T-1.2", marked.digest)


@pytest.mark.parametrize("before", ["text\r", "text\r\n", "text\n"])
@pytest.mark.parametrize("behind", ["", "\n", "\r", "\r\n", "\nx\n"])
@pytest.mark.parametrize("usual", ["\n", "\r\n", "\r"])
def test_endings_of_two_kinds_never_meet_as_one(before: str, behind: str, usual: str) -> None:
    """A lone CR before a line that begins with LF would be one ending, and a line would be gone."""
    table = "# Currently Running\n|Agent|Task|\n|-|-|\n|x|y|".replace("\n", usual) + before[4:] + behind
    reading = read(table.encode())
    new = edit(reading, [AddAgentRow("a", "T-1", "")])
    again = read(new)
    assert len(again.board.agents) == len(reading.board.agents) + 1
    assert again.source.line_count == reading.source.line_count + 1
    assert edit(again, [RemoveAgentRow("a", "T-1", "")]) == table.encode()
    handed = edit(reading, [WISH])
    assert handed.startswith(table.encode())
    assert read(handed).board.handoffs


def test_texts_with_lone_surrogates_are_written_as_question_marks() -> None:
    page = queue("T-1 | one | todo")
    wish = AppendHandoff("a\ud800", "b", "T-1", "COMPLETE", ("x\udcff\x07y",))
    block = board(after(page, wish)).handoffs[0]
    assert (block.sender, block.deliverables) == ("a?", ("x?y",))


def test_a_block_that_is_gone() -> None:
    assert refusal(handed(), MarkTaken("00000000.0", "T-1.1", "t")) == "block-gone"
    assert refusal(handed(), AddAnswer("00000000.0", "x")) == "block-gone"


# -- a second pair of eyes on what was newly written --------------------------------------------------


def test_mistletoe_reads_new_rows_and_blocks_alike() -> None:
    page = RUNNING + queue("T-1 | one | todo | |", header="ID | Title | Status | Agent | Notes")
    new = after(page, AddAgentRow("tester", "T-1", "now"), AppendTask("Do it", agent="x", notes="y"), WISH)
    tokens = list(mistletoe.Document(new).children or [])
    tables = [t for t in tokens if isinstance(t, Table)]
    rows = [[_text(cell) for cell in list(t.children or [])[-1].children] for t in tables]
    assert rows == [["tester", "T-1", "In Progress", "now", "-"], ["T-2", "Do it", "todo", "x", "y"]]
    headings = [_text(t) for t in tokens if isinstance(t, Heading)]
    assert headings[2:] == ["Agent Handoff Signal", "Deliverables", "Context for Next Agent", "Questions"]
    assert [len(list(t.children or [])) for t in tokens if isinstance(t, List)] == [2, 1, 1]


def _text(token: object) -> str:
    children = getattr(token, "children", None)
    return "".join(map(_text, children)) if children else str(getattr(token, "content", ""))
