"""Any bytes are a page: reading never raises, and takes time in proportion to the page."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdorch.board.edits import CannotWrite, edit
from mdorch.board.read import read
from mdorch.board.status import Status
from mdorch.board.wishes import AddAgentRow, AppendHandoff, AppendTask, MarkTaken, SetCell
from tests.board.made import pages

WORDS = st.sampled_from(
    [
        *("## Task Queue\n", "### Currently Running\n", "## Agent Handoff Signal\n", "- a: 1\n"),
        *("## Agent Selection Matrix\n", "## Parallel Group Limits\n", "| Agent | Task |\n|-|-|\n"),
        *("| ID | Title | Status | Depends On | Owner | Blocks |\n", "|-|-|-|-|-|-|\n"),
        *("| T-1 | a | todo | All above | @me | T-2 |\n", "| T-2 | b | ✅ | T-* | x | All |\n"),
        *("**Task**: T-1\n", "**Status**: COMPLETE\n", "**To**:\n", "### Questions\n", "**Answer**: y\n"),
        *("---\n", "===\n", "```\n", "~~~\n", "<!--\n", "-->\n", "<!-- mdorch: taken T-1.1 00000000 t -->\n"),
        *("<<<<<<< a\n", "=======\n", ">>>>>>> b\n", "\n", "\r", "|", "\\|", " ", "> ", "    ", "\t"),
        *("\x00", "\udcff", "\u2028", "x"),
    ]
)
SOUP = st.lists(WORDS, max_size=40).map(lambda parts: "".join(parts).encode("utf-8", "surrogateescape"))
WISHES = [
    SetCell("T-1", "status", Status.COMPLETE),
    SetCell("T-1", "title", "new | one"),
    AddAgentRow("a", "T-1", "now"),
    AppendTask("x"),
    AppendHandoff("a", "b", "T-1", "COMPLETE", ("d",)),
]


@given(st.binary(max_size=400))
def test_arbitrary_bytes(data: bytes) -> None:
    read(data, [("other", data)])


@given(SOUP)
def test_soup_is_read_and_written_or_refused(data: bytes) -> None:
    """Whatever a page is made of, a wish is carried out and reads back, or it is refused and says why."""
    reading = read(data, [("other", data)])
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
    for problem in reading.board.problems:
        assert 0 <= problem.line <= lines
    marks = [MarkTaken(block.key, "T-1.1", "t") for block in reading.board.handoffs]
    for wish in (*WISHES, *marks):
        try:
            new = edit(reading, [wish])
        except CannotWrite:
            continue
        again = read(new)
        if isinstance(wish, SetCell) and isinstance(wish.value, Status):
            assert [t.status for t in again.board.tasks if t.id == "T-1"] == [Status.COMPLETE]
        elif isinstance(wish, AppendHandoff):
            assert again.board.handoffs[-1].sender == "a"
        elif isinstance(wish, MarkTaken):
            assert len(again.board.handoffs) == len(reading.board.handoffs)
            assert next(b for b in again.board.handoffs if b.key == wish.key).taken


@given(pages(), st.data())
def test_mutated_pages(data: bytes, draw: st.DataObject) -> None:
    """A page that lost a piece, or had a piece doubled, is still read."""
    start = draw.draw(st.integers(0, len(data)))
    end = draw.draw(st.integers(start, len(data)))
    for mutant in (data[:start] + data[end:], data[:end] + data[start:]):
        read(mutant)


SIZE = 300_000  # large enough to tell a quadratic reading from a linear one
QUEUE = "## Task Queue\n\n| ID | Title | Status | Depends On | Owner | Files | Blocks |\n|-|-|-|-|-|-|-|\n"


def row(**cells: str) -> str:
    names = ("id", "title", "status", "requires", "owner", "files", "blocks")
    return "|" + "|".join(cells.get(name, "x") for name in names) + "|\n"


def rows(make: str) -> str:
    """As many rows as fit, with their number for `%d`."""
    one = len(make) + 3
    return QUEUE + "".join(make.replace("%d", str(n)) for n in range(SIZE // one))


NASTY = {
    "every row says All above": lambda: rows(row(id="%d", requires="All above", blocks="")),
    "every row says All": lambda: rows(row(id="%d", requires="All", blocks="")),
    "every row blocks All": lambda: rows(row(id="%d", requires="", blocks="All")),
    "every row has a pattern of its own": lambda: rows(row(id="T%d", requires="T*%d, T%d*")),
    "every row has a range of its own": lambda: rows(row(id="T%d", requires="T0..T%d")),
    "every id is the same": lambda: rows(row(id="T")),
    "every id differs in case": lambda: rows(row(id="aB%d")) + rows(row(id="Ab%d"))[: SIZE // 2],
    "every status is unknown": lambda: rows(row(id="%d", status="odd %d")),
    "every requirement is unknown": lambda: rows(row(id="%d", requires="who, what, %d a")),
    "one huge id": lambda: QUEUE + row(id="[ a" * (SIZE // 3)),
    "one huge status": lambda: QUEUE + row(status="~~" + " " * SIZE + "x"),
    "one huge status of signs": lambda: QUEUE + row(status="✅(" * (SIZE // 4)),
    "one huge requirement": lambda: QUEUE + row(requires="A-1/" * (SIZE // 4)),
    "one huge list of requirements": lambda: (
        QUEUE + row(requires="A-11111111111111111111..B," * (SIZE // 26))
    ),
    "one huge owner": lambda: QUEUE + row(owner="~~a and b" * (SIZE // 9)),
    "one huge list of files": lambda: QUEUE + row(files="aaaaaaaaaa" * (SIZE // 10) + "!"),
    "one huge link": lambda: QUEUE + row(requires="[a](" * (SIZE // 4)),
    "blanks in a field": lambda: "# Task Queue\n## Handoff Signal\n**To**:" + " " * SIZE + "x\n",
    "one huge field": lambda: "# Task Queue\n## Handoff Signal\n**Status**: " + "*_" * (SIZE // 2) + "\n",
    "one huge mark": lambda: (
        "# Task Queue\n## Handoff Signal\n<!-- mdorch: taken " + "a " * (SIZE // 2) + "\n"
    ),
    "many handoffs": lambda: "# Task Queue\n" + "## Handoff Signal\n**Task**: x\n" * (SIZE // 30),
    "many fields": lambda: "# Task Queue\n## Handoff Signal\n" + "Task:\n" * (SIZE // 6),
    "a trapped heading": lambda: "# Task Queue\n## Handoff Signal\n" + "Task: x\n" * (SIZE // 8) + "---\n",
    "many bodies": lambda: rows(row(id="%d"))[: SIZE // 2] + "".join(f"# {n}\n" for n in range(18_000)),
    "many conflicts in fences": lambda: (
        "# Task Queue\n" + "```\n<<<<<<<\n=======\n>>>>>>>\n```\n" * (SIZE // 33)
    ),
    "many limits": lambda: "# Task Queue\n# Parallel Group Limits\n" + "- **a**: b\n" * (SIZE // 11),
    "many near tables": lambda: "# Task Queue\n" + "| ID | Status |\n|-|\n\n" * (SIZE // 22),
}


@pytest.mark.parametrize("kind", NASTY)
def test_no_page_hangs(kind: str) -> None:
    data = NASTY[kind]().encode()
    assert 0.4 * SIZE < len(data) < 2 * SIZE
    before = time.process_time()
    read(data)
    assert time.process_time() - before < 3  # well under one on an idle machine
