"""What the agent files of a hostile repository can and cannot do (docs/security.md): a role is words, or it
is a problem; never a path, an option or a wait without end."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace as replaced
from pathlib import Path

import pytest

from mdorch.config.settings import AgentSpec
from mdorch.desk.agents import agents_answer
from mdorch.desk.look import look
from mdorch.front.cli.main import run as command
from mdorch.frozen import replace
from tests.daemon.stage import Stage
from tests.daemon.test_red_team import TRICKS, told, witness
from tests.world.repo import make_repository

FINE = "---\nname: {name}\ndescription: d\n---\nBe good.\n"
EVIL = "\x1b]0;x\x07$(touch {proof}) `touch {proof}`\u202e\x00'; touch {proof} #\"\n--settings=/x\n"

# By what is tried: a file that is no role, and the reason that is given.
BROKEN = {
    "no front matter": ("Be evil.\n", "does not begin with front matter"),
    "not closed": ("---\nname: dev\ndescription: d\n", "is not closed"),
    "a path": (FINE.format(name="../../outside"), "is no name for an agent"),
    "an absolute path": (FINE.format(name="/etc/passwd"), "is no name for an agent"),
    "an option": (FINE.format(name="--dangerously-skip-permissions"), "is no name for an agent"),
    "escapes": (FINE.format(name="a\x1b[31mb"), "is no name for an agent"),
    "a shell": (FINE.format(name="$(touch {proof})"), "is no name for an agent"),
    "several lines": (FINE.format(name="|\n  dev\n  --settings"), "is no name for an agent"),
    "a megabyte": (FINE.format(name="dev") + "x" * 1_000_000, "larger than 200 KB"),
    "a number without end": (
        FINE.format(name="dev").replace("d\n", f"d\nmaxTurns: {'9' * 9000}\n"),
        "is no number",
    ),
    "quotes without end": (FINE.format(name="'" + "''" * 40_000), "quotes are not closed"),
    "keys without end": (FINE.format(name="dev\n" + "a" * 150_000), "is no `key: value`"),
}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A claude that writes down how it was started; everything else is as mdorch makes it."""
    folder, programs = tmp_path / "project", tmp_path / "programs"
    (folder / ".claude" / "agents").mkdir(parents=True)
    programs.mkdir()
    done = json.dumps({"type": "result", "subtype": "success", "is_error": False, "result": "done"})
    script = f"#!/bin/sh\n{sys.executable} -I -S {witness(tmp_path)} \"$@\"\necho '{done}'\n"
    (programs / "claude").write_text(script)
    (programs / "claude").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    made = Stage(folder, "| A-1 | do it | dev | None | Waiting | |\n", attempts=1, fix_tasks=False)
    spec = AgentSpec("default", ("claude",), "claude", 30.0, strict=False, stop_hook=True)
    made.settings.agents["default"] = spec  # type: ignore[index]
    return made


def role(stage: Stage, text: str, name: str = "dev") -> Path:
    path = stage.folder / ".claude" / "agents" / f"{name}.md"
    path.write_text(text)
    return path


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_role_that_is_none_is_a_problem_and_starts_nothing(
    tmp_path: Path, stage: Stage, text: tuple[str, str]
) -> None:
    role(stage, text[0])
    stage.until_idle()
    assert told(tmp_path) == []
    assert stage.status("A-1") == "waiting"
    found = look(stage.site, 0.0)
    (problem,) = [p.message for p in found.plan.problems if p.code == "agent-file"]
    assert text[1] in problem
    assert len(problem) < 400


def test_a_link_to_a_device_or_to_a_secret_is_no_role(tmp_path: Path, stage: Stage) -> None:
    path = stage.folder / ".claude" / "agents" / "dev.md"
    secret = tmp_path / "secret"
    secret.write_text("hunter2\nhunter2\n")
    os.mkfifo(tmp_path / "silent")
    for target in ("/dev/zero", "/dev/tty", str(tmp_path / "silent"), str(tmp_path), str(secret)):
        path.symlink_to(target)
        stage.until_idle()
        (problem,) = [p for p in look(stage.site, 0.0).plan.problems if p.code == "agent-file"]
        assert "hunter2" not in problem.message + problem.hint
        path.unlink()
    assert told(tmp_path) == []


