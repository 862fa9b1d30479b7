"""What rows changed between two versions of a page."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from mdorch.board.board import Board
from mdorch.board.changes import Change, ChangeKind, changes, remember
from mdorch.board.read import read
from mdorch.facts import Seen
from tests.board.pages import HISTORY, board, needs_history, queue

HEADER = "ID | Title | Status | Deps | Files"


def seen_of(found: Board) -> dict[str, Seen]:
    return {t.id: Seen(t.id, remember(t), t.status.value, 0.0) for t in found.tasks if t.id}


def between(old: list[str], new: list[str]) -> list[Change]:
    return changes(seen_of(board(queue(*old, header=HEADER))), board(queue(*new, header=HEADER)))


A, B = "A | a | todo | | x.py", "B | b | todo | A |"


def test_nothing() -> None:
    assert between([A, B], [A, B]) == []
    assert between([A, B], [B, A]) == []


def test_added_and_removed() -> None:
    assert between([A], [A, B]) == [Change(ChangeKind.ADDED, "B")]
    assert between([A, B], [A]) == [Change(ChangeKind.REMOVED, "B")]


def test_changed_cells_by_role() -> None:
    assert between([A], ["A | aa | ✅ done | | x.py, y.py"]) == [
        Change(
            ChangeKind.CHANGED,
            "A",
            cells={"title": ("a", "aa"), "status": ("todo", "✅ done"), "files": ("x.py", "x.py, y.py")},
        )
    ]


def test_a_restyled_table_is_no_change() -> None:
    wide = (
        "## Task Queue\n\nID  | Title | Status | Deps | Files\n"
        "--- | :-: | --- | --- | ---\nA   | a     | todo   |      | `x.py`\n"
    )
    assert changes(seen_of(board(queue(A, header=HEADER))), board(wide)) == []


def test_renamed() -> None:
    assert between([A, B], ["AA" + A[1:], B]) == [Change(ChangeKind.RENAMED, "AA", "A")]


def test_a_new_id_and_a_new_title_are_two_changes() -> None:
    assert between([A], ["AA | other | todo | | x.py"]) == [
        Change(ChangeKind.ADDED, "AA"),
        Change(ChangeKind.REMOVED, "A"),
    ]


def test_a_copy_is_no_rename() -> None:
    assert between([A], [A, "AA" + A[1:]]) == [Change(ChangeKind.ADDED, "AA")]


def test_two_renamed_rows_that_say_the_same_are_taken_in_order() -> None:
    same = " | x | todo | |"
    assert between(["A" + same, "B" + same], ["C" + same, "D" + same]) == [
        Change(ChangeKind.RENAMED, "C", "A"),
        Change(ChangeKind.RENAMED, "D", "B"),
    ]


def test_a_duplicate_says_nothing() -> None:
    assert between([A, B], [A, B, "A | other | done | |"]) == []
    assert between([A, B], ["A | other | done | |", B, A]) == []


def test_a_row_that_moved_to_another_phase_has_changed() -> None:
    old = "# Task Board\n\n" + queue("A | a | todo", title="## One") + "\n" + queue(title="## Two")
    new = "# Task Board\n\n" + queue(title="## One") + "\n" + queue("A | a | todo", title="## Two")
    assert changes(seen_of(board(old)), board(new)) == [
        Change(ChangeKind.CHANGED, "A", cells={"phase": ("one", "two")})
    ]


# -- the shared history ------------------------------------------------------------------------------


def naive(data: bytes) -> dict[str, tuple[str, ...]]:
    """id -> cells, by splitting lines at pipes: right wherever no cell hides one and no id stands twice."""
    rows: dict[str, tuple[str, ...]] = {}
    doubled = set()
    for line in data.decode("utf-8", "replace").splitlines():
        parts = re.split(r"(?<!\\)\|", line.strip())
        if len(parts) > 2:
            cells = tuple(part.strip() for part in parts[1:-1])
            for cell in cells[:3]:
                name = cell.strip("*`[]~ ")
                if name in rows:
                    doubled.add(name)
                rows[name] = cells
    return {name: cells for name, cells in rows.items() if name not in doubled}


def folders() -> list[str]:
    return sorted(path.name for path in HISTORY.iterdir()) if HISTORY.is_dir() else []


@needs_history
@pytest.mark.parametrize("folder", folders())
def test_the_shared_history(folder: str) -> None:
    """Each pair is understood as the rows whose source lines differ, wherever the plain split can tell."""
    versions = [path.read_bytes() for path in sorted((HISTORY / folder).iterdir())]
    for old, new in pairwise(versions):
        before, after = as_queue(old), as_queue(new)
        first, second = read(before).board, read(after).board
        found = {c.task: c for c in changes(seen_of(first), second)}
        ids_before = {t.id for t in first.tasks if t.id and not t.read_only}
        ids_after = {t.id for t in second.tasks if t.id and not t.read_only}
        plain_before, plain_after = naive(before), naive(after)
        for name in (ids_before | ids_after) & (plain_before.keys() | plain_after.keys()):
            differs = plain_before.get(name) != plain_after.get(name)
            if name in ids_before and name in ids_after and name in plain_before and name in plain_after:
                assert (name in found) <= differs, (folder, name, found.get(name))
            elif name in ids_after and name not in ids_before and name not in plain_before:
                assert found[name].kind in (ChangeKind.ADDED, ChangeKind.RENAMED)
            elif name in ids_before and name not in ids_after and name not in plain_after:
                gone = {c.old_id or c.task for c in found.values() if c.kind is not ChangeKind.CHANGED}
                assert name in gone


def as_queue(data: bytes) -> bytes:
    """The page with its first heading made a Task Queue, and `Task` columns of lone ids made `ID` columns."""
    text = data.decode("utf-8", "surrogateescape")
    text = re.sub(r"\A(\ufeff?)# .*", r"\1# Task Queue", text)
    return re.sub(r"^\| Task \| (?=Description)", "| ID | ", text, flags=re.MULTILINE).encode(
        "utf-8", "surrogateescape"
    )
