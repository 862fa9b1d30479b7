"""The board as bytes and back."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdorch.board import store
from mdorch.board.board import Board
from mdorch.board.read import read
from tests.board.made import pages
from tests.board.pages import CORPUS, board, fixture, needs_corpus, queue
from tests.board.test_policies import LIMITS, MATRIX, PATTERNS, SUBSTITUTES


def same(found: Board) -> bool:
    return store.load(store.dump(found)) == found


def rich() -> Board:
    page = (
        queue(
            "T-1 | one | Ready | All | a, b",
            "T-2 | two | odd | T-9, T-1 | @me",
            header="ID | Title | Status | Deps | Agent",
        )
        + MATRIX
        + SUBSTITUTES
        + LIMITS
        + PATTERNS
        + "\n## T-1\n\n## Agent Handoff Signal\n"
        + "<!-- mdorch: taken T-1.1 00000000 2026-01-01T00:00:00Z -->\n**Task**: T-1\n"
    )
    return board(page)


def test_everything_comes_back() -> None:
    found = rich()
    assert found.handoffs
    assert found.pools
    assert found.bodies
    assert found.problems
    assert same(found)
    assert same(Board())
    assert same(board(fixture("handoffs/three-spellings.md")))


@given(pages())
def test_generated_boards_come_back(data: bytes) -> None:
    assert same(read(data).board)


@given(st.binary(max_size=60))
def test_any_bytes_of_a_page_come_back(data: bytes) -> None:
    assert same(read(b"# Task Queue\n|ID|Title|Status|\n|-|-|-|\n|" + data).board)


@pytest.mark.parametrize("cut", [0, 1, 17, 200, -1])
def test_a_torn_board_is_no_board(cut: int) -> None:
    whole = store.dump(rich())
    with pytest.raises(ValueError, match=r"."):
        store.load(whole[:cut])


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b"1", b'{"format":1}', b"\xff", b"[" * 100_000])
def test_other_bytes_are_no_board(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        store.load(data)


def test_another_format_is_no_board() -> None:
    kept = json.loads(store.dump(rich()))
    kept["format"] = store.FORMAT + 1
    with pytest.raises(ValueError, match="another format"):
        store.load(json.dumps(kept).encode())


def test_reading_it_imports_nothing_that_made_it() -> None:
    code = "import sys, mdorch.board.store; print(list(sys.modules))"
    out = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)
    for module in ("mdorch.page", "markdown_it", "mdorch.board.words"):
        assert module not in out.stdout


@needs_corpus
def test_the_shared_corpus_comes_back() -> None:
    for path in sorted(CORPUS.rglob("*.md")):
        assert same(read(path.read_bytes()).board), path.name


def test_rows_that_each_need_the_next_one() -> None:
    """Numbers that go up by one are kept as their first: also those that stand for something else."""
    rows = [f"T-{n} | x | todo | T-{n + 1}" for n in range(3)]
    assert same(board(queue(*rows, header="ID | Title | Status | Deps")))
    mark = "<!-- mdorch: taken T-1.1 {} 2026-01-01T00:00:00Z -->\n"
    fields = "**Task**: T-1\n**Status**: COMPLETE\n"
    blocks = "\n## Handoff Signal\n" + fields + "\n## Handoff Signal\n"
    digest = board(queue("T-1 | x | todo") + blocks + fields).handoffs[1].digest
    assert same(board(queue("T-1 | x | todo") + blocks + mark.format(digest) + fields))
