"""Problems of rows and handoffs stand at the cell, the field, the name that they speak of."""

from __future__ import annotations

import json

import pytest

from tests.front.stage import TRUE, Mdorch, Stage

KNOWN = TRUE.replace("[agents.default]", "[agents.dev]")
BLOCK = "\n## Agent Handoff Signal\n\n**From**: dev\n**To**: -\n"
DONE = f"{BLOCK}**Task**: A-1\n**Status**: COMPLETE\n"


def row(
    number: int, needs: str = "None", agent: str = "dev", status: str = "Waiting", title: str = "a"
) -> str:
    return f"| A-{number} | {title} | {agent} | {needs} | {status} | | |\n"


CASES = [
    ("cycle", row(1, "A-2") + row(2, "A-1"), "A-2 | W"),
    ("unknown-agent", row(1, agent="dev, stranger"), "stranger"),
    ("unknown-agent", row(1, agent="stranger", title="stranger"), "stranger | None"),
    ("unresolved-requirement", row(1) + row(2, "A-1, the moon"), "the moon"),
    ("never-ends", row(1, status="On Hold") + row(2, "A-*"), "A-* |"),
    ("handoff-unknown-task", DONE.replace("A-1", "Z-9"), "Z-9"),
    ("handoff-unknown-status", f"{BLOCK}**Task**: A-1\n- **Status**: so so\n", "so so"),
    ("handoff-two-tasks", f"{BLOCK}**Task**: A-1\n**Task**: A-2\n**Status**: COMPLETE\n", "A-2\n**S"),
    ("handoff-no-artifact", DONE + "\n### Artifacts\n- see `out/a.md`\n", "out/a.md"),
]


@pytest.mark.parametrize(("code", "text", "at"), CASES)
def test_a_problem_stands_where_it_is(stage: Stage, mdorch: Mdorch, code: str, text: str, at: str) -> None:
    rows = "| A-1 | one | dev | None | Waiting | | |\n| A-2 | two | dev | None | Waiting | | |\n"
    stage.write(text if text.startswith("|") else rows + text, KNOWN)
    found = json.loads(mdorch("lint", "--json").out)["problems"]
    (place,) = [(p["line"], p["column"]) for p in found if p["code"] == code]
    before = stage.text[: stage.text.index(at)]
    assert place == (before.count("\n") + 1, len(before) - before.rfind("\n"))


def test_what_has_no_better_place_stays_where_it_is(stage: Stage, mdorch: Mdorch) -> None:
    stage.write("| A-1 | one | dev | None | Waiting | | |\n", more=f"{BLOCK}**Task**: A-1\n")
    (found,) = json.loads(mdorch("lint", "--json").out)["problems"]
    assert (found["code"], found["column"]) == ("handoff-unknown-status", 1)
    assert stage.text.splitlines()[found["line"] - 1] == "## Agent Handoff Signal"
