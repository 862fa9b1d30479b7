"""Small pages for the tests of the board, and where the shared corpus is, if anywhere."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from mdorch.board.board import Board
from mdorch.board.read import read

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
SHARED = Path(os.environ.get("MDORCH_SHARED", Path(__file__).resolve().parents[3] / "shared"))
CORPUS = SHARED / "corpus"
HISTORY = SHARED / "history"

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpus is not here")
needs_history = pytest.mark.skipif(not HISTORY.is_dir(), reason="the shared corpus is not here")


def queue(*rows: str, header: str = "ID | Title | Status", title: str = "## Task Queue") -> str:
    """A page with one task table; rows and header without outer pipes."""
    columns = header.count("|") + 1
    lines = [title, "", f"| {header} |", "|" + "---|" * columns, *(f"| {row} |" for row in rows)]
    return "\n".join(lines) + "\n"


def board(
    text: str | bytes, companions: Sequence[tuple[str, bytes]] = (), known: Sequence[str] = ()
) -> Board:
    data = text.encode() if isinstance(text, str) else text
    return read(data, companions, frozenset(known)).board


def codes(found: Board) -> list[str]:
    return [problem.code for problem in found.problems]


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()
