"""The second reader sees new blocks as they were meant, and says so when it does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdorch.board import second
from mdorch.board.edits import CannotWrite, edit
from mdorch.board.read import read
from mdorch.board.render import handoff_lines
from mdorch.board.wishes import AppendHandoff

TEXTS = st.text(alphabet="ab `#*->|~[]()!<&;1.\\\t", max_size=30)


@settings(max_examples=150)
@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_both_readers_agree_on_what_is_appended(to: str, items: list[str]) -> None:
    lines = handoff_lines(AppendHandoff("a", to, "T-1", "COMPLETE", tuple(items), tuple(items)))
    assert second.agrees(lines)


def test_a_block_that_swallows_its_headings_is_found_out() -> None:
    assert not second.agrees(["## Agent Handoff Signal", "", "```", "### Deliverables"])


def test_disagreement_refuses_the_write(monkeypatch: pytest.MonkeyPatch) -> None:
    page = b"# P\n\n## Task Queue\n\n| ID | Task | Status |\n|---|---|---|\n| T-1 | x | Waiting |\n"
    wish = AppendHandoff("a", "-", "T-1", "COMPLETE")
    assert edit(read(page), [wish]) != page
    monkeypatch.setattr(second, "headings_of", lambda _: [])
    with pytest.raises(CannotWrite, match="another reader"):
        edit(read(page), [wish])
