"""`mdorch archive`: complete rows leave the page, and count all the same."""

from __future__ import annotations

import json

import pytest

from tests.front.stage import TRUE, Mdorch, Stage, live, running, until

ROWS = """\
| A-1 | Find the callers | dev | None | Complete | high | |
| A-2 | Write the parser | dev | A-1 | Complete | high | |
| A-3 | Test the parser | tester | A-1, A-2 | Waiting | low | |
"""


def shelf(stage: Stage) -> str:
    return (stage.here / "CLAUDE.archive.md").read_text("utf-8")


def test_rows_go_and_what_requires_them_starts(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ROWS)
    said = json.loads(mdorch("archive", "--json").out)
    assert (said["tasks"], said["handoffs"], said["busy"]) == (["A-1", "A-2"], [], [])
    assert "| A-1 |" not in stage.text
    assert "| A-1 | Find the callers | dev | None | Complete | high | |\n" in shelf(stage)
    why = json.loads(mdorch("why", "A-3", "--json").out)
    assert why["rule"] == "starts"
    assert [(n["id"], n["met"], n["reason"]) for n in why["requires"]] == [
        ("A-1", True, "is archived"),
        ("A-2", True, "is archived"),
    ]
    assert mdorch("lint").code == 0
    assert mdorch("up", "--until-idle", "--yes").code == 0
    assert stage.status_of("A-3") == "Complete"
    assert "There is nothing" in mdorch("archive", "A-3").out or "| A-3 |" not in stage.text
    assert mdorch("archive").out == "There is nothing to archive.\n"


def test_the_daemon_takes_it_for_no_accident(stage: Stage, mdorch: Mdorch) -> None:
    many = "".join(f"| A-{n} | Old | dev | None | Complete | low | |\n" for n in range(9))
    stage.write(many + "| B-1 | Mine | human | A-1 | Waiting | low | |\n")
    daemon = stage.spawn("up", "--yes")
    until(lambda: running(stage) and (stage.here / ".mdorch" / "versions").exists())
    assert mdorch("archive").code == 0
    mdorch("set", "B-1", "notes=seen")
    until(lambda: "notes" in mdorch("history", "B-1").out)
    answer = json.loads(mdorch("status", "--json").out)
    assert answer["held"] == ""
    assert [t["unmet"] for t in answer["tasks"]] == [[]]
    daemon.terminate()
    daemon.communicate(timeout=20)


def test_the_archive_outlives_what_is_beside_the_page(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ROWS)
    mdorch("archive")
    for path in sorted((stage.here / ".mdorch").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert json.loads(mdorch("why", "A-3", "--json").out)["rule"] == "starts"
    assert mdorch("add", "Another").out == "A-4\n"  # no id is given out twice
    assert mdorch("add", "Another", "--id", "A-1").code == 3


@pytest.mark.parametrize("task", ["A-3", "A-9"])
def test_only_what_is_complete(stage: Stage, mdorch: Mdorch, task: str) -> None:
    stage.write(ROWS)
    before = stage.text
    assert mdorch("archive", task).code == 1
    assert stage.text == before
    assert not (stage.here / "CLAUDE.archive.md").exists()


def test_a_crash_leaves_it_in_both_and_the_next_call_finishes(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ROWS, config=TRUE)
    assert stage.process("archive", MDORCH_CRASH_AT="shelf.kept").code == -9
    assert "| A-1 |" in stage.text
    assert "| A-1 |" in shelf(stage)
    assert json.loads(mdorch("archive", "--json").out)["tasks"] == ["A-1", "A-2"]
    assert shelf(stage).count("| A-1 | Find") == 1


KEPT = """
## Recent Completions

- Z-1: Drew the map
"""
AGENT = """\
[agents.default]
command = ["sh", "-c", 'printf "$FORMAT" $MDORCH_TASK >> $MDORCH_PAGE']
[run]
settle = "0s"
[upkeep]
completions = 1
archive_after = "0s"
"""
FORMAT = "\\n## Agent Handoff Signal\\n\\n**To**: -\\n**Task**: %s\\n**Status**: COMPLETE\\n"


@pytest.mark.parametrize("point", ["shelf.kept", "upkeep.begun", "upkeep.written"])
def test_a_daemon_that_is_killed_while_it_tidies_goes_on(stage: Stage, point: str) -> None:
    rows = ROWS.replace("Complete", "Waiting")
    stage.write(rows, config=AGENT, more=KEPT)
    assert stage.process("up", "--until-idle", "--yes", FORMAT=FORMAT, MDORCH_CRASH_AT=point).code == -9
    until(lambda: not live(stage))
    said = stage.process("up", "--until-idle", "--yes", FORMAT=FORMAT)
    assert said.code == 0, said
    assert "Agent Handoff Signal" not in stage.text
    assert stage.text.endswith("## Recent Completions\n\n- A-3: Test the parser\n")
    for task in ("A-1", "A-2", "A-3"):
        assert shelf(stage).count(f"**Task**: {task}\n") == 1
    assert shelf(stage).count("- Z-1: Drew the map") == 1
