"""Commands that change a row: what they write, what they refuse, and that nothing else changes."""

from __future__ import annotations

import json
import re
import shlex
from contextlib import closing
from pathlib import Path

import pytest

from mdorch.desk.disputes import note
from mdorch.facts import Cause, Dispute
from mdorch.world.journal import Journal
from tests.front.stage import HEAD, ONE, Mdorch, Stage

ROWS = """\
| A-1 | Find the callers | dev | None | ✅ Done 2026-11-01 | high | |
| A-2 | Write the parser | dev | A-1 | ⏳ Waiting | high | |
| A-3 | Choose the storage | dev | A-1 | ⛔ Blocked | high | no key |
| A-4 | Read the contract | dev | A-1 | 👀 In Review | high | seen |
| A-5 | Load test | tester | A-1 | ❌ Failed | low | |
| A-6 | By hand | @bob | None | 🔄 In Progress | low | |
| A-7 | Some day | dev | None | On Hold | low | |
"""
QUESTION = """
## Agent Handoff Signal

**From**: dev
**To**: human
**Task**: A-3
**Status**: BLOCKED

### Questions
- Which storage?
"""


@pytest.fixture
def rows(stage: Stage) -> Stage:
    stage.write(ROWS, more=QUESTION)
    return stage


def changed_lines(before: str, after: str) -> list[tuple[str, str]]:
    """Lines that differ, of texts with equally many lines."""
    pairs = zip(before.splitlines(), after.splitlines(), strict=True)
    return [(old, new) for old, new in pairs if old != new]


@pytest.mark.parametrize(
    ("args", "old", "new"),
    [
        (["set", "A-2", "status=complete"], "⏳ Waiting", "✅ Done"),
        (["set", "A-2", "status=in_progress"], "⏳ Waiting", "🔄 In Progress"),
        (["set", "A-2", "status=cancelled"], "⏳ Waiting", "cancelled"),
        (
            ["set", "A-2", "agent=tester", "priority=low"],
            "dev | A-1 | ⏳ Waiting | high",
            "tester | A-1 | ⏳ Waiting | low",
        ),
        (["set", "A-2", "requires=A-1, A-7"], "| A-1 |", "| A-1, A-7 |"),
        (["set", "A-2", "notes=a|b"], "high | |", "high | a\\|b |"),
        (["set", "A-2", "title=New name"], "Write the parser", "New name"),
        (["set", "a-2", "notes=x=y"], "high | |", "high | x=y |"),
        (["assign", "A-2", "--agent", "tester"], "dev | A-1 | ⏳", "tester | A-1 | ⏳"),
        (["approve", "A-4"], "👀 In Review", "✅ Done"),
        (["retry", "A-5"], "❌ Failed", "⏳ Waiting"),
        (["retry", "A-7"], "On Hold", "⏳ Waiting"),
        (["stop", "A-2"], "⏳ Waiting", "On Hold"),
        (["stop", "A-6"], "🔄 In Progress", "On Hold"),
    ],
)
def test_one_row_changes_as_a_careful_hand_would(
    rows: Stage, mdorch: Mdorch, args: list[str], old: str, new: str
) -> None:
    before = rows.text
    said = mdorch(*args)
    assert said.code == 0, said.err
    [(line, other)] = changed_lines(before, rows.text)
    assert other == line.replace(old, new, 1)
    assert args[1].upper() in said.out


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["set", "A-2", "status=sleeping"], 2, "Waiting, Ready, In Progress"),
        (["set", "A-2", "status="], 2, "is no status"),
        (["set", "A-2", "colour=red"], 2, "status, agent, priority"),
        (["set", "A-2", "status"], 2, "KEY=VALUE"),
        (["set", "Q-9", "status=done"], 1, "no task Q-9"),
        (["approve", "A-2"], 1, "not in review: it is waiting"),
        (["reject", "A-2", "no"], 1, "not in review"),
        (["retry", "A-6"], 1, "somebody works on it"),
        (["retry", "A-4"], 1, "mdorch reject A-4"),
        (["answer", "A-2", "yes"], 1, "has asked nothing"),
        (["stop", "A-1"], 1, "is complete"),
        (["add", " "], 2, "needs a title"),
        (["add", "again", "--id", "A-1"], 3, "give the new one another id"),
        (["handoff", "A-2", "--to", "x", "--status", "MAYBE"], 2, "COMPLETE, PARTIAL"),
        (["handoff", "A-2"], 2, "--to"),
        (["handoff", "A-2", "--to", "x", "--file", "nowhere"], 2, "nowhere"),
        (["logs", "A-2"], 1, "no run yet"),
    ],
)
def test_what_is_not_so_is_refused_and_nothing_written(
    rows: Stage, mdorch: Mdorch, args: list[str], code: int, words: str
) -> None:
    before = rows.page.read_bytes()
    said = mdorch(*args)
    assert (said.code, said.out) == (code, "")
    assert words in said.err
    assert rows.page.read_bytes() == before


