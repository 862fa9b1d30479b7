"""`mdorch metrics`: what real runs leave behind, also when the rows are gone."""

from __future__ import annotations

import json

from tests.front.stage import SLEEP, Mdorch, Stage, until

ROWS = """\
| A-1 | Find the callers | dev | None | Waiting | high | |
| A-2 | Write the parser | dev | A-1 | Waiting | high | |
| B-1 | Ask somebody | human | None | Waiting | low | |
"""
SCRIPT = r"""
format='\n## Agent Handoff Signal\n\n**To**: -\n**Task**: %s\n**Status**: COMPLETE\n'
printf "$format" $MDORCH_TASK >> $MDORCH_PAGE
"""
AGENT = f"""\
[agents.default]
command = ["sh", "-c", {json.dumps(SCRIPT)}]
[run]
settle = "0s"
"""


def test_what_runs_did_is_counted_and_survives_the_rows(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ROWS, config=AGENT)
    assert mdorch("up", "--until-idle", "--yes").code == 1  # B-1 is a person's
    found = json.loads(mdorch("metrics", "--json").out)
    assert [e["task"] for e in found["completed"]] == ["A-1", "A-2"]
    assert all(e["agent"] == "dev" and e["duration"] > 0 and e["ended"] for e in found["completed"])
    assert found["task_completion_rate"] == 2 / 3
    assert found["handoff_success_rate"] == 1.0
    assert found["counts"]["handoffs_taken"] == 2
    assert found["parallel_efficiency"] == 1.0
    assert found["agents"][0] | {"average_duration": 0} == {
        "agent": "dev", "tasks": 2, "runs": 2, "succeeded": 2, "failed": 0, "success_rate": 1.0,
        "average_duration": 0, "tokens": None, "cost_usd": None,
    }  # fmt: skip
    stage.page.write_text(
        stage.text.replace(next(r for r in stage.text.splitlines(True) if "| A-2 |" in r), "")
    )
    mdorch("up", "--once", "--yes")
    again = json.loads(mdorch("metrics", "--json").out)
    assert [e["task"] for e in again["completed"]] == ["A-1", "A-2"]
    assert json.loads(mdorch("metrics", "--since", "0s", "--json").out)["completed"] == []


def test_as_a_person_reads_it(stage: Stage, mdorch: Mdorch) -> None:
    stage.write("| A-1 | Build | dev | None | Blocked | high | no key |\n")
    said = mdorch("metrics").out
    assert "Parallel efficiency    -" in said
    assert "Blocked task ratio     100%  1 of 1" in said
    assert "no key" in said


def test_a_silent_agent_is_told_of_by_why_and_health(stage: Stage, mdorch: Mdorch) -> None:
    slow = SLEEP.replace("[run]\n", '[run]\nsilence = "10ms"\n')
    stage.write("| A-1 | Build | dev | None | Waiting | | |\n", config=slow)
    assert mdorch("up", "--once", "--yes").code == 1
    until(lambda: json.loads(mdorch("why", "A-1", "--json").out)["stalled"])
    assert "stalled: silent for" in mdorch("why", "A-1").out
    check = json.loads(mdorch("health", "--json").out)["checks"]["agents_responsive"]
    assert (check["level"], check["command"]) == ("warning", "mdorch logs A-1")
    stage.write("| A-1 | Build | dev | None | Waiting | | |\n", config=SLEEP)
    found = json.loads(mdorch("why", "A-1", "--json").out)
    assert not found["stalled"]
    assert found["silent_for"] > 0
