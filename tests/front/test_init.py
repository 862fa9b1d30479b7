"""`mdorch init`: what it adds, what it never touches, and when it rather asks."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mdorch.board.read import read
from mdorch.board.status import Status
from mdorch.config.errors import Trouble
from mdorch.desk.adopt import Ask, propose_init, script
from mdorch.desk.homemade import CannotInit, NoBoard
from mdorch.desk.setup import Named, carry_out, survey
from tests.front.stage import HEAD, ROWS, Mdorch, Stage, plain

SHARED = Path(os.environ.get("MDORCH_SHARED") or Path(__file__).resolve().parents[2] / ".." / "shared")

BOARD = """\
# Notes

Some words.

## Sprint

| ID | What | Status | Owner |
|----|------|--------|-------|
| S-1 | Ship it | ⏳ Todo | Ann |
| S-2 | Paint it | ✅ Done (3 days) | Bob |
| S-3 | Name it | 🔄 WIP | Ann |
| S-4 | Park it | ⏸ Paused | Bob |

Words after it.
"""


def held(data: bytes) -> bool:
    """Whether nothing on the page could start."""
    startable = (Status.WAITING, Status.READY, Status.PARTIAL)
    return not any(task.status in startable for task in read(data).board.tasks)


def without_added(steps: list[tuple[str, str]]) -> list[str]:
    return [text for sign, text in steps if sign != "+"]


# What is added


def test_an_empty_folder_gets_a_page_and_a_configuration(stage: Stage, mdorch: Mdorch) -> None:
    said = mdorch("init", "--yes")
    assert said.code == 0, said.err
    assert "--- /dev/null\n+++ CLAUDE.md\n@@ -0,0 +1," in said.out
    reading = read(stage.page.read_bytes())
    assert [task.id for task in reading.board.tasks] == ["EX-001", "EX-002"]
    assert held(stage.page.read_bytes())
    assert not [p for p in reading.board.problems if p.severity != "info"]
    assert not reading.board.handoffs
    assert reading.agent_tables
    assert (stage.here / "mdorch.toml").exists()
    assert (stage.here / ".mdorch" / ".gitignore").read_text() == "*\n"
    assert "mdorch set EX-001 status=waiting" in said.out


def test_twice_is_once(stage: Stage, mdorch: Mdorch) -> None:
    mdorch("init", "--yes")
    before = stage.page.read_bytes(), (stage.here / "mdorch.toml").read_bytes()
    said = mdorch("init")
    assert (said.code, said.err) == (0, "")
    assert "nothing is missing" in said.out
    assert "mdorch.toml names no agent program" in said.out
    assert "[agents.default]" in said.out
    assert "mdorch trust  " in said.out
    assert (stage.page.read_bytes(), (stage.here / "mdorch.toml").read_bytes()) == before


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n"])
def test_the_end_of_a_long_page_is_added_to_in_its_own_line_ending(ending: str, tail: str) -> None:
    old = ("# Guide\n\n- one\n- two" + tail).replace("\n", ending).encode()
    new = propose_init(old, Ask()).new
    assert new.startswith(old)
    added = new[len(old) :].decode()
    assert added.replace(ending, "").count("\n") + added.replace(ending, "").count("\r") == 0
    assert added.endswith(ending)
    assert len(read(new).board.tasks) == 2


def test_the_size_of_a_long_page_is_told(stage: Stage, mdorch: Mdorch) -> None:
    stage.page.write_text("# Guide\n\n" + "All of it matters. " * 2000)
    said = mdorch("init")
    assert "38,009 characters" in said.out


def test_only_what_is_missing_is_added() -> None:
    queue = b"# P\n\n## Task Queue\n\n| ID | Task | Status |\n|-|-|-|\n| A | b | Waiting |\n"
    proposal = propose_init(queue, Ask())
    assert [task.id for task in read(proposal.new).board.tasks] == ["A"]
    assert proposal.new.startswith(queue)
    assert len(proposal.added) == 2


def test_a_queue_without_a_table_gets_it_inside() -> None:
    old = b"# P\n\n## Task Queue\n\nNothing yet.\n\n### Later\n\n- x\n\n## End\n"
    proposal = propose_init(old, Ask())
    reading = read(proposal.new)
    assert [task.id for task in reading.board.tasks] == ["EX-001", "EX-002"]
    assert proposal.new.count(b"Task Queue") == 1
    assert proposal.new.index(b"EX-001") < proposal.new.index(b"### Later")


def test_a_table_put_before_a_heading_keeps_its_distance() -> None:
    new = propose_init(b"## Task Queue\n### Later\n", Ask()).new.decode()
    assert new.startswith("## Task Queue\n\n| ID ")
    assert "|\n\n### Later\n" in new


def test_a_queue_with_a_table_of_another_kind_is_told_of() -> None:
    old = b"# P\n\n## Task Queue\n\n| What | Who |\n|-|-|\n| a | b |\n"
    proposal = propose_init(old, Ask())
    assert b"EX-001" not in proposal.new
    assert "line 3" in proposal.remarks[0]
    assert b"EX-001" in propose_init(old, Ask(new_queue=True)).new


def test_nothing_lands_inside_a_handoff_of_level_one() -> None:
    old = b"# Agent Handoff Signal\n\n**From**: a\n**To**: b\n**Task**: T\n**Status**: COMPLETE\n"
    reading = read(propose_init(old, Ask()).new)
    assert reading.board.handoffs[0].digest == read(old).board.handoffs[0].digest
    assert len(reading.board.tasks) == 2


# What is never touched

LINES = st.sampled_from(
    [
        *(
            "",
            "text",
            "# A",
            "### B",
            "- item",
            "  - deep",
            "1. one",
            "> quote",
            "    code",
            "---",
            "===",
            "\t",
        ),
        *(
            "## Task Queue",
            "### Currently Running",
            "## Agent Handoff Signal",
            "**Task**: T-1",
            "<div>",
            "<!-- x",
        ),
        *(
            "| ID | Task | Status |",
            "|----|------|--------|",
            "| T-1 | do | Todo |",
            "| T-1 | do | Done |",
            "-->",
        ),
        *(
            "```",
            "~~~",
            "| Agent | Task |",
            "|---|---|",
            "[x]: y",
            "<script>",
            "é ✅",
            "\u2028",
            "| | x | Ready |",
        ),
    ]
)


@settings(max_examples=300)
@given(st.lists(LINES, max_size=14), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
def test_whatever_the_page_only_lines_are_added_and_twice_is_once(
    lines: list[str], ending: str, closed: bool, insist: bool
) -> None:
    old = (ending.join(lines) + (ending if closed else "")).encode()
    try:
        proposal = propose_init(old, Ask(new_queue=insist))
    except CannotInit:
        return
    steps = list(script(proposal))
    assert without_added(steps) == read(old).source.lines
    assert [text for _, text in steps] == read(proposal.new).source.lines
    assert not any(sign == "-" for sign, _ in steps)
    again = propose_init(proposal.new, Ask(new_queue=insist))
    assert again.new == proposal.new
    before = [(t.id, t.status_text, t.title) for t in read(old).board.tasks]
    after = [(t.id, t.status_text, t.title) for t in read(proposal.new).board.tasks]
    assert [row for row in after if row in before] == before
    assert all(row[1] == "On Hold" for row in after if row not in before)


@settings(max_examples=300)
@given(st.lists(LINES, max_size=10), st.lists(LINES, max_size=6), st.sampled_from(["\n", "\r\n"]))
@example(["### Currently Running", "", "# A", "| ID | Task | Status |", "", ""], [], "\n")
def test_an_adopted_board_changes_in_open_statuses_alone(
    above: list[str], below: list[str], ending: str
) -> None:
    table = ["| ID | Task | Status |", "|-|-|-|", "| N-1 | do | ⏳ Todo (soon) |", "| N-2 | do | ✅ Done |"]
    old = ending.join([*above, *table, *below]).encode()
    try:
        proposal = propose_init(old, Ask(adopt=len(above) + 1))
    except CannotInit:
        return
    steps = list(script(proposal))
    assert without_added(steps) == read(old).source.lines
    gone = [text for sign, text in steps if sign == "-"]
    assert len(gone) == len(proposal.held)
    new = {t.id: t for t in read(proposal.new).board.tasks if not t.read_only}
    assert all(new[task].status is Status.ON_HOLD for task in proposal.held)
    try:
        again = propose_init(proposal.new, Ask(adopt=len(above) + 1)).new
    except NoBoard:  # a section above it lacked a table: the line is another one now
        assert b"N-1" not in proposal.new.splitlines()[len(above) + 2]
    else:
        assert again == proposal.new


def test_pages_of_the_shared_corpus() -> None:
    pages = sorted(SHARED.glob("corpus/**/*.md"))
    if not pages:
        pytest.skip("the shared corpus is not here")
    for page in pages:
        old = page.read_bytes()
        try:
            proposal = propose_init(old, Ask())
        except CannotInit:
            continue
        assert without_added(list(script(proposal))) == read(old).source.lines, page
        assert propose_init(proposal.new, Ask()).new == proposal.new, page
        for board in proposal.boards[:2]:
            if proposal.undecided and board.has_id:
                adopted = propose_init(old, Ask(adopt=board.line))
                assert read(adopted.new).board.tasks or not board.rows, page
                assert without_added(list(script(adopted))) == read(old).source.lines, page


# A board of one's own


def test_a_home_made_board_is_named_and_no_second_queue_added(stage: Stage, mdorch: Mdorch) -> None:
    stage.page.write_text(BOARD)
    for args in ((), ("--yes",)):
        said = mdorch("init", *args)
        assert said.code == 3
        assert "CLAUDE.md:7: under “Sprint”, 4 rows: ID | What | Status | Owner" in said.out
        assert "mdorch init --adopt 7" in said.out
        assert stage.text == BOARD
        assert not (stage.here / "mdorch.toml").exists()


@pytest.mark.parametrize("line", [5, 7, 9, 12])
def test_adopting_holds_what_could_start(stage: Stage, mdorch: Mdorch, line: int) -> None:
    stage.page.write_text(BOARD)
    said = mdorch("init", "--adopt", str(line), "--yes")
    assert said.code == 0, said.err
    top = BOARD.replace("| ID | What", "### Task Queue\n\n| ID | What").replace("⏳ Todo", "⏸ Paused")
    assert stage.text.startswith(top)
    assert "1 open row put On Hold: S-1" in said.out
    assert "mdorch set S-1 status=waiting" in said.out
    before = stage.text
    assert mdorch("init", "--adopt", str(line), "--yes").code == 0
    assert stage.text == before
    assert '"start"' not in mdorch("plan", "--json").out


def test_a_new_queue_beside_a_board_only_when_asked_for(stage: Stage, mdorch: Mdorch) -> None:
    stage.page.write_text(BOARD)
    assert mdorch("init", "--new-queue", "--yes").code == 0
    assert stage.text.startswith(BOARD)
    assert [task.id for task in read(stage.page.read_bytes()).board.tasks] == ["EX-001", "EX-002"]
    said = mdorch("init", "--new-queue", "--adopt", "7")
    assert said.code == 2


@pytest.mark.parametrize(
    ("above", "heading"),
    [("", "## Task Queue"), ("# A\n\n", "## Task Queue"), ("###### F\n", "###### Task Queue")],
)
def test_the_heading_of_an_adopted_board_stands_below_the_one_above(above: str, heading: str) -> None:
    old = f"{above}| ID | Task | Status |\n|-|-|-|\n| A | b | Open |\n"
    new = propose_init(old.encode(), Ask(adopt=above.count("\n") + 1)).new.decode()
    assert f"{heading}\n\n| ID |" in new


def test_a_table_after_a_heading_without_a_blank_line_can_be_adopted() -> None:
    old = b"# A\nwords\n\n## B\n| ID | Task | Status |\n|-|-|-|\n| A | b | Open |"
    new = propose_init(old, Ask(adopt=5)).new
    assert b"## B\n\n### Task Queue\n\n| ID |" in new
    assert [t.status for t in read(new).board.tasks] == [Status.ON_HOLD]


def test_tables_that_come_along_are_held_too() -> None:
    table = "| ID | Task | Status |\n|-|-|-|\n| {} | b | Open |\n\n"
    old = "# A\n\n" + table.format("X-1") + table.format("X-2") + "# B\n\n" + table.format("X-3")
    proposal = propose_init(old.encode(), Ask(adopt=3))
    assert proposal.held == ("X-1", "X-2")
    assert [board.line for board in proposal.boards] == [15]


def test_ids_that_stand_twice_are_told_of_and_left(stage: Stage, mdorch: Mdorch) -> None:
    board = "# A\n\n| ID | Task | Status |\n|-|-|-|\n| X | a | Open |\n| X | b | Open |\n| Y | c | Open |\n"
    stage.page.write_text(board)
    said = mdorch("init", "--adopt", "3", "--yes")
    assert said.code == 0
    assert "share an id" in said.out
    assert "| X | a | Open |\n| X | b | Open |\n| Y | c | On Hold |" in stage.text


@pytest.mark.parametrize(
    ("page", "line", "words"),
    [
        ("# A\n\n| Task | Status |\n|-|-|\n| a | Open |\n", 3, "no id column"),
        ("# A\n\n```\n| ID | Task | Status |\n|-|-|-|\n| a | b | Open |\n```\n", 4, "no live table"),
        ("# A\n", 1, "no live table"),
        ("# A\n", 9, "there is no line 9"),
        ("# A\n\n## Currently Running\n\n| Agent | Task |\n|-|-|\n", 5, "belongs to the section"),
    ],
)
def test_a_line_that_is_no_board(stage: Stage, mdorch: Mdorch, page: str, line: int, words: str) -> None:
    stage.page.write_text(page)
    said = mdorch("init", "--adopt", str(line), "--yes")
    assert said.code == 1
    assert words in said.err
    assert stage.text == page


def test_ids_that_the_queue_has_already_are_refused() -> None:
    board = "\n# Mine\n\n| ID | Task | Status |\n|-|-|-|\n| A-2 | a | Open |\n"
    with pytest.raises(NoBoard, match="A-2"):
        propose_init((HEAD + ROWS + board).encode(), Ask(adopt=(HEAD + ROWS).count("\n") + 4))


def test_a_board_among_the_agents_is_a_board() -> None:
    old = b"## Active Agents\n\n| ID | Title | Owner | Status |\n|-|-|-|-|\n| A | b | c | Open |\n"
    proposal = propose_init(old, Ask())
    assert proposal.undecided
    assert proposal.boards[0].line == 3


def test_a_large_board_takes_time_in_proportion() -> None:
    rows = "".join(f"| T-{n} | do {n} | Todo |\n" for n in range(5000))
    old = f"# A\n\n| ID | Task | Status |\n|-|-|-|\n{rows}".encode()
    proposal = propose_init(old, Ask(adopt=3))
    assert len(proposal.held) == 5000


# What cannot be done


@pytest.mark.parametrize(
    ("page", "place", "words"),
    [
        (b"# A\n\n```\ncode\n", ":3:1", "never closed"),
        (b"# A\n\n<!-- note\n\nmore\n", ":3:1", "never closed"),
        (b"# A\n\n<script>\n\nx\n", ":3:1", "<script>"),
        (b"# A\ncaf\xe9\n", ":2:4", "0xe9"),
        (b"# A\n\0\n", ":2:1", "NUL"),
        (b"<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n", ":1:1", "merge conflict"),
    ],
)
def test_unfit_pages_are_refused_with_their_place(
    stage: Stage, mdorch: Mdorch, page: bytes, place: str, words: str
) -> None:
    stage.page.write_bytes(page)
    said = mdorch("init", "--yes")
    assert said.code == 3
    assert said.err.startswith(f"mdorch: CLAUDE.md{place}: ")
    assert words in said.err
    assert stage.page.read_bytes() == page
    assert sorted(os.listdir(stage.here)) == [".git", "CLAUDE.md"]


def test_a_directory_and_a_missing_folder(stage: Stage, mdorch: Mdorch) -> None:
    stage.page.mkdir()
    said = mdorch("init", "--yes")
    assert (said.code, len(said.err.splitlines())) == (3, 2)
    said = mdorch("init", "--yes", "--page", "nowhere/CLAUDE.md")
    assert said.code == 2
    assert "no such folder" in said.err


def test_a_broken_configuration_is_told_of_before_anything_is_written(stage: Stage, mdorch: Mdorch) -> None:
    (stage.here / "mdorch.toml").write_text("[run]\nmax_paralel = 3\n")
    said = mdorch("init", "--yes")
    assert said.code == 2
    assert "mdorch.toml:2" in said.err
    assert not stage.page.exists()


def test_agents_may_not(stage: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDORCH_RUN", "A-1.1")
    assert mdorch("init", "--yes").code == 3
    assert not stage.page.exists()


# Asking


def test_without_a_terminal_and_without_yes_nothing_is_written(stage: Stage, mdorch: Mdorch) -> None:
    stage.page.write_text("# A\n")
    said = mdorch("init")
    assert said.code == 3
    assert "+## Task Queue" in said.out
    assert "+++ mdorch.toml" in said.out
    assert "mdorch init --yes" in said.err
    assert sorted(os.listdir(stage.here)) == [".git", "CLAUDE.md"]


def on_terminal(stage: Stage, *args: str, typed: str) -> tuple[int, str]:
    """The command on a terminal, where somebody types an answer to its question."""
    ours, theirs = pty.openpty()
    argv = [sys.executable, "-m", "mdorch", *args]
    env = {**stage.env, "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(argv, cwd=stage.here, env=env, stdin=theirs, stdout=theirs, stderr=theirs) as child:
        os.close(theirs)
        out = b""
        try:
            while chunk := os.read(ours, 65536):
                out += chunk
                if b"[y/N]" in out and typed:
                    os.write(ours, typed.encode())
                    typed = ""
        except OSError:  # the other side was closed
            pass
        os.close(ours)
    return child.returncode, plain(out.decode())


def test_somebody_is_asked(stage: Stage) -> None:
    stage.page.write_text("# A\n")
    code, said = on_terminal(stage, "init", typed="n\n")
    assert (code, stage.text) == (3, "# A\n")
    assert "Nothing is written." in said
    code, said = on_terminal(stage, "init", typed="y\n")
    assert code == 0
    assert "EX-001" in stage.text


@pytest.mark.skipif(shutil.which("patch") is None, reason="there is no patch program")
@pytest.mark.parametrize(
    "page", [BOARD, BOARD + "\n\n## More\n" + "x\n\n" * 20, BOARD.replace("Words", "\nWords")]
)
def test_the_diff_that_is_shown_is_the_change(stage: Stage, mdorch: Mdorch, page: str) -> None:
    stage.page.write_text(page)
    (stage.here / "mdorch.toml").write_text("")
    shown = mdorch("init", "--adopt", "7").out
    copy = stage.here / "copy.md"
    copy.write_text(page)
    subprocess.run(["patch", "-s", "--fuzz=0", str(copy)], input=shown, text=True, check=True)
    mdorch("init", "--adopt", "7", "--yes")
    assert copy.read_text() == stage.text


# The configuration


@pytest.fixture
def claude(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent program on PATH, and no other one."""
    program = stage.here.parent / "bin" / "claude"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))


