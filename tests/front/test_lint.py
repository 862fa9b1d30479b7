"""`mdorch lint` and `mdorch tables`."""

from __future__ import annotations

import json
import re

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
