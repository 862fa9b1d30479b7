"""What a run may do through the command line: its own handoff and notes, and all reading."""

from __future__ import annotations

import pytest

from tests.front.stage import Mdorch, Stage
from tests.front.test_change import rows

__all__ = ["rows"]  # the fixture

INSIDE = {"MDORCH_RUN": "A-2.1", "MDORCH_TASK": "A-2", "MDORCH_AGENT": "dev-two"}
FORBIDDEN = [
    ["set", "A-2", "status=complete"], ["set", "A-3", "notes=x"], ["set", "A-2", "notes=x", "status=done"],
    ["add", "x"], ["assign", "A-2", "--agent", "x"], ["approve", "A-4"], ["reject", "A-4", "x"],
    ["answer", "A-3", "x"], ["retry", "A-5"], ["stop", "A-2"], ["stop", "--all"], ["pause"], ["resume"],
    ["attach", "A-2"], ["uninstall"], ["up"], ["run", "A-2"], ["down"], ["down", "--kill"], ["trust"],
    ["init", "--yes"], ["handoff", "A-3", "--to", "-"],
]  # fmt: skip


@pytest.mark.parametrize("args", FORBIDDEN, ids=" ".join)
def test_agents_may_not(
    rows: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch, args: list[str]
) -> None:
    for name, value in INSIDE.items():
        monkeypatch.setenv(name, value)
    before = rows.page.read_bytes()
    said = mdorch(*args)
    assert said.code == 3
    assert "A-2.1" in said.err
    assert rows.page.read_bytes() == before
    assert not (rows.here / ".mdorch" / "PAUSE").exists()


def test_agents_may_read_and_write_their_own(
    rows: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in INSIDE.items():
        monkeypatch.setenv(name, value)
    for args in (["status"], ["plan"], ["why", "A-3"], ["prompt", "A-2"], ["lint"], ["up", "--dry-run"]):
        assert mdorch(*args).code == 0, args
    assert mdorch("set", "A-2", "notes=half way").code == 0
    assert mdorch("handoff", "A-2", "--to", "-").code == 0
    assert "**From**: dev-two" in rows.text


def test_a_run_whose_task_is_not_named_is_told_the_rule(
    rows: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MDORCH_RUN", "A-2.1")
    monkeypatch.delenv("MDORCH_TASK", raising=False)
    said = mdorch("set", "A-2", "status=complete")
    assert (said.code, said.err.endswith("the notes of its own task\n")) == (3, True)


def test_an_agent_may_ask_about_its_own_task_alone(
    rows: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mdorch("ask", "Which one?").code == 2
    for name, value in INSIDE.items():
        monkeypatch.setenv(name, value)
    assert mdorch("ask", "Which one?", "--task", "A-3").code == 3
    said = mdorch("ask", "Which", "one?", "--context", "src/api.py:26 has both")
    assert said.code == 0
    assert "mdorch answer A-2 TEXT" in said.out
    assert "**To**: human\n**Task**: A-2\n**Status**: BLOCKED" in rows.text
    assert "### Questions\n- Which one?" in rows.text