@pytest.mark.usefixtures("claude")
def test_an_agent_program_on_path_is_written_and_approved(stage: Stage, mdorch: Mdorch) -> None:
    said = mdorch("init", "--yes")
    assert "agents are started with claude" in said.out
    assert '[agents.default]\ncli = "claude"\n' in (stage.here / "mdorch.toml").read_text()
    assert "is approved as it is" in mdorch("trust").out


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mdorch.toml", '[agents.default]\ncommand = ["true"]\n'),
        ("pyproject.toml", '[tool.mdorch.agents.default]\ncommand = ["true"]\n'),
    ],
)
def test_a_configuration_that_is_there_is_left_alone(
    stage: Stage, mdorch: Mdorch, name: str, text: str
) -> None:
    (stage.here / name).write_text(text)
    said = mdorch("init", "--yes")
    assert said.code == 0
    assert (stage.here / name).read_text() == text
    assert name == "mdorch.toml" or not (stage.here / "mdorch.toml").exists()
    assert "names no agent program" not in said.out
    assert "mdorch trust  " in said.out
    assert "names these programs" in mdorch("trust", "--yes").out  # it was not approved in passing


def test_the_configuration_stands_at_the_root_and_names_the_page(stage: Stage, mdorch: Mdorch) -> None:
    (stage.here / "docs").mkdir()
    assert mdorch("init", "--yes", "--page", "docs/TASKS.md").code == 0
    assert 'page = "docs/TASKS.md"' in (stage.here / "mdorch.toml").read_text()
    assert mdorch("status", "--json").code == 0  # found without --page from now on