def test_what_is_so_already_changes_nothing(rows: Stage, mdorch: Mdorch) -> None:
    before = rows.page.stat().st_mtime_ns
    assert "unchanged" in mdorch("set", "A-2", "status=waiting", "agent=dev").out
    assert "unchanged" in mdorch("stop", "A-7").out
    assert rows.page.stat().st_mtime_ns == before


def test_a_column_that_is_missing_is_told_of(stage: Stage, mdorch: Mdorch) -> None:
    stage.page.write_text("## Task Queue\n\n| ID | Task | Status |\n|---|---|---|\n| A-1 | x | Waiting |\n")
    said = mdorch("set", "A-1", "notes=x")
    assert said.code == 3
    assert "CLAUDE.md:5:1: " in said.err
    assert "column" in said.err


def test_a_row_that_is_there_twice_is_left_alone(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ROWS + "| A-2 | Again | dev | None | Waiting | | |\n")
    before = stage.text
    for args in (["set", "A-2", "status=done"], ["retry", "A-2"], ["stop", "A-2"]):
        said = mdorch(*args)
        assert (said.code, said.out) == (3, "")
    assert stage.text == before


def test_add_gives_the_id_it_made(rows: Stage, mdorch: Mdorch) -> None:
    assert (
        mdorch("add", "Write the guide", "--requires", "A-2", "--agent", "writer", "--priority", "low").out
        == "A-8\n"
    )
    assert "| A-8 | Write the guide | writer | A-2 | ⏳ Waiting | low |" in rows.text
    answer = json.loads(mdorch("add", "More", "--json").out)
    assert answer["task"] == "A-9"
    assert mdorch("add", "Named", "--id", "X-1").out == "X-1\n"
    assert rows.status_of("X-1") == "⏳ Waiting"


def test_reject_keeps_the_reason_for_the_next_agent(rows: Stage, mdorch: Mdorch) -> None:
    assert mdorch("reject", "A-4", "the", "error path").code == 0
    assert rows.status_of("A-4") == "⏳ Waiting"
    assert "| seen; rejected: the error path |" in rows.text
    prompt = mdorch("prompt", "A-4").out
    assert "A reviewer sent it back" in prompt
    assert "the error path" in prompt
    history = json.loads(mdorch("history", "A-4", "--json").out)["history"]
    assert [n["text"] for n in history if n["kind"] == "reject"] == ["the error path"]


def test_an_answer_goes_into_the_block_and_the_task_goes_on(rows: Stage, mdorch: Mdorch) -> None:
    rows.write(ROWS.replace("no key", "no key; Which storage?"), more=QUESTION)
    said = mdorch("answer", "A-3", "the", "second")
    assert (said.code, "notes: no key; Which storage? → no key\n" in said.out) == (0, True)
    assert "**Answer**: the second" in rows.text
    assert "| high | no key |" in rows.text
    assert rows.status_of("A-3") == "⏳ Waiting"
    again = mdorch("answer", "A-3", "no")
    assert (again.code, "asked nothing" in again.err) == (1, True)


