"""`mdorch agents`: how each agent would be started, and which programs are there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.front.stage import Mdorch, Stage

CONFIG = """
[agents.default]
cli = "claude"
model = "best"
mcp = false
[agents.tester]
command = ["./test.sh", "a b"]
[agents.gone]
command = ["no-such-program"]
"""
ROLE = "---\nname: careful-dev\ndescription: x\ntools: Read\n---\nBe careful.\n"


@pytest.fixture
def programs(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A claude that says its version, a codex that cannot, and no other; a tester."""
    folder = stage.here.parent / "programs"
    folder.mkdir()
    scripts = {folder / "claude": 'echo "2.0 (Claude)"', folder / "codex": "echo no key; exit 3"}
    for path, script in {**scripts, stage.here / "test.sh": "exit 1"}.items():
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    (folder / "package.json").write_text('{"name": "@x/claude-code", "version": "1.9"}')
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    stage.write(config=CONFIG)
    (stage.here / ".claude" / "agents").mkdir(parents=True)
    (stage.here / ".claude" / "agents" / "dev.md").write_text(ROLE)
    return stage


def answer(mdorch: Mdorch, *args: str) -> tuple[int, dict[str, Any], dict[str, Any]]:
    said = mdorch("agents", *args, "--json")
    found = json.loads(said.out)
    return said.code, *({one["name"]: one for one in found[key]} for key in ("agents", "clis"))


def test_each_agent_says_what_it_would_be_started_with(programs: Stage, mdorch: Mdorch) -> None:
    code, agents, clis = answer(mdorch)
    assert (code, list(agents)) == (0, ["default", "dev", "gone", "tester"])
    dev = agents["dev"]
    assert dev["command"][0].endswith("/programs/claude")
    assert dev["command"][dev["command"].index("--agent") :][:2] == ["--agent", "careful-dev"]
    assert "best" in dev["command"]
    assert (dev["strict"], dev["role"]) == (True, f"{programs.here}/.claude/agents/dev.md")
    assert "cannot hand off" in dev["warning"]
    assert agents["tester"]["command"] == ["./test.sh", "a b"]
    assert agents["gone"]["problem"] == "no-such-program: not found on the PATH"
    assert (clis["claude"]["version"], clis["claude"]["works"]) == ("1.9", None)
    assert (clis["gemini"]["path"], clis["gemini"]["problem"]) == (None, "gemini: not found on the PATH")
    assert clis["claude"]["resumes"]
    assert not clis["codex"]["priced"]


def test_check_asks_the_known_programs_and_no_command(programs: Stage, mdorch: Mdorch) -> None:
    (programs.here / "test.sh").write_text("#!/bin/sh\ntouch was-run\n")
    code, _, clis = answer(mdorch, "check")
    assert code == 1, "gone is not there"
    assert (clis["claude"]["version"], clis["claude"]["works"]) == ("2.0 (Claude)", True)
    assert (clis["codex"]["problem"], clis["codex"]["works"]) == ("exit 3: no key", False)
    assert not (programs.here / "was-run").exists()
    programs.write(config='[agents.default]\ncli = "claude"\n')
    assert answer(mdorch, "check")[0] == 0


def test_a_broken_role_is_told_and_holds_its_tasks(programs: Stage, mdorch: Mdorch) -> None:
    (programs.here / ".claude" / "agents" / "dev.md").write_text("---\nname: dev\n---\n")
    _, agents, _ = answer(mdorch)
    assert "dev.md:1: its front matter has no description" in agents["dev"]["problem"]
    said = mdorch("why", "A-2")
    assert "cannot start" in said.out
    assert "dev.md:1: its front matter has no description" in said.out
    assert mdorch("lint").code == 1
    assert "agent-file" in mdorch("lint").out
    assert "dev.md:1" in mdorch("agents").out


def test_what_each_agent_is_given_is_told(
    programs: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs.write(config=CONFIG.replace("mcp = false\n", ""))
    _, agents, clis = answer(mdorch)
    assert agents.pop("dev")["warning"] == "", "its role may read alone, but has our tools"
    given = {name: (agent["mcp"], agent["stop_hook"]) for name, agent in agents.items()}
    assert given == {"default": (True, True), "gone": (False, False), "tester": (False, False)}
    assert [name for name, cli in clis.items() if cli["mcp"]] == ["claude", "codex"]
    assert [name for name, cli in clis.items() if cli["stop_hook"]] == ["claude"]
    assert "or by the tools `handoff` and `ask`" in mdorch("prompt", "A-2").out
    assert "by the tools" not in mdorch("prompt", "A-3").out
    assert "given the tools of mdorch and a stop hook" in mdorch("health", "--verbose").out
    monkeypatch.setattr("mdorch.desk.given.is_installed", lambda: False)
    _, agents, _ = answer(mdorch)
    assert (agents["default"]["mcp"], agents["default"]["stop_hook"]) == (False, True)
    assert "pip install 'mdorch[mcp]'" in agents["default"]["warning"]
    (programs.here / ".claude" / "agents" / "dev.md").unlink()
    assert mdorch("agents").out.count("pip install 'mdorch[mcp]'") == 1
    assert "2 agents: it has no tools of mdorch" in mdorch("agents").out
    assert not any("mcp__mdorch" in word for word in agents["default"]["command"])
    assert "by the tools" not in mdorch("prompt", "A-2").out
    programs.write(config=CONFIG.replace("mcp = false", "mcp = false\nstop_hook = false"))
    _, agents, _ = answer(mdorch)
    assert (agents["default"]["warning"], agents["default"]["stop_hook"]) == ("", False)
    assert "--settings" not in agents["default"]["command"]


def test_for_people(programs: Stage, mdorch: Mdorch) -> None:
    out = mdorch("agents").out
    for said in ("any other name", "careful-dev", "not installed", "tells cost", "cannot hand off"):
        assert said in out


def test_an_agent_may_look_but_not_start_anything(
    programs: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MDORCH_RUN", "A-1.1")
    assert mdorch("agents").code == 0
    assert mdorch("agents", "check").code == 3
