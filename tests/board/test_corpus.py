"""Real pages, where the shared corpus is present."""

from __future__ import annotations

from pathlib import Path

import pytest

from mdorch.board.edits import CannotWrite, edit
from mdorch.board.handoff import Signal
from mdorch.board.read import read
from mdorch.board.status import Status
from mdorch.board.task import NeedKind
from mdorch.board.wishes import AddAgentRow, AppendHandoff, RemoveAgentRow, SetCell
from mdorch.page import cells
from tests.board.pages import CORPUS, needs_corpus

pytestmark = needs_corpus
GPT = CORPUS / "gpt-trader"
PAGES = sorted(CORPUS.rglob("*.md"))
EDITABLE = ("title", "status", "agent", "requires", "priority", "notes")


def names(path: Path) -> str:
    return path.relative_to(path.parents[1]).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=names)
def test_every_page_is_read_and_every_cell_survives(path: Path) -> None:
    """As it is, and with its first heading made a Task Queue, so that more of the tables are live."""
    data = path.read_bytes()
    first, _, rest = data.partition(b"\n")
    for page in (data, b"# Task Queue\n" + rest if first.lstrip(b"\xef\xbb\xbf").startswith(b"# ") else data):
        reading = read(page)
        for row in reading.board.tasks:
            if not row.read_only and row.id:
                survives(page, row.id, [role for role in EDITABLE if role in row.roles])


def survives(page: bytes, task: str, roles: list[str]) -> None:
    """Set all cells of a row and set them back."""
    reading = read(page)
    row = next(t for t in reading.board.tasks if t.id == task)
    sheet = next(s for s in reading.sheets if s.index == row.table)
    texts = reading.outline.tables[row.table].rows[row.row].texts
    old = {role: cells.value(texts[sheet.columns[role]]) for role in roles}
    new = edit(reading, [SetCell(task, role, f"new {role}, rather long") for role in roles])
    changed = read(new)
    written = changed.outline.tables[row.table].rows[row.row].texts
    assert [cells.value(written[sheet.columns[role]]) for role in roles] == [
        f"new {r}, rather long" for r in roles
    ]
    back = edit(changed, [SetCell(task, role, value) for role, value in old.items()])
    assert back == page, task


@pytest.mark.parametrize("path", PAGES, ids=names)
def test_an_agent_row_and_a_handoff_on_every_page(path: Path) -> None:
    data = path.read_bytes()
    wish = AddAgentRow("tester", "T-1", "2026-11-22 16:40")
    new = edit(read(data), [wish])
    assert edit(read(new), [RemoveAgentRow("tester", "T-1", "2026-11-22 16:40")]) == data
    try:
        new = edit(read(data), [AppendHandoff("a", "b", "T-1", "COMPLETE", ("x",))])
    except CannotWrite as refused:
        assert refused.problem.code == "unclosed-fence"  # noqa: PT017
        return
    assert new.startswith(data)
    assert read(new).board.handoffs[-1].deliverables == ("x",)


def test_the_page_that_the_product_comes_from() -> None:
    companion = ("ORCHESTRATION_CONTROLLER.md", (GPT / "ORCHESTRATION_CONTROLLER.md").read_bytes())
    found = read((GPT / "CLAUDE.md").read_bytes(), [companion]).board
    R, C, W = Status.READY, Status.COMPLETE, Status.WAITING
    assert [(t.id, t.status, t.agents) for t in found.tasks] == [
        ("TEST-001", R, ("test-automator",)),
        ("STRAT-001", C, ("backend-developer",)),
        ("STRAT-002", R, ("backend-developer",)),
        ("EXEC-001", R, ("backend-developer",)),
        ("TEST-002", W, ("test-automator",)),
        ("STRAT-003", R, ("backend-developer",)),
        ("PAPER-001", W, ("backend-developer",)),
        ("MON-001", W, ("performance-optimizer",)),
    ]
    needs = {t.id: [(n.kind, n.id) for n in t.needs] for t in found.tasks}
    assert needs["STRAT-003"] == [(NeedKind.TASK, "STRAT-001")]
    ((kind, pool),) = needs["MON-001"]
    assert kind is NeedKind.ABOVE
    assert found.pools[pool] == tuple(range(8))
    assert [t.rank for t in found.tasks] == [10, 10, 10, 30, 30, 30, 50, 50]
    assert [(a.agent, a.task, a.line) for a in found.agents] == [
        ("Ready for deployment", "Week 5 ML Integration", 87)
    ]
    assert len(found.policy.substitutes) == 7
    assert found.policy.substitutes["qa-expert"] == ("test-runner",)
    by_type = {choice.pattern: choice.agents for choice in found.policy.matrix}
    assert by_type["Fix Python imports"] == ("backend-developer", "general-purpose")
    assert by_type["Quantitative analysis"] == ("trading-strategy-consultant", "general-purpose")
    assert by_type["ML-specific"] == ("ml-engineer", "data-scientist")
    assert len(found.policy.matrix) == 11 + 8
    assert found.policy.limits == {"discovery": 5, "implementation": 4, "validation": 1, "emergency": 0}
    assert found.handoffs == ()
    assert found.problems == ()
    assert found.uses_ready


def test_the_controllers_examples_are_fenced_and_read_right_when_they_are_not() -> None:
    text = (GPT / "ORCHESTRATION_CONTROLLER.md").read_text(encoding="utf-8")
    assert read(text.encode()).board.handoffs == ()
    fenced = [part.partition("```")[0] for part in text.split("```markdown\n")[1:]]
    queue = "# Task Queue\n\n| ID | Title | Status |\n|--|--|--|\n| ORCH-001 | x | In Progress |\n\n"
    template, first, second = read((queue + "".join(fenced)).encode()).board.handoffs
    assert (template.valid, template.task) == (False, "[Task ID]")
    assert (first.sender, first.to, first.task, first.signal) == (
        "code-archaeologist",
        "backend-developer",
        "ORCH-001",
        Signal.COMPLETE,
    )
    assert [len(part) for part in (first.deliverables, first.context, first.artifacts)] == [3, 3, 2]
    assert (second.sender, second.to, second.valid, second.at_end) == (
        "backend-developer",
        "test-automator",
        True,
        True,
    )
    assert first.digest != second.digest