def test_commands_are_announced_so_that_rows_need_not_settle(rows: Stage, mdorch: Mdorch) -> None:
    mdorch("set", "A-2", "agent=tester")
    mdorch("add", "More")
    journal = Journal.open(rows.here / ".mdorch")
    assert [(w.task, w.role, w.value) for w in journal.wishes()] == [
        ("A-2", "agent", "tester"),
        ("A-8", "title", "More"),
    ]
    assert [n.kind for n in journal.history()] == [Cause.COMMAND, Cause.COMMAND]
    journal.close()


def test_stop_all_holds_what_could_be_launched_and_nothing_else(rows: Stage, mdorch: Mdorch) -> None:
    rows.write(ROWS + "| B-1 | Somebody has it | dev | None | In Progress | low | |\n")
    assert mdorch("stop", "--all").code == 0
    assert rows.status_of("B-1") == "In Progress"
    states = {f"A-{n}": rows.status_of(f"A-{n}") for n in range(1, 8)}
    assert states == {
        "A-1": "✅ Done 2026-11-01", "A-2": "On Hold", "A-3": "⛔ Blocked", "A-4": "👀 In Review",
        "A-5": "❌ Failed", "A-6": "🔄 In Progress", "A-7": "On Hold",
    }  # fmt: skip
    assert "Nothing was running" in mdorch("stop", "--all").out


def test_a_handoff_in_the_standard_format(rows: Stage, mdorch: Mdorch) -> None:
    before = rows.text
    said = mdorch(
        "handoff", "A-2", "--to", "tester", "--deliverable", "parser.py", "--deliverable", "b",
        "--context", "see #3", "--artifact", "out/x",
    )  # fmt: skip
    assert said.code == 0
    assert rows.text.startswith(before)
    assert rows.text.removeprefix(before).strip().splitlines() == [
        "## Agent Handoff Signal", "", "**From**: dev", "**To**: tester", "**Task**: A-2",
        "**Status**: COMPLETE",
        "", "### Deliverables", "- parser.py", "- b", "", "### Context for Next Agent", "- see #3",
        "", "### Artifacts", "- out/x",
    ]  # fmt: skip


def test_what_names_no_task_is_told_to_whoever_types_it(rows: Stage, mdorch: Mdorch) -> None:
    for args in (["add", "x", "--requires", "A-1, A-99"], ["set", "A-2", "requires=A-99"]):
        said = mdorch(*args)
        assert said.code == 0
        assert said.err.startswith("mdorch: “A-99” names no task: A-")
    assert mdorch("set", "A-2", "requires=A-1").err == ""


def test_a_task_that_is_archived_is_said_to_be(rows: Stage, mdorch: Mdorch) -> None:
    mdorch("archive", "A-1")
    for command in ("show", "why", "retry", "stop"):
        said = mdorch(command, "A-1")
        assert (said.code, said.out) == (1, "")
        assert "A-1 is complete, and in the archive" in said.err
        assert "CLAUDE.archive.md has its row" in said.err


def test_the_handoff_that_agents_are_told_of_leaves_a_clean_page(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE)
    (told,) = re.findall(r"`mdorch (handoff A-1 [^`]*)`", mdorch("prompt", "A-1").out)
    (stage.here / "a.py").write_text("")
    said = mdorch(*shlex.split(told.replace("FILE", "a.py")))
    assert (said.code, said.err) == (0, "")
    assert json.loads(mdorch("lint", "--json").out)["problems"] == []


def test_what_a_handoff_lacks_is_told_at_once(rows: Stage, mdorch: Mdorch) -> None:
    said = mdorch("handoff", "A-2", "--to", "-")
    assert said.code == 0
    assert said.err == (
        "mdorch: it does not say what was made: "
        "list under Deliverables what was made, or what was found out\n"
    )


BLOCK = """## Agent Handoff Signal

**From**: a
**To**: tester
**Task**: A-9
**Status**: PARTIAL

### Context for Next Agent
- c
"""


