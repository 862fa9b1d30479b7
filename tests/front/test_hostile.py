"""No cell of a page, and no word of an agent, reaches a terminal as anything but text."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.front.stage import Mdorch, Said, Stage, plain

EVIL = "x\x1b[2J\x1b]0;owned\x07y\x9b31mz\u202edrows\u2066<br>\x7f\x08end"
DANGEROUS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

PAGE = f"""# {EVIL}

## Currently Running {EVIL}

| Agent | Task | Status | Started | Dependencies |
|---|---|---|---|---|
| {EVIL} | {EVIL} | {EVIL} | {EVIL} | {EVIL} |

## Task Queue {EVIL}

| ID | Task | Agent | Depends on | Status | Priority | Notes | Group | Details |
|---|---|---|---|---|---|---|---|---|
| E-1 | a {EVIL} | dev{EVIL} | None | Waiting {EVIL} | {EVIL} | {EVIL} | {EVIL} | {EVIL} |
| E-2 | b {EVIL} | dev | E-1, {EVIL} | {EVIL} | {EVIL} | {EVIL} | {EVIL} | {EVIL} |
| E-3 | c {EVIL} | dev | E-1 | Blocked | {EVIL} | {EVIL} | {EVIL} | {EVIL} |
| E-4 | d {EVIL} | @{EVIL} | E-3 | In Review | high | {EVIL} | {EVIL} | {EVIL} |
| {EVIL} | d {EVIL} | dev | E-3 | Done {EVIL} | high | {EVIL} | {EVIL} | {EVIL} |
| E-5 | e {EVIL} | dev | E-6 | Waiting | high | {EVIL} | {EVIL} | {EVIL} |
| E-6 | e {EVIL} | dev | E-5 | In Progress {EVIL} | high | {EVIL} | {EVIL} | {EVIL} |

## Agent Handoff Signal {EVIL}

**From**: {EVIL}
**To**: {EVIL}
**Task**: E-3
**Status**: BLOCKED_ON_[{EVIL}]

### Questions
- {EVIL}?
"""

READING = [
    ("status",), ("status", "--all"), ("plan",), ("why", "E-1"), ("why", "E-2"), ("why", "E-6"),
    ("why", EVIL),
    ("deps", "E-1"), ("deps", "E-2"), ("deps", "E-6"), ("show", "E-1"), ("show", "E-2"), ("show", "E-3"),
    ("history",), ("history", "E-3"), ("lint",), ("lint", "--format", "github"), ("tables",),
    ("why", f"no{EVIL}"), ("up", "--dry-run"), (EVIL,), ("status", f"--{EVIL}"),
    ("lint", EVIL),
]  # fmt: skip
WRITING = [
    ("set", "E-3", f"notes={EVIL}"), ("set", "E-3", f"status={EVIL}"), ("set", "E-1", f"{EVIL}=1"),
    ("add", f"t {EVIL}"), ("assign", "E-3", "--agent", f"q{EVIL}"), ("approve", "E-1"),
    ("reject", "E-4", EVIL), ("answer", "E-3", EVIL), ("retry", "E-3"), ("stop", "--all"), ("pause", EVIL),
    ("handoff", "E-3", "--to", EVIL, "--from", EVIL), ("handoff", "E-3", "--to", "-", "--status", EVIL),
    ("up", "--until-idle"), ("run", "E-1"), ("trust",),
]  # fmt: skip


@pytest.fixture
def hostile(stage: Stage) -> Stage:
    stage.page.write_bytes(PAGE.encode() + b"\nbad bytes \xff\xfe\n")
    (stage.here / "mdorch.toml").write_text('[agents.default]\ncommand = ["printf", "\\u001b[2J"]\n')
    return stage


def harmless(said: Said) -> None:
    assert not DANGEROUS.search(said.out)
    assert not DANGEROUS.search(said.err)
    assert "Traceback" not in said.err


@pytest.mark.parametrize("args", READING, ids=lambda a: ascii(" ".join(a))[:30])
def test_reading_commands_print_text_alone(hostile: Stage, mdorch: Mdorch, args: tuple[str, ...]) -> None:
    mdorch("set", "E-3", "notes=x")
    before = hostile.page.read_bytes()
    said = mdorch(*args)
    harmless(said)
    assert said.out or said.err
    assert hostile.page.read_bytes() == before


@pytest.mark.parametrize(
    "name", ["status", "plan", "lint", "tables", "history", "show E-1", "deps E-2", "why E-2"]
)
def test_answers_in_json_hold_no_control_characters_either(hostile: Stage, mdorch: Mdorch, name: str) -> None:
    import json

    mdorch("set", "E-3", f"notes={EVIL}")
    said = mdorch(*name.split(), "--json")
    harmless(said)
    said.out.encode("utf-8")
    json.loads(said.out)
    assert hostile.page.exists()


@pytest.mark.parametrize("args", WRITING, ids=lambda a: ascii(" ".join(a))[:30])
def test_writing_commands_print_text_alone(hostile: Stage, mdorch: Mdorch, args: tuple[str, ...]) -> None:
    harmless(mdorch(*args))
    assert hostile.page.exists()


def on_terminal(stage: Stage, *args: str) -> str:
    """What a command writes to a terminal, as the terminal gets it."""
    main, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "mdorch", *args],
        cwd=stage.here, env={**stage.env, "TERM": "xterm"}, stdin=child, stdout=child, stderr=child,
    )  # fmt: skip
    os.close(child)
    said = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece
    os.close(main)
    assert process.wait(timeout=60) in (0, 1)
    return said.decode("utf-8", "replace")


@pytest.mark.parametrize("args", [("status",), ("plan",), ("show", "E-3"), ("prompt", "E-1"), ("tables",)])
def test_a_real_terminal_gets_our_colours_and_no_others(hostile: Stage, args: tuple[str, ...]) -> None:
    said = on_terminal(hostile, *args)
    assert not DANGEROUS.search(plain(said))
    assert set(re.findall(r"\x1b.[^m]*.", said)) <= {f"\x1b[{n}m" for n in (0, 1, 2, 31, 32, 33, 36)}


def test_logs_are_cleaned_for_a_terminal_and_raw_for_a_pipe(stage: Stage) -> None:
    raw = b"\x1b[31mred\x1b[0m\x07 \xff\xfe done\r\n"
    (stage.here / "say").write_bytes(raw)
    stage.write("| A-1 | x | dev | None | Waiting | | |\n", '[agents.default]\ncommand = ["cat", "say"]\n')
    assert stage.process("run", "A-1", "--yes").code == 0
    shown = on_terminal(stage, "logs", "A-1")
    assert "red" in shown
    assert not DANGEROUS.search(plain(shown))
    piped = subprocess.run(
        [sys.executable, "-m", "mdorch", "logs", "A-1"],
        cwd=stage.here,
        env=stage.env,
        capture_output=True,
        check=True,
    )
    assert piped.stdout == raw
    assert Path(stage.here / "say").read_bytes() == raw
