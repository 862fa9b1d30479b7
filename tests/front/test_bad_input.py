"""Bad input: one clear message with place and remedy, the right exit code, and the file untouched."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mdorch.world.database import open_database
from tests.front.stage import HEAD, ROWS, TRUE, Mdorch, Stage

LOOKING = [["status"], ["plan"], ["why", "A-2"], ["lint"], ["tables"], ["status", "--json"]]
WRITING = [["set", "A-2", "priority=low"], ["add", "x"], ["up", "--until-idle", "--yes"], ["resume"]]


def told(said: object, words: str) -> None:
    """One message in our form, no traceback, and the words in it."""
    assert said.err.startswith("mdorch: "), said  # type: ignore[attr-defined]
    assert said.err.count("mdorch: ") == 1  # type: ignore[attr-defined]
    assert "Traceback" not in said.err  # type: ignore[attr-defined]
    assert re.search(words, said.err), said  # type: ignore[attr-defined]


@pytest.mark.parametrize("args", LOOKING + WRITING, ids=" ".join)
def test_no_page(stage: Stage, mdorch: Mdorch, args: list[str]) -> None:
    said = mdorch(*args)
    assert said.code == 3
    told(said, r"no page: .*CLAUDE\.md does not exist")
    assert "mdorch init" in said.err
    named = mdorch(*args, "--page", "x/y.md")
    assert named.code == 2
    told(named, r"x/y\.md does not exist \(from --page\)")
    assert os.listdir(stage.here) == [".git"]


@pytest.mark.parametrize("args", LOOKING + WRITING, ids=" ".join)
def test_a_folder_for_a_page(stage: Stage, mdorch: Mdorch, args: list[str]) -> None:
    stage.page.mkdir()
    said = mdorch(*args)
    assert said.code == 3
    told(said, r"CLAUDE\.md is a directory, not a page")


@pytest.mark.parametrize("args", LOOKING + WRITING, ids=" ".join)
def test_a_page_that_is_a_pipe_does_not_hang(stage: Stage, mdorch: Mdorch, args: list[str]) -> None:
    os.mkfifo(stage.page)
    said = mdorch(*args)
    assert said.code == 3
    told(said, "no ordinary file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
@pytest.mark.parametrize("args", LOOKING + WRITING, ids=" ".join)
def test_a_page_that_cannot_be_read(stage: Stage, mdorch: Mdorch, args: list[str]) -> None:
    stage.write()
    stage.page.chmod(0)
    said = mdorch(*args)
    assert said.code == 3
    told(said, "permission denied")


def test_a_loop_of_links(stage: Stage, mdorch: Mdorch) -> None:
    stage.page.symlink_to("CLAUDE.md")
    said = mdorch("status")
    assert said.code == 3
    told(said, r"CLAUDE\.md")


def test_a_page_without_sections(stage: Stage, mdorch: Mdorch) -> None:
    stage.page.write_text("# Just a guide\n\ntext\n")
    assert re.search("no Task Queue section +mdorch init$", mdorch("status").out, re.MULTILINE)
    said = mdorch("lint")
    assert said.code == 1
    assert re.match(r"CLAUDE\.md:1:1: no-task-queue .*mdorch init", said.out)
    added = mdorch("add", "x")
    assert added.code == 3
    told(added, "no task table")
    assert stage.page.read_text() == "# Just a guide\n\ntext\n"


def test_a_page_of_three_megabytes(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ROWS, more="\n" + "some words and | a pipe\n" * 130_000)
    assert stage.page.stat().st_size > 3_000_000
    assert "every agent reads them all" in mdorch("status").out
    assert mdorch("set", "A-2", "priority=low").code == 0


def test_bytes_that_are_not_utf8(stage: Stage, mdorch: Mdorch) -> None:
    raw = (HEAD + ROWS).encode() + b"\nlatin: \xe9\xff\n"
    stage.page.write_bytes(raw)
    said = mdorch("lint")
    assert said.code == 0
    assert re.search(r"CLAUDE\.md:16:8: invalid-utf8 .*0xe9", said.out)
    assert mdorch("set", "A-2", "priority=low").code == 0
    assert stage.page.read_bytes() == raw.replace(b"| A-1 | Waiting | high |", b"| A-1 | Waiting | low |")


def test_conflict_markers(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(more="\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n")
    before = stage.page.read_bytes()
    assert mdorch("lint").code == 1
    assert "conflict-marker" in mdorch("lint").out
    for args in (
        ["set", "A-2", "priority=low"],
        ["add", "x"],
        ["stop", "--all"],
        ["handoff", "A-2", "--to", "-"],
    ):
        said = mdorch(*args)
        assert said.code == 3
        told(said, r"CLAUDE\.md:16:1: the page has conflict markers\n  resolve them first")
    assert stage.page.read_bytes() == before


ROW_PROBLEMS: dict[str, tuple[str, str, int]] = {
    "duplicate-id": ("| A-2 | again | dev | None | Waiting | | |\n", "duplicate-id", 1),
    "cycle": ("| C-1 | a | dev | C-2 | Waiting | | |\n| C-2 | b | dev | C-1 | Waiting | | |\n", "cycle", 1),
    "unresolved": ("| D-1 | a | dev | Supabase access | Waiting | | |\n", "unresolved-requirement", 1),
    "unknown-status": ("| E-1 | a | dev | None | Sleeping | | |\n", "unknown-status", 1),
}


@pytest.mark.parametrize("name", ROW_PROBLEMS)
def test_rows_that_are_wrong(stage: Stage, mdorch: Mdorch, name: str) -> None:
    rows, code, exit_code = ROW_PROBLEMS[name]
    stage.write(ROWS + rows)
    before = stage.page.read_bytes()
    said = mdorch("lint")
    assert said.code == exit_code
    assert re.search(rf"^CLAUDE\.md:\d+:\d+: {code} .+ \(error: .+\)$", said.out, re.MULTILINE)
    assert mdorch("plan").code == 0
    assert stage.page.read_bytes() == before


BAD_CONFIGS = {
    "[agents.default\n": r"mdorch\.toml:1:\d+: not TOML",
    "[run]\nmax_paralel = 2\n": r"mdorch\.toml:2:1: .*max_paralel(.|\n)*max_parallel",
    '[run]\nsettle = "soon"\n': r"mdorch\.toml:2:\d+: .*settle",
    '[agents.default]\ncommand = "claude -p"\n': r"mdorch\.toml:2:\d+: .*list",
    '[agents.default]\ncli = "cloud"\n': r"mdorch\.toml:2:\d+: .*cli",
}


@pytest.mark.parametrize("config", BAD_CONFIGS)
def test_a_bad_configuration(stage: Stage, mdorch: Mdorch, config: str) -> None:
    stage.write(config=config)
    before = stage.page.read_bytes()
    for args in (["status"], ["plan"], ["set", "A-2", "priority=low"], ["up", "--until-idle", "--yes"]):
        said = mdorch(*args)
        assert said.code == 2
        told(said, BAD_CONFIGS[config])
    assert stage.page.read_bytes() == before


def test_a_configuration_that_is_not_there(stage: Stage, mdorch: Mdorch) -> None:
    stage.write()
    said = mdorch("status", "--config", "no.toml")
    assert said.code == 2
    told(said, r"no\.toml")


@pytest.mark.parametrize("program", ["no-such-program", "./mdorch.toml", "."])
def test_an_agent_program_that_cannot_be_started(stage: Stage, program: str) -> None:
    stage.write(config=TRUE.replace("true", program) + "attempts = 1\n")
    said = stage.process("up", "--until-idle", "--yes")
    assert said.code == 1
    assert "A-2: has failed: could not start" in said.err
    assert program in said.err
    assert stage.status_of("A-2") == "Failed"


def test_an_agent_that_is_not_configured(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(config='[agents.other]\ncommand = ["true"]\n')
    assert "agent dev is not configured" in mdorch("why", "A-2").out
    said = stage.process("up", "--until-idle", "--yes")
    assert said.code == 1
    assert "[agents.dev]" in said.err


def later_version(dot: Path) -> None:
    dot.mkdir()
    connection, _ = open_database(dot, check=False)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def test_a_journal_of_a_later_version(stage: Stage, mdorch: Mdorch) -> None:
    stage.write()
    later_version(stage.here / ".mdorch")
    for args in (["set", "A-2", "priority=low"], ["pause"], ["up", "--until-idle", "--yes"]):
        said = mdorch(*args)
        assert said.code == 3
        told(said, "version 99")
    assert stage.text == HEAD + ROWS


@pytest.mark.parametrize("damage", [lambda p: p.write_bytes(b"no database"), lambda p: p.mkdir()])
def test_a_journal_that_is_none(stage: Stage, mdorch: Mdorch, damage: Callable[[Path], object]) -> None:
    stage.write()
    (stage.here / ".mdorch").mkdir()
    damage(stage.here / ".mdorch" / "journal.db")
    for args in LOOKING:
        assert mdorch(*args).code == 0
    said = mdorch("set", "A-2", "priority=low")
    assert said.code in (0, 3)
    assert "Traceback" not in said.err


def test_a_folder_that_cannot_be_written_costs_speed_not_answers(stage: Stage, mdorch: Mdorch) -> None:
    stage.write()
    (stage.here / ".mdorch").write_text("a file in the way")
    for args in LOOKING:
        assert mdorch(*args).code == 0, args
    said = mdorch("pause")
    assert said.code == 3
    told(said, r"\.mdorch")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["service"], r"missing argument 'install\|remove'. Choose from: install, remove\n  mdorch service"),
        (["logs", "A-1", "--attempt", "x"], "'x' is not a number\n"),
        (["demo", "--speed", "fast"], "'fast' is not a number\n"),
        (["lint", "--json", "--format", "sarif"], "--json and --format sarif exclude each other\n"),
    ],
)
def test_wrong_usage_is_told_in_our_words(stage: Stage, mdorch: Mdorch, args: list[str], words: str) -> None:
    stage.write(ROWS)
    said = mdorch(*args)
    assert said.code == 2
    told(said, words)
