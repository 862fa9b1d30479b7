"""Reading a page with the help of an earlier reading gives the same as reading it alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mdorch.board.read import Reading, read

QUEUE = """# Plan

## Active Agents

| Agent | Task | Status | Started |
|---|---|---|---|
| dev | A-1 | In Progress | now |

## Task Queue

| ID | Task | Status | Requires | Owner |
|---|---|---|---|---|
| A-1 | first | In Progress | None | dev |
| A-2 | [second](x.md) | Waiting | A-1, B-9 | @me |
| A-3 | third | soon | A-2 | Bob |

### Phase 2

| ID | Task | Status | Requires | Group |
|---|---|---|---|---|
| B-1 | fourth | Done | A-1..A-3 | one |
| B-2 | fifth | Waiting | B-1 | two |
| **B-3** | sixth | Waiting | | one | more |
"""
PLAIN = QUEUE.replace("A-1..A-3", "A-3").replace("[second](x.md)", "second").replace(", B-9", "")
ROWS = (
    "| A-1 | first | Done | None | dev |",
    "| A-2 | again | Waiting | None | dev |",
    "| a-2 | in small letters | Waiting | None | dev |",
    "| C-1 | new | Waiting | All above | dev |",
    "| C-2 | new | Waiting | Phase 2 | one |",
    "| C-3 | new | Cancelled | C-* | one |",
    "| short |",
    "| B-2 | fifth | In Review | B-1 | three |",
    "",
    "prose",
    "### Phase 3",
    "```",
    "| ID | Task | Status | Blocks |\n|---|---|---|---|\n| D-1 | x | Waiting | A-3 |",
)
Edit = tuple[str, int, str]
edits = st.lists(
    st.tuples(st.sampled_from(("put", "replace", "take")), st.integers(0, 25), st.sampled_from(ROWS)),
    max_size=3,
)


def edited(text: str, changes: list[Edit]) -> str:
    lines = text.split("\n")
    for what, place, row in changes:
        at = min(place, len(lines) - 1)
        lines[at : at + (what != "put")] = [] if what == "take" else [row]
    return "\n".join(lines)


def same(one: Reading, other: Reading) -> bool:
    return one.board == other.board


@given(st.sampled_from((QUEUE, PLAIN)), st.lists(edits, min_size=1, max_size=4))
def test_it_is_the_same_as_alone(text: str, saves: list[list[Edit]]) -> None:
    before = read(text.encode(), (), frozenset({"bob"}))
    for changes in saves:
        text = edited(text, changes)
        now = read(text.encode(), (), frozenset({"bob"}), before)
        assert same(now, read(text.encode(), (), frozenset({"bob"})))
        before = now


def test_other_agents_are_known() -> None:
    before = read(QUEUE.encode())
    now = read(QUEUE.encode(), (), frozenset({"Bob"}), before)
    assert same(now, read(QUEUE.encode(), (), frozenset({"Bob"})))
    assert [t.person for t in now.board.tasks[:3]] == [True, True, False]


def test_rows_that_say_the_same_are_not_read_again() -> None:
    before = read(PLAIN.encode())
    now = read(PLAIN.replace("fifth", "5th").encode(), before=before)
    kept = [a is b for a, b in zip(now.board.tasks, before.board.tasks, strict=True)]
    assert kept == [True, True, True, True, False, True]


def test_rows_that_moved_are_the_same_elsewhere() -> None:
    lower = PLAIN.replace("# Plan\n", "# Plan\n\nProse.\n")
    assert same(read(lower.encode(), before=read(PLAIN.encode())), read(lower.encode()))
