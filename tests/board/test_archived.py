"""What left the page through our own door: prerequisites on it are met, and it reads back as what it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdorch.board.edits import CannotWrite
from mdorch.board.leaving import leaving_block, leaving_rows, without
from mdorch.board.read import Reading, read
from mdorch.board.store import dump, load
from mdorch.plan.graph import Needs
from mdorch.world.shelf import Shelf

ARCHIVE = b"""# What left

## Task Queue, archived 2026-11-22T16:40:00Z

### Phase 1: Survey

| ID | Task | Status | Lane |
|---|---|---|---|
| A-1 | Draw | Complete | north |
| A-2 | Walk | Done | north |
| A-3 | Rest | Waiting | south |
| T-1 | Try | Complete | north |
"""
PAGE = """## Task Queue

| ID | Task | Status | Depends on |
|---|---|---|---|
| Z | last | Waiting | {} |
"""


def page(text: str, archive: bytes = ARCHIVE) -> Reading:
    return read(text.encode(), [("CLAUDE.archive.md", archive)])


@pytest.mark.parametrize(
    ("needs", "unmet"),
    [
        ("A-1", []),
        ("A-1, A-2", []),
        ("A-1 A-2", []),
        ("`A-1`; A-3", ["A-3"]),  # it was not complete
        ("A-9", ["A-9"]),
        ("A-1/2", []),
        ("A-1/9", ["A-9"]),
        ("A-1..A-2", []),
        ("A-1..A-3", ["A-1..A-3"]),  # one of them is missing
        ("A-*", []),
        ("T-*", []),
        ("B-*", ["B-*"]),
        ("All above", []),
        ("All", []),
        ("Phase 1", []),
        ("Lane north", []),
        ("Lane south", ["Lane south"]),
        ("Phase 2", ["Phase 2"]),
    ],
)
def test_prerequisites_on_archived_tasks_are_met(needs: str, unmet: list[str]) -> None:
    board = page(PAGE.format(needs)).board
    assert Needs(board, [t.status for t in board.tasks]).unmet(board.tasks[0]) == unmet
    assert [p.code for p in board.problems] == (["unresolved-requirement"] if unmet else [])
    assert load(dump(board)) == board


def test_what_stands_on_the_page_counts_as_it_stands_there() -> None:
    board = page(PAGE.format("A-1, T-*") + "| A-1 | again | Waiting | |\n| T-2 | more | Waiting | |\n").board
    assert Needs(board, [t.status for t in board.tasks]).unmet(board.tasks[0]) == ["A-1", "T-2"]


def test_a_blocks_cell_may_name_what_is_archived() -> None:
    text = "## Task Queue\n\n| ID | Task | Status | Blocks |\n|---|---|---|---|\n| Z | x | Waiting | A-1 |\n"
    assert page(text).board.problems == ()


def test_a_block_about_an_archived_task_is_no_problem() -> None:
    block = "\n## Agent Handoff Signal\n\n**Task**: A-1\n**Status**: COMPLETE\n"
    assert page(PAGE.format("None") + block).board.problems == ()


QUEUE = """# Page

## Task Queue

### Phase 1

| ID | Task | Status |
|----|------|--------|
| A-1 | a `x\\|y` | ✅ Complete 2026 |
| A-2 | b | Waiting |
| A-3 | c | Done |

Between.

## Agent Handoff Signal
<!-- mdorch: taken A-1.1 {mark} 2026-11-22T16:40:00Z -->

**From**: dev
**Task**: A-1
**Status**: COMPLETE

### Artifacts
- x

## Next

