"""`schemas/`: as generated from the models, and true of what commands really answer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from mdorch.config.model import Configuration
from mdorch.desk.answers import ANSWERS
from mdorch.desk.schemas import FOLDER, main, schemas, stale
from mdorch.front.cli.app import COMMANDS, mdorch
from tests.front.stage import ROWS, TRUE, Stage, make_stage

MORE = """\
| A-4 | Choose the storage | dev | A-1 | Blocked | high | no key |
| A-5 | Odd | dev | the moon, A-6 | Sleeping | high | |
| A-6 | One | dev | A-7 | Waiting | low | a `|` too many |
| A-7 | Other | dev | A-6 | Waiting | low | |
| A-7 | Other | dev | A-6 | Waiting | low | |

## Agent Handoff Signal

**From**: dev
**To**: human
**Task**: A-4
**Status**: BLOCKED

### Questions
- Which storage?
"""


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """A page that was worked on: every kind of row, run, problem, handoff and note."""
    with pytest.MonkeyPatch.context() as patch:
        stage = make_stage(tmp_path_factory.mktemp("schemas"), patch)
        stage.write(ROWS, config=TRUE, more=MORE)
        (stage.here / "TODO.md").write_text("- [ ] Sweep the floor\n- [x] Open the door\n")
        stage.process("up", "--until-idle", "--yes")
        stage.process("set", "A-3", "status=in review")
        stage.process("pause", "for the test")
    return stage


def answers_of(stage: Stage, name: str) -> list[str]:
    tasks = [[t] for t in ("A-1", "A-2", "A-3", "A-4", "A-5", "A-6")]
    calls = {
        "why": tasks,
        "deps": tasks,
        "show": tasks,
        "history": [[], ["A-2"], ["--versions"]],
        "add": [["new"]],
        "import": [["TODO.md", "--dry-run"], ["TODO.md"], ["TODO.md"]],
    }.get(name, [[]])
    return [stage.process(name, *args, "--json").out for args in calls]


def test_the_committed_schemas_are_those_of_the_models() -> None:
    assert stale(FOLDER) == []


def test_every_command_with_an_answer_has_a_schema() -> None:
    import click

    names = [name for section in COMMANDS.values() for name in section]
    found = {name: mdorch.get_command(click.Context(mdorch), name) for name in names}
    answering = {n for n, c in found.items() if c is not None and any("--json" in p.opts for p in c.params)}
    assert answering == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_real_answers_are_what_the_schemas_say(worked: Stage, name: str) -> None:
    for text in answers_of(worked, name):
        ANSWERS[name].model_validate_json(text, strict=True)


def test_the_models_are_held_strictly(worked: Stage) -> None:
    """Tried on planted lies: a missing key, one too many, another type, an unknown word."""
    right = json.loads(worked.process("status", "--json").out)
    task = right["tasks"][0]
    lies: list[dict[str, object]] = [
        {k: v for k, v in right.items() if k != "needs"},
        {**right, "more": 1},
        {**right, "paused": "yes"},
        {**right, "tasks": [{**task, "status": "sleeping"}]},
        {**right, "tasks": [{**task, "line": "13"}]},
        {**right, "done": [{"task": "A-1", "at": "yesterday"}]},
    ]
    for lie in lies:
        with pytest.raises(ValidationError):
            ANSWERS["status"].model_validate_json(json.dumps(lie), strict=True)


@pytest.mark.parametrize("name", [*ANSWERS, "mdorch.toml"])
def test_schemas_are_whole(name: str) -> None:
    """Valid JSON in which every reference leads somewhere."""
    models: dict[str, type[BaseModel]] = {**ANSWERS, "mdorch.toml": Configuration}
    text = schemas()[f"{name}.json"]
    schema = json.loads(text)
    assert schema["$schema"].endswith("2020-12/schema")
    assert {ref.rpartition("/")[2] for ref in re.findall(r'"\$ref": "([^"]+)"', text)} <= set(
        schema.get("$defs", ())
    )
    assert set(models) >= {name}


def test_checking_tells_what_is_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0
    (tmp_path / "status.json").write_text("{}")
    (tmp_path / "old.json").write_text("{}")
    (tmp_path / "plan.json").unlink()
    assert main(["--check", str(tmp_path)]) == 1
    assert re.findall(r"(\w+)\.json: stale", capsys.readouterr().err) == ["old", "plan", "status"]
    assert main([str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0
