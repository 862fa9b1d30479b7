"""`mdorch lint` and `mdorch tables`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import jsonschema

from tests.front.stage import HEAD, Mdorch, Stage
from tests.front.test_look import CHAIN, full

__all__ = ["full"]  # the fixture


def test_lint_tells_place_code_and_remedy(full: Stage, mdorch: Mdorch) -> None:
    said = mdorch("lint")
    assert said.code == 1
    assert re.fullmatch(r"CLAUDE\.md:21:\d+: unresolved-requirement .*moon.*\(error: .+\)\n", said.out)
    assert said.err == "1 error\n"
    github = mdorch("lint", "--format", "github")
    assert re.match(r"::error file=CLAUDE\.md,line=21,col=\d+,title=unresolved-requirement::", github.out)
    assert json.loads(mdorch("lint", "--format", "json").out) == json.loads(mdorch("lint", "--json").out)
    assert full.page.exists()


def test_lint_of_cycles_and_of_several_files(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(CHAIN)
    fine = stage.here / "fine.md"
    fine.write_text(HEAD + "| A-1 | a | dev | None | Waiting | | |\n")
    other = stage.here / "notes" / "b.md"
    other.parent.mkdir()
    other.write_text("# no queue\n")
    assert mdorch("lint").code == 1
    assert mdorch("lint", "fine.md").code == 0
    said = mdorch("lint", "fine.md", "CLAUDE.md", "notes/b.md")
    assert said.code == 1
    assert [line.split(": ")[1].split()[0] for line in said.out.splitlines()] == ["cycle", "no-task-queue"]
    assert not (other.parent / ".mdorch").exists()


def test_lint_escapes_what_separates_the_parts_of_a_workflow_command(stage: Stage, mdorch: Mdorch) -> None:
    stage.write("| A-1 | a | dev | 100% odd: a,b::c | Waiting | | |\n")
    odd = stage.here / "a,b:c.md"
    odd.write_text(stage.text)
    lines = mdorch("lint", "--format", "github", str(odd)).out.splitlines()
    assert lines
    assert all("file=a%2Cb%3Ac.md," in line for line in lines)
    assert "100%25 odd" in lines[0]


def test_tables_as_the_daemon_sees_them(stage: Stage, mdorch: Mdorch) -> None:
    stage.page.write_text(
        "| a | b |\n|---|---|\n| 1 |\n| **x \\| y** | 2 | 3 |\n\n```\n| no | no |\n|---|---|\n```\n\n"
        "## Task Queue\n\n| ID | Status |\n|---|---|\n| T-1 | Done |\n"
    )
    assert json.loads(mdorch("tables", "--json").out) == [
        {"line": 1, "section": None, "header": ["a", "b"], "rows": [["1", ""], ["**x | y**", "2"]]},
        {"line": 13, "section": "Task Queue", "header": ["ID", "Status"], "rows": [["T-1", "Done"]]},
    ]
    assert mdorch("tables", str(stage.page)).out == mdorch("tables").out
    stage.page.write_text("no table")
    assert (mdorch("tables").out, mdorch("tables").err) == ("", "no live tables\n")


def test_bytes_that_are_not_utf8_are_answered_as_any_reader_would(stage: Stage, mdorch: Mdorch) -> None:
    stage.page.write_bytes(b"| a |\n|---|\n| x\xe2\x82y\xff |\n")
    assert json.loads(mdorch("tables", "--json").out)[0]["rows"] == [["x\ufffdy\ufffd"]]


# Of the schema of SARIF 2.1.0, what its readers rely on: nothing left out, misspelt or in another place.
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
URI = r"^[!#-\[\]_a-z~]+$"
LEVEL = {"enum": ["none", "note", "warning", "error"]}
PLACE = {
    "type": "object",
    "required": ["artifactLocation", "region"],
    "additionalProperties": False,
    "properties": {
        "artifactLocation": {
            "type": "object",
            "required": ["uri"],
            "additionalProperties": False,
            "properties": {
                "uri": {"type": "string", "pattern": r"^[!#-\[\]_a-z~]+$"},
                "index": {"minimum": 0},
            },
        },
        "region": {
            "type": "object",
            "required": ["startLine"],
            "additionalProperties": False,
            "properties": {name: {"type": "integer", "minimum": 1} for name in ("startLine", "startColumn")},
        },
    },
}
RESULT = {
    "type": "object",
    "required": ["message", "ruleId", "locations"],
    "additionalProperties": False,
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": LEVEL,
        "message": TEXT,
        "locations": {"items": {"required": ["physicalLocation"], "properties": {"physicalLocation": PLACE}}},
    },
}
RULE = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "shortDescription": TEXT,
        "defaultConfiguration": {"properties": {"level": LEVEL}},
    },
}
DRIVER = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {"name": {"type": "string"}, "version": {}, "rules": {"items": RULE, "uniqueItems": True}},
}
RUN = {
    "type": "object",
    "required": ["tool", "results"],
    "additionalProperties": False,
    "properties": {
        "tool": {"required": ["driver"], "properties": {"driver": DRIVER}},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "artifacts": {"type": "array"},
        "results": {"type": "array", "items": RESULT},
    },
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {"$schema": {"format": "uri"}, "version": {"const": "2.1.0"}, "runs": {"items": RUN}},
}
HOSTILE = '| A-1 | a | dev | the <b>\x1b\ufffe]]>"moon | Waiting | | |\n| A-2 | a | dev | None | odd? | | |\n'


def three(stage: Stage) -> list[str]:
    """A page with two errors, one without a problem, and one with a name that needs escapes."""
    stage.write(HOSTILE)
    (stage.here / "fine.md").write_text(HEAD + "| A-1 | a | dev | None | Waiting | | |\n")
    (stage.here / 'a "b"&c ü.md').write_text("# no queue\n")
    return ["CLAUDE.md", "fine.md", 'a "b"&c ü.md', "./CLAUDE.md"]


def test_lint_as_sarif(stage: Stage, mdorch: Mdorch) -> None:
    files = three(stage)
    said = mdorch("lint", "--format", "sarif", *files)
    assert said.code == 1
    log = json.loads(said.out)
    jsonschema.validate(log, SARIF)
    (run,) = log["runs"]
    problems = json.loads(mdorch("lint", "--json", *files).out)["problems"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [p["code"] for p in problems]
    assert [artifact["location"]["uri"] for artifact in run["artifacts"]] == [
        "CLAUDE.md",
        "fine.md",
        "a%20%22b%22%26c%20%C3%BC.md",
    ]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert (place["region"]["startLine"], place["region"]["startColumn"]) == (
        problems[0]["line"],
        problems[0]["column"],
    )
    assert json.loads(mdorch("lint", "--format", "sarif", "fine.md").out)["runs"][0]["results"] == []


def test_lint_as_junit(stage: Stage, mdorch: Mdorch) -> None:
    files = three(stage)
    said = mdorch("lint", "--format", "junit", *files)
    assert said.code == 1
    root = ElementTree.fromstring(said.out)
    suites = [(s.get("name"), s.get("tests"), s.get("failures")) for s in root]
    assert suites == [("CLAUDE.md", "2", "2"), ("fine.md", "1", "0"), ('a "b"&c ü.md', "1", "1")]
    assert (root.get("tests"), root.get("failures")) == ("4", "3")
    failures = root.findall("testsuite/testcase/failure")
    assert [f.get("type") for f in failures] == ["unresolved-requirement", "unknown-status", "no-task-queue"]
    assert "\x1b" not in said.out
    assert '<b>\ufffd\ufffd]]>"moon' in (failures[0].text or "")


def test_the_pre_commit_hook_names_a_command_that_there_is(stage: Stage, mdorch: Mdorch) -> None:
    text = (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text()
    hook = dict(line.strip("- ").split(": ", 1) for line in text.splitlines())
    assert hook["id"] == "mdorch-lint"
    three(stage)
    program, *args = hook["entry"].split()
    assert program == "mdorch"
    names = ["CLAUDE.md", "docs/CLAUDE.md", "OLD-CLAUDE.md", "CLAUDE.md.orig"]
    assert [name for name in names if re.search(hook["files"], name)] == names[:2]
    assert mdorch(*args, "CLAUDE.md").code == 1
    assert mdorch(*args, "fine.md").code == 0
