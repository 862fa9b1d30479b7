"""What the reading commands say, and that they change nothing."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from mdorch.desk.look import look
from mdorch.desk.site import open_site
from mdorch.desk.status import status
from tests.front.stage import HEAD, ONE, SLEEP, TRUE, Mdorch, Stage

FULL = """\
| A-1 | Find the callers | dev | None | Complete | high | |
| A-2 | Write the parser | dev | A-1 | Waiting | high | |
| A-3 | Test the parser | tester | A-2 | Waiting | low | |
| A-4 | Choose the storage | dev | A-1 | Blocked | high | no key |
| A-5 | Read the contract | dev | A-1 | In Review | high | looks odd |
| A-6 | Load test | tester | A-1 | Failed | low | exit 1: boom |
| A-7 | Ship it | @alice | All above | Waiting | low | |
| A-8 | Some day | dev | None | On Hold | low | |
| A-9 | By hand | @bob | None | In Progress | low | |
| A-10 | Odd | dev | the moon | Waiting | low | |
"""
QUESTION = """
## Agent Handoff Signal

**From**: dev
**To**: human
**Task**: A-4
**Status**: BLOCKED

### Questions
- Which storage?
"""


def sections(text: str) -> dict[str, list[str]]:
    """The lines below each title of the status view."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in text.splitlines():
        if line and not line.startswith(" "):
            title = line.split("  ")[0]
            found[title] = []
        elif line:
            found[title].append(line.strip())
    return found


@pytest.fixture
def full(stage: Stage) -> Stage:
    stage.write(FULL, more=QUESTION)
    return stage


def test_status_shows_every_task_once_and_what_needs_you_first(full: Stage, mdorch: Mdorch) -> None:
    said = mdorch("status")
    assert said.code == 0
    found = sections(said.out)
    assert list(found)[2:] == [
        "Needs you",
        "Running",
        "Starting soon",
        "Waiting",
        "On hold",
        "Done",
        "Problems",
    ]
    assert re.search(r"A-5 +looks odd +mdorch approve A-5", "\n".join(found["Needs you"]))
    needs = [line.split() for line in found["Needs you"]]
    assert [words[1] for words in needs] == ["A-4", "A-6", "A-5", "A-10"]
    shown = [line for title in list(found)[2:] for line in found[title]]
    for task in range(2, 11):
        assert sum(
            bool(re.search(rf"\bA-{task}\b", line.split("  ")[1])) for line in shown if "  " in line
        ) >= (task != 8)
    assert found["On hold"] == ["A-8"]