Last words.
"""


def queue() -> Reading:
    bare = QUEUE.replace("<!-- mdorch: taken A-1.1 {mark} 2026-11-22T16:40:00Z -->\n", "")
    digest = read(bare.encode()).board.handoffs[0].digest
    return read(QUEUE.replace("{mark}", digest).encode())


def test_rows_and_blocks_go_and_read_back() -> None:
    reading = queue()
    block = leaving_block(reading, reading.board.handoffs[0])
    rows = leaving_rows(reading, {"A-1", "A-2", "A-3"}, "2026-11-22T17:00:00Z")
    assert block is not None
    new = without(reading, [*rows, block])
    gone = {line for one in (*rows, block) for line in one.lines}
    kept = [line for n, line in enumerate(reading.source.lines) if n not in gone]
    assert new.decode().splitlines() == kept
    assert [t.id for t in read(new).board.tasks] == ["A-2"]
    archive = "".join(one.text for one in (*rows, block))
    again = read(PAGE.format("A-1, Phase 1").encode(), [("x.archive.md", archive.encode())]).board
    assert again.archived == {"A-1", "A-3"}
    assert again.archived_blocks == {reading.board.handoffs[0].digest}
    assert Needs(again, [t.status for t in again.tasks]).unmet(again.tasks[0]) == []


@pytest.mark.parametrize(
    ("mark", "end"),
    [
        ("A-1.0", ""),  # nobody's run took it again
        ("A-1.2", ""),  # the next run of its task did
        ("A-1.1", "<!-- mdorch: taken A-1.1 00c0ffee 2026-11-22T16:40:00Z -->\n"),  # of a block that is gone
    ],
)
def test_a_block_that_an_old_buffer_brought_back_leaves_once(tmp_path: Path, mark: str, end: str) -> None:
    shelf, page = Shelf(tmp_path / "x.archive.md"), queue().source.data.decode()
    again = page.replace("taken A-1.1", f"taken {mark}").replace("- x\n", f"- x\n{end}")
    sizes = []
    for text in (page, again, again.replace("- x\n", "- y\n")):
        archive = shelf.path.read_bytes() if sizes else b""
        reading = read(text.encode(), [("x.archive.md", archive)])
        one = leaving_block(reading, reading.board.handoffs[0])
        assert one is not None
        shelf.keep("# Head\n", [(one.text, one.parts)])
        sizes.append(len(shelf.path.read_bytes()))
    assert sizes[0] == sizes[1] < sizes[2]


def test_a_block_that_would_swallow_what_follows_stays() -> None:
    text = (
        PAGE.format("None") + "\n## Agent Handoff Signal\n\n**Task**: Z\n**Status**: COMPLETE\n\n```\nopen\n"
    )
    reading = read(text.encode())
    assert leaving_block(reading, reading.board.handoffs[0]) is None


def test_blank_lines_before_a_block_that_ends_the_page_go_with_it() -> None:
    before = PAGE.format("None")
    reading = read(f"{before}\n\n## Agent Handoff Signal\n\n**Task**: Z\n**Status**: COMPLETE\n\n".encode())
    block = leaving_block(reading, reading.board.handoffs[0])
    assert block is not None
    assert without(reading, [block]) == before.encode()


LINES = st.lists(
    st.sampled_from(
        [
            "",
            "text",
            "- item",
            "  more",
            "# Head",
            "---",
            "```",
            "| a | b |",
            "|---|---|",
            "> quote",
            "<!--",
            "-->",
        ]
    ),
    max_size=8,
)


@given(LINES, LINES, st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=150)
def test_whatever_stands_around_a_block_stays(before: list[str], after: list[str], ending: str) -> None:
    block = ["## Agent Handoff Signal", "", "**Task**: Z", "**Status**: COMPLETE", ""]
    source = ending.join([*PAGE.format("None").splitlines(), "", *before, "", *block, "## Next", *after])
    reading = read(source.encode())
    found = [h for h in reading.board.handoffs if h.task == "Z"]
    one = leaving_block(reading, found[0]) if found else None
    if one is None:
        return
    try:
        new = without(reading, [one])
    except CannotWrite:
        return
    gone = set(one.lines)
    kept = [line for n, line in enumerate(reading.source.lines) if n not in gone]
    while kept and not kept[-1].strip() and max(gone) == reading.source.line_count - 1:
        kept.pop()
    assert read(new).source.lines == kept
    assert read(new).board.tasks == reading.board.tasks


def test_a_page_without_a_last_line_ending_ends_as_before_the_block_was_appended() -> None:
    before = PAGE.format("None")
    reading = read(f"{before}\n## Agent Handoff Signal\n\n**Task**: Z\n**Status**: COMPLETE".encode())
    block = leaving_block(reading, reading.board.handoffs[0])
    assert block is not None
    assert without(reading, [block]) == before.encode()