@pytest.mark.parametrize(
    ("text", "to", "status", "context"),
    [
        ("plain words\n\nmore words\n", "-", "COMPLETE", ["plain words", "more words"]),
        ("### Context\n- c one\n### Deliverables\n- d\n", "-", "COMPLETE", ["c one"]),
        (
            BLOCK,
            None,
            "PARTIAL",
            ["c"],
        ),
    ],
)
def test_a_handoff_from_a_file(
    rows: Stage, mdorch: Mdorch, text: str, to: str | None, status: str, context: list[str]
) -> None:
    (rows.here / "block.md").write_text(text)
    assert mdorch("handoff", "A-2", "--file", "block.md", *(["--to", to] if to else [])).code == 0
    block = json.loads(mdorch("status", "--json").out)["handoffs"][-1]
    assert block["task"] == "A-2"
    assert block["status"] == status.lower()
    assert block["context"] == context
    assert block["to"] == ("" if to else "tester")


def test_a_handoff_from_standard_input(rows: Stage) -> None:
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "mdorch", "handoff", "A-2", "--to", "-", "--file", "-"],
        cwd=rows.here, env=rows.env, input="from a pipe\n", text=True, capture_output=True, check=True,
    )  # fmt: skip
    assert "A-2" in done.stdout
    assert "- from a pipe" in rows.text


def test_a_question_blocks_until_it_is_answered(rows: Stage, mdorch: Mdorch) -> None:
    mdorch("handoff", "A-2", "--to", "human", "--question", "Left or right?")
    assert "**Status**: BLOCKED" in rows.text
    mdorch("set", "A-2", "status=blocked")
    needs = json.loads(mdorch("status", "--json").out)["needs"]
    assert ("A-2", "question", "Left or right?") in [(n["task"], n["kind"], n["text"]) for n in needs]


def test_mdorch_page_names_the_page_for_agents_elsewhere(
    rows: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "worktree"
    elsewhere.mkdir()
    (elsewhere / "CLAUDE.md").write_text(HEAD)
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("MDORCH_PAGE", str(rows.page))
    assert mdorch("handoff", "A-2", "--to", "-").code == 0
    assert rows.text.count("## Agent Handoff Signal") == 2
    assert (elsewhere / "CLAUDE.md").read_text() == HEAD


def test_somebody_saving_meanwhile_is_no_error(
    rows: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wish is made again on what they saved, and the history tells of it once."""
    from mdorch.desk import propose

    edit, times = propose.edit, []

    def edited(*args: object) -> bytes:
        new: bytes = edit(*args)  # type: ignore[arg-type]
        if len(times) < 3:
            times.append(1)
            rows.page.write_text(rows.text.replace("high", f"high{len(times)}"))
        return new

    monkeypatch.setattr(propose, "edit", edited)
    assert mdorch("set", "A-2", "status=done").code == 0
    assert len(times) == 3
    assert rows.status_of("A-2") == "✅ Done"
    assert "high321" in rows.text
    assert len(json.loads(mdorch("history", "--json").out)["history"]) == 1


def test_a_cell_with_two_values_asks_for_a_decision(stage: Stage, mdorch: Mdorch) -> None:
    stage.write()
    mdorch("set", "A-1", "notes=stands")
    with closing(Journal.open(stage.here / ".mdorch")) as journal:
        note(journal, [Dispute("A-1", "notes", "stands", "gave way", 1000.0)])
    [need] = json.loads(mdorch("status", "--json").out)["needs"]
    assert (need["kind"], need["task"]) == ("conflict", "A-1")
    assert need["text"] == "two values for notes: “stands” stands, “gave way” was saved too"
    assert need["command"] == "mdorch set A-1 notes=stands"
    assert "disputed-cell" in mdorch("lint").out
    assert mdorch(*need["command"].split()[1:]).code == 0
    assert json.loads(mdorch("status", "--json").out)["needs"] == []
