from __future__ import annotations

from pathlib import Path

import pytest

from mdorch.facts import End
from mdorch.world.agents import Adapter
from mdorch.world.agents.command import Command
from mdorch.world.runs import Exit


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    for name, mode in (("good", 0o755), ("plain", 0o644), ("bin/agent", 0o755), ("bin/dull", 0o644)):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(mode)
    return tmp_path


@pytest.mark.parametrize(
    ("word", "path"), [("./good", "./good"), ("agent", "bin/agent"), ("bin/agent", "bin/agent")]
)
def test_a_program_is_found_from_the_working_directory(place: Path, word: str, path: str) -> None:
    found = Command([word, "-p"]).find({"PATH": "/none:bin"}, str(place))
    assert (found.path, found.problem) == (f"{place}/{path}", "")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["nobody"], "nobody: not found on the PATH"),
        (["./nobody"], "./nobody: not found"),
        (["./plain"], "./plain: not executable"),
        (["./bin"], "./bin: not executable"),
        (["dull"], "dull: not executable"),
        ([], "the command is empty"),
        ([""], "the command is empty"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(place: Path, words: list[str], problem: str) -> None:
    found = Command(words).find({"PATH": "/none:bin"}, str(place))
    assert (found.path, found.problem) == ("", problem)


def test_a_command_is_taken_as_it_is() -> None:
    adapter: Adapter = Command(("agent", "a b", "$X"))
    result = Exit(End.EXIT, 0)
    assert adapter.argv() == ["agent", "a b", "$X"]
    assert adapter.env({"A": "b"}) == {"A": "b"}
    assert adapter.ended(result, Path(), has_handoff=False) is result
