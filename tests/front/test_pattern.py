"""Orchestration patterns: what `mdorch pattern` appends, and that it runs as the pattern says."""

from __future__ import annotations

import json

import pytest

from mdorch.board.board import Board
from mdorch.board.read import read
from mdorch.board.status import Status
from mdorch.config.errors import Trouble
from mdorch.desk.patterns import Order, find_recipe, rows
from tests.front.stage import ROWS, TRUE, Mdorch, Stage

PAGE = """\
## Task Queue

| ID | Task | Agent | Depends on | Status | Group | Domain | Priority |
|--|--|--|--|--|--|--|--|
| DISC-001 | Find it | dev | None | Complete | | | |

## Orchestration Patterns

### Pattern 5: Release (Sequential)

- builder: Build it
- writer: Announce it
"""


def test_the_list_says_where_each_stands(stage: Stage, mdorch: Mdorch) -> None:
    stage.page.write_text(PAGE)
    rules = "# Rules\n\n## Orchestration Patterns\n\n### Audit (Parallel)\n\n- a: Look\n"
    (stage.here / "ORCHESTRATION_CONTROLLER.md").write_text(rules)
    for _ in range(2):  # (the second time from the cache)
        lines = mdorch("pattern").out.splitlines()
        assert "release  sequential, CLAUDE.md:11" in lines
        assert "audit  parallel, ORCHESTRATION_CONTROLLER.md:7" in lines
        assert "crisis response  emergency, built in" in lines


@pytest.fixture
def page() -> Board:
    return read(PAGE.encode()).board


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Broad Discovery", "broad discovery"),
        ("broad", "broad discovery"),
        ("discovery", "broad discovery"),
        ("1", "broad discovery"),
        ("Pattern 2", "feature implementation"),
        ("validation pipeline", "validation pipeline"),
        ("crisis", "crisis response"),
        ("4", "crisis response"),
        ("release", "release"),
        ("5", ""),
        ("", ""),
        ("re", "release"),
    ],
)
def test_finding_a_pattern(page: Board, name: str, found: str) -> None:
    if found:
        assert find_recipe(page, name).name == found
    else:
        with pytest.raises(Trouble, match="no pattern"):
            find_recipe(page, name)


@pytest.mark.parametrize(
    ("name", "ids", "requires", "group", "domains"),
    [
        ("1", "DISC-002 DISC-003 DISC-004 DISC-005", ["", "", "", ""], "Discovery", False),
        ("2", "IMPL-001 IMPL-002 IMPL-003 IMPL-004", ["", "", "", ""], "Implementation", True),
        ("4", "CRISIS-001 CRISIS-002 CRISIS-003 CRISIS-004", ["", "", "", ""], "Emergency", False),
        ("release", "VAL-001 VAL-002", ["", "VAL-001"], "Validation", False),
    ],
)
def test_its_rows(page: Board, name: str, ids: str, requires: list[str], group: str, domains: bool) -> None:
    found = rows(page, find_recipe(page, name), Order())
    assert " ".join(wish.id for wish in found) == ids
    assert [wish.requires for wish in found] == requires
    assert {wish.group for wish in found} == {group}
    assert [bool(wish.domain) for wish in found] == [domains] * len(found)
    assert {wish.status for wish in found} == {Status.ON_HOLD}


def test_what_it_is_about_and_what_it_waits_for(page: Board) -> None:
    found = rows(page, find_recipe(page, "release"), Order("2.0", "DISC-001", go=True))
    assert [wish.title for wish in found] == ["Build it: 2.0", "Announce it: 2.0"]
    assert [wish.requires for wish in found] == ["DISC-001", "VAL-001"]
    assert {wish.status for wish in found} == {Status.WAITING}


def test_the_command_appends_what_can_be_edited(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ROWS)
    before = stage.text
    said = mdorch("pattern", "crisis", "--about", "logins fail")
    assert said.code == 0
    assert "CRISIS-001" in said.out
    assert "On Hold" in said.out
    assert stage.text.startswith(before.rstrip("\n"))
    assert stage.text.count("logins fail") == 4
    assert "crisis response" in mdorch("pattern").out
    assert mdorch("pattern", "nonsense").code == 2


def test_a_crisis_goes_ahead_of_everything(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(
        "| A-1 | x | dev | None | Waiting | high | |\n", TRUE.replace("[run]", "[run]\nmax_parallel = 2")
    )
    assert mdorch("pattern", "4", "--go").code == 0
    found = json.loads(mdorch("plan", "--json").out)
    assert [a["task"] for a in found["actions"]] == ["CRISIS-001", "CRISIS-002"]
