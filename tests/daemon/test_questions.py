"""A question blocks its task until a person answers; the next run has the answer, and costs no attempt."""

from __future__ import annotations

from pathlib import Path

import pytest

from mdorch.front.cli.main import run as command
from tests.daemon.stage import Stage

ASKS = """
if attempt == 1:
    handoff("human", "BLOCKED", "\\n### Questions\\n- Which one?\\n")
else:
    (here / "prompt").write_text(prompt)
    handoff()
"""


@pytest.mark.parametrize("typed", [False, True])
def test_the_next_run_has_the_answer(tmp_path: Path, typed: bool) -> None:
    made = Stage(tmp_path, "| A-1 | Write b | dev | None | Waiting | |\n", ASKS, attempts=1)
    assert made.until_idle().code == 1
    assert made.status("A-1") == "blocked"
    if typed:
        made.replace("- Which one?", "- Which one?\n\n**Answer**: The first.")
    else:
        assert command(["answer", "A-1", "The", "first.", "--page", str(made.page)]) == 0
    assert made.until_idle().code == 0
    assert made.starts() == ["A-1.1", "A-1.2"]
    assert "**Answer**: The first." in (tmp_path / "prompt").read_text()
    assert "| Complete | |\n" in made.page.read_text()  # it asks nothing any more