def test_defined_agents_are_mentioned(stage: Stage, mdorch: Mdorch) -> None:
    folder = stage.here / ".claude" / "agents"
    folder.mkdir(parents=True)
    (folder / "reviewer.md").write_text("---\nname: reviewer\n---\n")
    assert ".claude/agents, to be named in the Agent column: reviewer." in mdorch("init", "--yes").out


# Others who write


def test_what_is_saved_between_showing_and_writing_is_kept(stage: Stage) -> None:
    stage.page.write_text("# A\n")
    setup = survey(Named(), {**os.environ, **stage.env})
    stage.page.write_text("# A\n\nTyped meanwhile.\n")
    carry_out(setup, stage.env)
    assert stage.text.startswith("# A\n\nTyped meanwhile.\n\n## Active Agent")


def test_a_page_that_appears_meanwhile_is_added_to(stage: Stage) -> None:
    setup = survey(Named(), {**os.environ, **stage.env})
    assert setup.creates
    stage.page.write_text("# Somebody was faster\n")
    carry_out(setup, stage.env)
    assert stage.text.startswith("# Somebody was faster\n\n## Active Agent")


def test_a_page_that_became_another_one_is_left_alone(stage: Stage) -> None:
    stage.page.write_text(BOARD)
    setup = survey(Named(ask=Ask(adopt=7)), {**os.environ, **stage.env})
    stage.page.write_text("new first line\n" + BOARD)
    with pytest.raises(Trouble, match="changed meanwhile"):
        carry_out(setup, stage.env)
    assert stage.text == "new first line\n" + BOARD
    assert not (stage.here / "mdorch.toml").exists()
