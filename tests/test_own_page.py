"""The project's own guide is a live page: it reads without problems, and its queue is one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[1] / "CLAUDE.md"


def test_the_guide_is_a_valid_page() -> None:
    lint = subprocess.run(
        [sys.executable, "-m", "mdorch", "lint", str(PAGE)], capture_output=True, text=True, check=False
    )
    assert (lint.returncode, lint.stdout + lint.stderr) == (0, lint.stdout + lint.stderr)
    assert "error" not in lint.stdout


def test_its_queue_is_read() -> None:
    from mdorch.board.read import read

    board = read(PAGE.read_bytes()).board
    assert {"PAGE-001", "SAFE-001"} <= {t.id for t in board.tasks}
    assert board.problems == ()
