"""`mdorch logs`: the events of any agent CLI as a story, everything else as it is, and no secrets."""

from __future__ import annotations

import json
import shlex
import shutil

import pytest

from mdorch.world.tail import Tail
from tests.front.stage import HEAD, ONE, Mdorch, Stage, until

EVENTS: dict[str, list[object]] = {
    "claude": [
        {"type": "system", "subtype": "init", "session_id": "5e55", "model": "m"},
        {"type": "assistant", "message": {"content": [{"type": "text", "text": "I look\nat it."}]}},
        {
            "type": "assistant",
            "message": {"content": [{"type": "tool_use", "name": "Bash", "input": {"command": "make test"}}]},
        },
        {"type": "system", "subtype": "api_retry", "error_status": 529, "error": "overloaded"},
        "Not an event.",
        {"type": "result", "is_error": False, "result": "at it.", "num_turns": 2, "total_cost_usd": 0.5},
    ],
    "codex": [
        {"type": "thread.started", "thread_id": "5e55"},
        {"type": "item.completed", "item": {"type": "agent_message", "text": "I look\nat it."}},
        {"type": "item.started", "item": {"type": "command_execution", "command": "make test"}},
        {"type": "error", "message": "Reconnecting... 529 overloaded"},
        "Not an event.",
        {"type": "turn.completed", "usage": {"input_tokens": 900, "output_tokens": 99}},
    ],
    "gemini": [
        {"type": "init", "session_id": "5e55"},
        {"type": "message", "role": "assistant", "content": "I look\nat", "delta": True},
        {"type": "message", "role": "assistant", "content": " it.", "delta": True},
        {"type": "tool_use", "tool_name": "run_shell_command", "parameters": {"command": "make test"}},
        {"type": "error", "message": "529 overloaded"},
        "Not an event.",
        {"type": "result", "status": "success", "stats": {"total_tokens": 999}},
    ],
}


def played(stage: Stage, mdorch: Mdorch, cli: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run of a program of this name that prints these lines."""
    folder = stage.here.parent / "programs"
    folder.mkdir()
    lines = [line if isinstance(line, str) else json.dumps(line) for line in EVENTS[cli]]
    text = "\n".join(lines)
    (folder / cli).write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\necho \"$OUR_TOKEN\"\necho oh >&2\n")
    (folder / cli).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("OUR_TOKEN", "tell-nobody")
    stage.write(ONE, config=f'[agents.default]\ncli = "{cli}"\nstrict = false\n[run]\nsettle = "0s"\n')
    assert mdorch("up", "--until-idle", "--yes").code == 0


@pytest.mark.parametrize("cli", EVENTS)
def test_events_are_told_as_a_story(
    stage: Stage, mdorch: Mdorch, cli: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    played(stage, mdorch, cli, monkeypatch)
    said = mdorch("logs", "A-1").out
    story = [line.strip() for line in said.splitlines()]
    assert story[0].endswith("session 5e55")
    assert story[1:3] == ["I look", "at it."]
    assert story[3].endswith("make test")
    assert "529 overloaded" in story[4]
    assert story[5] == "Not an event."
    assert {"claude": "2 turns, $0.50", "codex": "999 tokens", "gemini": "999 tokens"}[cli] in story[6]
    assert story[7:] == ["***", "oh"]
    raw = mdorch("logs", "A-1", "--raw").out
    assert all(json.dumps(event) in raw for event in EVENTS[cli] if not isinstance(event, str))
    assert "tell-nobody" not in raw + said


def test_the_output_of_any_other_program_stays_as_it_is(stage: Stage, mdorch: Mdorch) -> None:
    line = json.dumps({"type": "result", "result": "mine"})
    config = f'[agents.default]\ncommand = ["echo", {json.dumps(line)}]\n[run]\nsettle = "0s"\n'
    stage.write(ONE, config=config)
    assert mdorch("up", "--until-idle", "--yes").code == 0
    assert stage.process("logs", "A-1").out == f"{line}\n"


def test_a_log_that_is_turned_over_is_read_to_its_end(stage: Stage) -> None:
    log = stage.here / "log"
    tail = Tail(log)
    assert list(tail.new()) == []
    log.write_bytes(b"one\n")
    assert b"".join(tail.new()) == b"one\n"
    with log.open("ab") as file:
        file.write(b"two\n")
    log.rename(stage.here / "log.1")
    log.write_bytes(b"three\n")
    assert b"".join(tail.new()) == b"two\nthree\n"
    assert list(tail.new()) == []
    assert b"".join(Tail(log).new()) == b"one\ntwo\nthree\n"


def test_a_run_is_followed_to_its_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    go = stage.here / "go"
    event = json.dumps({"type": "text", "part": {"text": "step by step"}})
    program = stage.here.parent / "opencode"
    program.write_text(
        f"#!/bin/sh\necho {shlex.quote(event)}\nuntil test -e {go}; do sleep 0.05; done\necho bye\n"
    )
    program.chmod(0o755)
    stage.env["PATH"] = f"{program.parent}:{stage.env['PATH']}"
    stage.write(ONE, config='[agents.default]\ncli = "opencode"\nstrict = false\n[run]\nsettle = "0s"\n')
    assert HEAD in stage.text
    daemon = stage.spawn("up", "--until-idle", "--yes")
    until(lambda: list(stage.here.glob(".mdorch/runs/*/begun")))
    child = stage.spawn("logs", "A-1", "-f")
    assert child.stdout is not None
    assert child.stdout.readline() == "step by step\n"
    go.touch()
    out, _ = child.communicate(timeout=30)
    assert out.splitlines()[0] == "bye"
    daemon.communicate(timeout=30)


def test_what_was_cleared_away_is_said_to_be_gone(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE, config='[agents.default]\ncommand = ["echo", "hello"]\n[run]\nsettle = "0s"\n')
    assert mdorch("up", "--until-idle", "--yes").code == 0
    assert "hello" in mdorch("logs", "A-1").out
    shutil.rmtree(stage.here / ".mdorch" / "runs" / "A-1.1")
    said = mdorch("logs", "A-1")
    assert (said.code, said.out) == (0, "")
    assert "there no more" in said.err
