"""The face of the command line: which commands there are, their help, what they cost to start."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import click
import pytest

from mdorch import __version__
from mdorch.board.status import Status
from mdorch.front.cli.app import COMMANDS, mdorch
from mdorch.front.cli.orchestrate import orchestrate
from tests.front.stage import Mdorch, Stage

NAMES = [name for section in COMMANDS.values() for name in section]
PROMISED = [
    "init",
    "insist",
    "lsp",
    "mcp",
    "trust",
    "up",
    "run",
    "down",
    "pause",
    "resume",
    "status",
    "top",
    "plan",
    "why",
    "deps",
    "lint",
    "tables",
    "set",
    "add",
    "assign",
    "pattern",
    "export",
    "import",
    "notify",
    "approve",
    "reject",
    "answer",
    "retry",
    "attach",
    "stop",
    "show",
    "prompt",
    "ask",
    "handoff",
    "archive",
    "logs",
    "history",
    "agents",
    "web",
    "health",
    "metrics",
    "service",
    "uninstall",
    "demo",
    "completion",
]


def command(name: str) -> click.Command:
    if name == "orchestrate":
        return orchestrate
    found = mdorch.get_command(click.Context(mdorch), name)
    assert found is not None
    return found


def examples(name: str) -> list[str]:
    with click.Context(command(name), info_name=f"mdorch {name}") as ctx:
        _, _, tail = command(name).get_help(ctx).partition("Example")
    lines = [line.strip() for line in tail.splitlines()[1:]]
    return [line for line in lines if line]


def test_every_promised_command_is_there_and_no_other() -> None:
    assert sorted(NAMES) == sorted(PROMISED)


@pytest.mark.parametrize("name", [*NAMES, "orchestrate"])
def test_help_has_examples_that_can_be_typed(name: str) -> None:
    found = examples(name)
    assert found
    for line in found:
        typed = re.search(r"(?:mdorch|orchestrate)\b[^)|>]*", line.split("  #")[0])
        assert typed, line
        words = shlex.split(typed[0])
        args = words[1:] if name == "orchestrate" else words[2:]
        assert name == "orchestrate" or words[1] == name
        command(name).make_context(name, args, resilient_parsing=False)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_takes_page_and_config(name: str) -> None:
    options = {o for p in command(name).params for o in p.opts}
    assert {"--page", "--config"} <= options or name in ("demo",)
    assert command(name).help


@pytest.mark.parametrize("args", [("--help",), ("-h",), ()])
def test_help_of_the_program_names_every_command(mdorch: Mdorch, args: tuple[str, ...]) -> None:
    said = mdorch(*args)
    assert said.code == 0
    assert all(re.search(rf"^  {name} ", said.out, re.MULTILINE) for name in NAMES)


def test_version(mdorch: Mdorch) -> None:
    assert mdorch("--version").out == f"mdorch {__version__}\n"


def test_options_of_all_commands_stand_before_or_after_the_name(mdorch: Mdorch, stage: Stage) -> None:
    stage.write()
    other = stage.here / "other.md"
    other.write_text(stage.text.replace("A-1", "Z-1"))
    before = mdorch("--page", "other.md", "--json", "plan")
    after = mdorch("plan", "--page", "other.md", "--json")
    assert before == after
    assert '"Z-1"' in mdorch("--page", "CLAUDE.md", "status", "--page", "other.md", "--json").out
    assert mdorch("--json", "pause").code == 2


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["statsu"], "did you mean status"),
        (["frobnicate"], "mdorch --help"),
        (["why"], "mdorch why --help"),
        (["why", "A-1", "--nonsense"], "mdorch why --help"),
        (["set", "A-1"], "mdorch set --help"),
        (["lint", "--format", "xml"], "mdorch lint --help"),
        (["stop"], "mdorch stop TEST-001"),
        (["stop", "A-1", "--all"], "mdorch stop TEST-001"),
        (["up", "--once", "--detach"], ""),
        (["status", "--since", "yesteryear"], "2026-11-22"),
        (["completion", "tcsh"], "mdorch completion --help"),
    ],
)
def test_wrong_usage_is_told_with_the_remedy(
    mdorch: Mdorch, stage: Stage, args: list[str], hint: str
) -> None:
    stage.write()
    said = mdorch(*args)
    assert said.code == 2
    assert said.err.startswith("mdorch: ")
    assert hint in said.err
    assert "Traceback" not in said.err
    assert not said.out


def imported(stage: Stage, *args: str) -> set[str]:
    """Modules that a command line imported."""
    code = f"""
import sys
from mdorch.front.cli.main import run
run({list(args)!r})
sys.stderr.write("\\n".join(sys.modules))
"""
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=stage.here,
        env=stage.env,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split())


HEAVY = {"pydantic", "markdown_it", "watchdog", "mistletoe", "subprocess", "asyncio"}


@pytest.mark.parametrize("args", [("--version",), ("status",), ("plan",), ("why", "A-2")])
def test_a_quick_look_imports_nothing_heavy(stage: Stage, args: tuple[str, ...]) -> None:
    stage.write()
    stage.process("status")
    assert not HEAVY & imported(stage, *args)


def test_the_hot_path_imports_no_command_line_library(stage: Stage) -> None:
    stage.write()
    stage.process("status", "--json")
    assert not (HEAVY | {"click", "sqlite3"}) & imported(stage, "status", "--json")


def test_python_dash_m_works(stage: Stage) -> None:
    assert stage.process("--version").out.startswith("mdorch ")
    assert Path(sys.executable).exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(mdorch: Mdorch, shell: str) -> None:
    said = mdorch("completion", shell)
    assert said.code == 0
    assert "_MDORCH_COMPLETE" in said.out


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("mdorch why A", {"A-1", "A-2", "A-3"}),
        ("mdorch stop A-2", {"A-2"}),
        ("mdorch run A-1 A-", {"A-1", "A-2", "A-3"}),
        ("mdorch set A-1 stat", {"status=", *(f"status={s}" for s in Status)}),
        ("mdorch set A-1 status=c", {"status=complete"}),
        ("mdorch re", {"reject", "retry", "resume"}),
        ("mdorch --page other.md why Z", {"Z-1"}),
        ("mdorch --page nowhere.md why Z", set()),
    ],
)
def test_the_shell_completes_tasks_and_words(stage: Stage, typed: str, wanted: set[str]) -> None:
    stage.write()
    (stage.here / "other.md").write_text(stage.text.replace("A-1", "Z-1"))
    count = str(len(typed.split()) - 1)
    said = stage.process(COMP_WORDS=typed, COMP_CWORD=count, _MDORCH_COMPLETE="bash_complete")
    offered = {line.partition(",")[2] for line in said.out.splitlines()}
    assert offered - {""} == wanted
