from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mdorch.config import trust
from mdorch.config.errors import FAILED, Trouble
from mdorch.config.settings import AgentSpec, Settings

AGENTS = {"default": AgentSpec("default", ("true",), "", 60.0, strict=False)}
SETTINGS = Settings(agents=AGENTS, source=Path("/somewhere/mdorch.toml"))


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "state"), "HOME": str(tmp_path / "home")}


def test_nothing_to_start_needs_no_approval(env: dict[str, str]) -> None:
    assert not trust.needed(Settings())
    assert trust.approved(Settings(), env)


def test_once_per_content(env: dict[str, str], tmp_path: Path) -> None:
    assert not trust.approved(SETTINGS, env)
    path = trust.approve(SETTINGS, env)
    assert trust.approved(SETTINGS, env)
    assert path.is_relative_to(tmp_path / "state" / "mdorch" / "trust")
    assert path.parent.stat().st_mode & 0o077 == 0
    record = json.loads(path.read_text())
    assert record["path"] == "/somewhere/mdorch.toml"
    assert record["commands"] == {"default": ["true"]}
    assert record["who"]
    assert record["when"].endswith("Z")
    assert not trust.approved(Settings(agents=AGENTS, source=Path("/elsewhere/mdorch.toml")), env)
    assert not trust.approved(Settings(agents=AGENTS, source=SETTINGS.source, launches_per_hour=500), env)
    trust.approve(SETTINGS, env)
    assert os.listdir(path.parent) == [path.name]


def test_a_torn_or_foreign_approval_is_none(env: dict[str, str]) -> None:
    path = trust.approve(SETTINGS, env)
    for text in ("", "[]", "{}", '{"digest": "x"}', "\x00"):
        path.write_text(text)
        assert not trust.approved(SETTINGS, env)


def test_a_relative_state_folder_is_ignored(env: dict[str, str], tmp_path: Path) -> None:
    env["XDG_STATE_HOME"] = "state"
    assert trust.approve(SETTINGS, env).is_relative_to(tmp_path / "home" / ".local" / "state")


def test_nowhere_to_keep_it(tmp_path: Path) -> None:
    assert not trust.approved(SETTINGS, {})
    with pytest.raises(Trouble, match="no home folder"):
        trust.approve(SETTINGS, {})
    (tmp_path / "file").write_text("")
    with pytest.raises(Trouble, match="could not be kept") as caught:
        trust.approve(SETTINGS, {"XDG_STATE_HOME": str(tmp_path / "file")})
    assert caught.value.exit_code == FAILED