@pytest.mark.parametrize("alone", [False, True])
def test_what_a_role_says_is_one_argument_at_most(tmp_path: Path, stage: Stage, alone: bool) -> None:
    """`alone`: it is not committed, and so told to the program in its own words."""
    evil = EVIL.format(proof=tmp_path / "proof")
    head = "name: Dev\ndescription: --evil {x}\nmodel: --model\ntools: --settings, Bash\nhooks: evil\n"
    text = f"---\n{head}mcpServers: evil\n---\n{evil}"
    if alone:
        make_repository(
            stage.folder, CLAUDE_md=stage.page.read_text(), **{".gitignore": ".mdorch\n.claude\n"}
        )
        spec = replace(stage.settings.agents["default"], isolated=True)
        stage.settings.agents["default"] = spec  # type: ignore[index]
    role(stage, text)
    around = [*sorted(os.listdir(tmp_path)), "told"]
    stage.until_idle()
    (found,) = told(tmp_path)
    argv = list(found["argv"])
    at = argv.index("--agent")
    assert argv[at + 1] == "Dev"
    if alone:
        said: Mapping[str, object] = json.loads(argv.pop(argv.index("--agents") + 1))["Dev"]
        assert set(said) == {"description", "prompt", "tools", "model"}
        assert evil.strip() == said["prompt"]
        argv.remove("--agents")
    options = [word for word in argv if word.startswith("-")]
    assert options == [
        *("-p", "--output-format", "--verbose", "--permission-mode", "--allowedTools", "--disallowedTools"),
        *("--strict-mcp-config", "--settings", "--agent"),
    ]
    assert "evil" not in " ".join(argv)
    assert sorted(os.listdir(tmp_path)) == sorted(around)


def test_names_of_files_are_names_wherever_they_are_shown(
    tmp_path: Path, stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["--settings", "a\x1b[31m\nb", "$(touch proof)", "..", "x" * 200, "\u202egnp", "-", "a b"]
    for name in names:
        role(stage, FINE.format(name="dev"), name)
    rows = "".join(f"| B-{n} | do it | {name} | None | Waiting | |\n" for n, name in enumerate(names[2:]))
    stage.page.write_text(stage.page.read_text() + rows)
    (stage.folder / "mdorch.toml").write_text('[agents.default]\ncli = "claude"\n')
    answer = agents_answer(look(stage.site, 0.0), os.environ)
    commands = [agent["command"] for agent in answer["agents"]]
    assert len(commands) >= len(names)
    assert all(argv[argv.index("--agent") + 1] == "dev" for argv in commands if "--agent" in argv)
    for words in (["agents"], ["status"], ["plan"], ["lint"], ["why", "B-0"]):
        command([*words, "--page", str(stage.page)])
    out = "".join(capsys.readouterr())
    assert "\x1b" not in out
    assert "\u202e" not in out
    stage.until_idle()
    assert all(one["cwd"] == str(stage.folder) for one in told(tmp_path))
    assert not (stage.folder / "proof").exists()


def test_no_word_of_a_page_is_in_the_command_line_of_a_known_program(tmp_path: Path, stage: Stage) -> None:
    """Also not with the tools and the hook that its start is given."""
    proof = str(tmp_path / "proof")
    words = [trick.replace("{proof}", proof).replace("{name}", "proof") for trick in TRICKS]
    rows = "".join(
        f"| {word if n % 2 else f'B-{n}'} | do {word} | {word if n % 3 else 'dev'} | None | Waiting | |\n"
        for n, word in enumerate(words)
    )
    stage.page.write_text(stage.page.read_text() + rows)
    spec = replace(stage.settings.agents["default"], mcp=True)
    settings = replace(stage.settings, agents={"default": spec}, max_parallel=30, launches_per_hour=100)
    stage.site = replaced(stage.site, settings=settings)
    around = [*sorted(os.listdir(tmp_path)), "told"]
    stage.until_idle()
    found = told(tmp_path)
    assert len(found) >= len(words) - 8, "ids and agents that are none do not start"
    assert len({tuple(one["argv"]) for one in found}) == 1
    assert "mcp__mdorch" in " ".join(found[0]["argv"])
    assert sorted(os.listdir(tmp_path)) == sorted(around)
