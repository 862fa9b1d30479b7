"""The controller document's own command line, every line of it as written there."""

from __future__ import annotations

import pytest

from mdorch.front.cli.app import run
from mdorch.front.cli.orchestrate import orchestrate
from tests.front.stage import HEAD, TRUE, Mdorch, Said, Stage

PAGE = (
    HEAD.replace("## Task Queue", "## Task Queue - Week 5 ML Integration")
    + """\
| ORCH-001 | Find the models | code-archaeologist | None | Waiting | | |
| ORCH-002 | Connect the models | backend-developer | ORCH-001 | Waiting | | |

### Validation (Week 6)

| ID | Task | Agent | Depends on | Status | Priority | Notes |
|---|---|---|---|---|---|---|
| VAL-001 | Test the models | test-automator | None | Waiting | | |
"""
)


@pytest.fixture
def call(stage: Stage, capsys: pytest.CaptureFixture[str]) -> Mdorch:
    stage.page.write_text(PAGE)
    (stage.here / "mdorch.toml").write_text(TRUE)

    def called(*args: str) -> Said:
        capsys.readouterr()
        code = run(list(args), orchestrate)
        return Said(code, *capsys.readouterr())

    return called


def test_status(call: Mdorch, stage: Stage) -> None:
    assert "ORCH-002" in call("--status").out
    assert stage.page.read_text() == PAGE


def test_assign(call: Mdorch, stage: Stage) -> None:
    assert call("--assign", "ORCH-001", "--agent", "backend-developer").code == 0
    assert stage.page.read_text() == PAGE.replace("code-archaeologist", "backend-developer")


def test_deps(call: Mdorch) -> None:
    said = call("--deps", "ORCH-001")
    assert said.code == 0
    assert "ORCH-002" in said.out


def test_handoff(call: Mdorch, stage: Stage) -> None:
    assert call("--handoff", "ORCH-001", "--to", "test-automator").code == 0
    assert stage.page.read_text().startswith(PAGE)
    assert (
        "**From**: code-archaeologist\n**To**: test-automator\n**Task**: ORCH-001\n" in stage.page.read_text()
    )


def test_a_phase_runs_its_own_tasks_to_the_end(call: Mdorch, stage: Stage) -> None:
    said = call("--phase", "ml-integration", "--week", "5", "--parallel-groups", "3", "--yes")
    assert said.code == 0, said.err
    assert stage.page.read_text().count("| Complete |") == 3


def test_groups_at_once(call: Mdorch, stage: Stage) -> None:
    """All three could start at once; with one group at once those of the next one wait for it."""
    stage.page.write_text(PAGE.replace("| ORCH-001 | Waiting |", "| None | Waiting |"))
    said = call("--phase", "week 5", "--parallel-groups", "1", "--yes")
    assert said.code == 0, said.err
    kinds = [line.split()[1] for line in said.out.splitlines() if line[2:3] == ":"]
    assert kinds.count("start") == 3
    assert "fold" in kinds[: kinds.index("start") + 3]


def test_a_page_that_asks_for_it_pipelines_its_phases(call: Mdorch, stage: Stage) -> None:
    weeks = PAGE.replace("## Task Queue - Week 5 ML Integration", "## Task Queue\n\n### Week 5")
    stage.page.write_text(weeks + "\n## Optimization Strategies\n\n1. **Pipeline different phases**\n")
    said = call("--week", "5", "--yes")
    assert said.code == 0, said.err
    assert "next phase, once their own prerequisites allow it: VAL-001" in said.out
    assert stage.status_of("VAL-001") == "Complete"


def test_a_sub_heading_is_narrower_than_the_section_around_it(call: Mdorch, stage: Stage) -> None:
    assert call("--week", "6", "--yes").code == 0
    assert stage.status_of("VAL-001") == "Complete"
    assert stage.status_of("ORCH-001") == "Waiting"


def test_a_phase_that_is_not_there(call: Mdorch, stage: Stage) -> None:
    said = call("--phase", "emergency")
    assert said.code == 1
    assert "validation week 6" in said.err
    assert stage.page.read_text() == PAGE


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["--status", "--deps", "ORCH-001"],
        ["--assign", "ORCH-001"],
        ["--handoff", "ORCH-001"],
        ["--agent", "x"],
    ],
)
def test_wrong_usage(call: Mdorch, args: list[str]) -> None:
    said = call(*args)
    assert said.code == 2
    assert said.err.startswith("mdorch: ")


def test_agents_may_not(call: Mdorch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDORCH_RUN", "ORCH-001.1")
    monkeypatch.setenv("MDORCH_TASK", "ORCH-001")
    assert call("--week", "6", "--yes").code == 3
    assert call("--assign", "ORCH-001", "--agent", "x").code == 3
    assert call("--status").code == 0