@pytest.mark.parametrize(
    ("task", "command"),
    [
        ("A-4", "mdorch answer A-4 TEXT"),
        ("A-5", "mdorch approve A-5"),
        ("A-6", "mdorch logs A-6"),
        ("A-10", "mdorch lint"),
    ],
)
def test_everything_that_needs_a_person_names_its_command(
    full: Stage, mdorch: Mdorch, task: str, command: str
) -> None:
    needs = json.loads(mdorch("status", "--json").out)["needs"]
    assert [n["command"] for n in needs if n["task"] == task] == [command]
    assert command in mdorch("status").out
    assert full.page.exists()


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_status_keeps_within_the_terminal(
    full: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    out = mdorch("status").out
    assert max(map(len, out.splitlines())) <= columns
    assert "A-4" in out
    assert full.page.exists()


def test_status_of_an_empty_page_says_what_to_do(stage: Stage, mdorch: Mdorch) -> None:
    stage.page.write_text("")
    assert "mdorch init" in mdorch("status").out
    stage.page.write_text(HEAD)
    assert "mdorch add" in mdorch("status").out


def test_a_page_that_is_long_for_agents_is_told_of(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(more="\n" + "word " * 7000)
    assert "every agent reads them all" in mdorch("status").out


def test_rows_of_the_agent_table_that_tell_of_no_run_are_shown(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE, SLEEP)
    stage.page.write_text(
        stage.text.replace("|---|---|---|---|---|\n", f"{'|---' * 5}|\n| Nobody yet | Week 5 | - |\n", 1)
    )
    stage.process("up", "--once", "--yes")
    assert len(json.loads(mdorch("status", "--json").out)["agents"]) == 2
    found = sections(mdorch("status").out)
    assert [row.split()[1:5] for row in found["In the agent table, by others"]] == [
        ["Nobody", "yet", "Week", "5"]
    ]
    assert [row.split()[1] for row in found["Running"]] == ["A-1"]


def test_status_says_that_no_agent_is_configured(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(config=None)
    needs = json.loads(mdorch("status", "--json").out)["needs"]
    assert [(n["kind"], n["command"]) for n in needs] == [("problem", "mdorch init")]


def test_status_in_ascii_for_other_terminals(full: Stage) -> None:
    said = full.process("status", LC_ALL="en_US.ISO-8859-1", PYTHONIOENCODING="latin-1", PYTHONUTF8="0")
    assert said.code == 0
    assert said.out.isascii()


def test_the_answer_has_what_the_contract_names(full: Stage, mdorch: Mdorch) -> None:
    answer = json.loads(mdorch("status", "--json").out)
    assert answer["page"] == str(full.page)
    none = {"running": False, "pid": None, "since": None, "watch": None, "trouble": ""}
    assert answer["daemon"] == none
    assert answer["paused"] is False
    first = answer["tasks"][1]
    assert {k: first[k] for k in ("id", "status", "requires", "unmet", "line", "read_only", "run")} == {
        "id": "A-2", "status": "waiting", "requires": ["A-1"], "unmet": [], "line": 13,
        "read_only": False, "run": None,
    }  # fmt: skip
    assert answer["handoffs"][0]["task"] == "A-4"
    assert {p["code"] for p in answer["problems"]} == {"unresolved-requirement"}


def test_plan_tells_actions_and_reasons(full: Stage, mdorch: Mdorch) -> None:
    answer = json.loads(mdorch("plan", "--json").out)
    starts = [(a["task"], a["agent"]) for a in answer["actions"] if a["kind"] == "start"]
    assert starts == [("A-2", "dev")]
    waiting = {w["task"]: w["rule"] for w in answer["waiting"]}
    assert waiting["A-3"] == "needs"
    assert waiting["A-8"] == "on-hold"
    assert "A-2" in mdorch("plan").out
    assert full.page.exists()


def test_why_names_the_rule_and_its_facts(full: Stage, mdorch: Mdorch) -> None:
    answer = json.loads(mdorch("why", "A-3", "--json").out)
    assert answer["rule"] == "needs"
    assert [(r["id"], r["met"], r["line"]) for r in answer["requires"]] == [("A-2", False, 13)]
    assert "A-2 (waiting)" in answer["reason"]
    text = mdorch("why", "A-10").out
    assert "the moon" in text
    assert full.page.exists()


def test_a_reason_that_is_no_predicate_stands_for_itself(full: Stage, mdorch: Mdorch) -> None:
    full.write(FULL.replace("| A-8 |", "| A-5 |"))
    for command in ("why", "show"):
        assert "\nA-2 starts: A-1 is complete; assigned to dev.\n" in mdorch(command, "A-2").out
        assert "\nA-5 is the id of 2 rows: nothing" in mdorch(command, "A-5").out
    mdorch("pause", "lunch")
    for command in ("why", "show"):
        assert "\nA-2: paused: lunch.\n" in mdorch(command, "A-2").out


def test_what_was_complete_before_anybody_looked_has_no_time(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE.replace("A-1", "A-0").replace("Waiting", "Complete") + ONE, TRUE)
    stage.process("up", "--once", "--yes")
    stage.process("up", "--until-idle", "--yes")
    assert [d["task"] for d in json.loads(mdorch("status", "--json").out)["done"]] == ["A-1"]
    done = sections(mdorch("status").out)["Done"]
    assert [line.split()[1] for line in done] == ["A-1"]


def test_a_table_without_a_column_for_agents_is_told_what_it_lacks(stage: Stage, mdorch: Mdorch) -> None:
    stage.page.write_text("## Task Queue\n\n| ID | Task | Status |\n|---|---|---|\n| A-1 | x | Waiting |\n")
    said = mdorch("why", "A-1").out
    assert "give its table a column `Agent`" in said
    assert "mdorch assign" not in said


def test_a_task_is_found_in_any_case_and_near_ones_are_named(full: Stage, mdorch: Mdorch) -> None:
    mdorch("set", "A-3", "notes=x")
    for name in ("why", "history", "show"):
        assert mdorch(name, "a-3").out == mdorch(name, "A-3").out != ""
    said = mdorch("why", "A-33")
    assert said.code == 1
    assert "did you mean A-3" in said.err
    assert full.page.exists()


CHAIN = """\
| A-1 | a | dev | None | Complete | | |
| A-2 | b | dev | A-1 | Waiting | | |
| A-3 | c | dev | A-2 | Waiting | | |
| A-4 | d | dev | A-2 | Waiting | | |
| A-5 | e | dev | A-3, A-4 | Waiting | | |
| A-6 | f | dev | A-5 | Waiting | | |
| B-1 | g | dev | A-2 | Waiting | | |
| C-1 | h | dev | C-2 | Waiting | | |
| C-2 | i | dev | C-1 | Waiting | | |
| Z-1 | z | dev | All above | Waiting | | |
"""


def test_deps_up_down_and_the_critical_path(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(CHAIN)
    answer = json.loads(mdorch("deps", "A-5", "--json").out)
    needs = [(n["id"], n["depth"], n["repeated"]) for n in answer["needs"]]
    assert needs == [
        ("A-3", 1, False), ("A-2", 2, False), ("A-1", 3, False), ("A-4", 1, False), ("A-2", 2, True),
    ]  # fmt: skip
    assert [n["id"] for n in answer["needed_by"]] == ["A-6", "Z-1", "Z-1"]
    assert answer["critical_path"] in (
        ["A-2", "A-3", "A-5", "A-6", "Z-1"],
        ["A-2", "A-4", "A-5", "A-6", "Z-1"],
    )
    assert answer["cycle"] is None
    assert "C-1 → C-2 → C-1" in json.loads(mdorch("deps", "C-1", "--json").out)["cycle"]
    assert "A-2" in mdorch("deps", "A-5").out


def test_deps_as_a_flowchart(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(
        '| A-1 | Find "it" [x] | dev | None | Complete | | |\n'
        "| A-2 | Fix | dev | A-1 | Waiting | | |\n"
        "| A-3 | Test | dev | A-2 | Waiting | | |\n"
        "| A-4 | Else | dev | A-1 | Waiting | | |\n"
    )
    said = mdorch("deps", "A-2", "--mermaid").out
    assert said.startswith("flowchart LR\n")
    assert '    r0["A-1 Find #34;it#34; #91;x#93;"]:::complete\n' in said
    assert "    r1 ==> r2\n" in said
    assert "    r0 --> r1\n" in said or "    r0 ==> r1\n" in said
    assert "r3" not in said
    everything = mdorch("deps", "A-1", "--mermaid").out
    assert "    r0 --> r3\n" in everything


def test_deps_of_many_rows_that_all_wait_for_all_above(stage: Stage, mdorch: Mdorch) -> None:
    stage.write("".join(f"| T-{n} | t | dev | All above | Waiting | | |\n" for n in range(1, 2_001)))
    for task in ("T-1", "T-1000", "T-2000"):
        answer = json.loads(mdorch("deps", task, "--json").out)
        assert len(answer["critical_path"]) == 2_000
        assert len(answer["needs"]) <= 500


def test_done_since(stage: Stage, mdorch: Mdorch) -> None:
    stage.write("| A-1 | x | dev | None | Waiting | | |\n")
    assert stage.process("run", "A-1", "--yes").code == 0
    answer = json.loads(mdorch("status", "--json", "--since", "1h").out)
    assert [d["task"] for d in answer["done"]] == ["A-1"]
    assert json.loads(mdorch("status", "--json", "--since", "2099-01-01").out)["done"] == []
    assert "A-1" in mdorch("status", "--since", "1h").out


def test_reading_commands_leave_the_page_alone(full: Stage, mdorch: Mdorch) -> None:
    before, stat = full.page.read_bytes(), full.page.stat()
    for args in (["status"], ["plan"], ["why", "A-3"], ["deps", "A-3"], ["lint"], ["tables"], ["show", "A-4"],
                 ["prompt", "A-2"], ["history"], ["logs", "A-2"], ["up", "--dry-run"]):  # fmt: skip
        mdorch(*args)
    assert full.page.read_bytes() == before
    assert full.page.stat().st_mtime_ns == stat.st_mtime_ns


def test_a_torn_board_cache_is_made_anew(full: Stage, mdorch: Mdorch) -> None:
    def answer() -> object:
        site = open_site(None, None, os.environ)
        found = status(look(site, 1e9))
        return found["tasks"]

    right = answer()
    kept = full.here / ".mdorch" / "board.json"
    whole = kept.read_bytes()
    for torn in (b"", whole[: len(whole) // 2], whole.replace(b"Waiting", b"Complet"), b"{}", whole + b"x"):
        kept.write_bytes(torn)
        assert answer() == right
        assert kept.read_bytes() == whole
    assert mdorch("status").code == 0


def test_prompt_is_what_the_agent_would_get(full: Stage, mdorch: Mdorch) -> None:
    text = mdorch("prompt", "A-2").out
    assert "**dev**" in text
    assert "This run is A-2.1." in text
    assert "**someone**" in mdorch("prompt", "A-2", "--agent", "someone").out
    assert full.page.exists()


def test_show_tells_runs_handoffs_and_history(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(FULL, more=QUESTION)
    assert stage.process("run", "A-2", "--yes").code == 0
    answer = json.loads(mdorch("show", "A-2", "--json").out)
    assert [(r["id"], r["outcome"], r["exit_code"]) for r in answer["runs"]] == [("A-2.1", "complete", 0)]
    assert Path(answer["runs"][0]["folder"], "exit.json").exists()
    assert [n["kind"] for n in answer["history"]][:1] == ["start"]
    assert "Which storage?" not in mdorch("show", "A-2").out
    assert "dev → human" in mdorch("show", "A-4").out


REAL = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpus"


@pytest.mark.skipif(not REAL.exists(), reason="needs the shared corpus")
def test_every_real_page_can_be_looked_at(stage: Stage, mdorch: Mdorch) -> None:
    (stage.here / "mdorch.toml").write_text(TRUE)
    pages = sorted(REAL.rglob("*.md"))
    assert pages
    for page in pages:
        stage.page.write_bytes(page.read_bytes())
        for args in (["status"], ["status", "--json"], ["plan"], ["lint"], ["tables", "--json"]):
            said = mdorch(*args)
            assert said.code in (0, 1), (page, said.err)
            assert "Traceback" not in said.err
        assert stage.page.read_bytes() == page.read_bytes()
