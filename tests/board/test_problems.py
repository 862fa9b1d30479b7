"""Every problem has a code that is documented, a place that is right, and a remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mdorch.board.problem import CODES, Severity, problem
from tests.board.pages import board, codes, queue

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "problems.md").read_text(encoding="utf-8")
ENTRIES = {
    found[1]: (found[2], found[3])
    for found in re.finditer(
        r"^### `([a-z0-9-]+)` · (\w+)\n(.*?)(?=^##|\Z)(?<!`````)", TEXT, re.MULTILINE | re.DOTALL
    )
}
EXAMPLES = {
    found[1]: found[2]
    for found in re.finditer(
        r"^### `([a-z0-9-]+)`(?:(?!^### `).)*?^````markdown\n(.*?)^````$", TEXT, re.MULTILINE | re.DOTALL
    )
}
WITHOUT_EXAMPLE = {
    *("invalid-utf8", "cycle", "put-back", "unknown-run", "disputed-cell", "policy-too-long"),
    # told by `plan.conflicts` and `plan.advice`, and tried there
    *("outside-scope", "parallel-conflict", "agent-file"),
    *("pattern-unmatched", "group-unmatched", "unknown-agent", "never-ends"),
    *("handoff-no-reason", "handoff-no-deliverables", "handoff-no-context", "handoff-no-artifact"),
    *("handoff-no-paths", "handoff-no-lines", "rule-1", "rule-2", "rule-4", "rule-5"),
    *("row-gone", "row-read-only", "no-column", "no-place", "block-gone", "write-refused"),
}


def test_every_code_is_documented_and_no_other() -> None:
    assert {code: severity for code, (severity, _) in ENTRIES.items()} == {
        c: k.severity for c, k in CODES.items()
    }
    assert set(EXAMPLES) == set(CODES) - WITHOUT_EXAMPLE


@pytest.mark.parametrize("code", sorted(set(CODES) - WITHOUT_EXAMPLE))
def test_the_documented_example_has_just_that_problem(code: str) -> None:
    found = board(EXAMPLES[code])
    assert set(codes(found)) == {code}
    for one in found.problems:
        assert 1 <= one.line <= EXAMPLES[code].count("\n")
        assert one.column >= 1
        assert one.message
        assert one.hint
        assert one.message[0].islower() or one.message[0] == "`"


def test_a_hint_of_its_own_replaces_the_general_one() -> None:
    assert problem("cycle", "m").hint == CODES["cycle"].hint
    assert problem("cycle", "m", hint="h").hint == "h"
    assert problem("cycle", "m").severity is Severity.ERROR


def test_places_are_characters_of_the_decoded_line() -> None:
    found = board(
        b"\xef\xbb\xbf# Task Queue\r\n|ID|Title|Status|\r\n|-|-|-|\r\n"
        b"| T-1 | \xf0\x9f\x94\xa5\xff\xe4\xbb\xbb | odd |\r\n"
    )
    assert [(p.code, p.line, p.column) for p in found.problems] == [
        ("invalid-utf8", 4, 10),
        ("unknown-status", 4, 15),
    ]


@pytest.mark.parametrize(
    "fenced",
    ["```\n<<<<<<< a\n=======\n>>>>>>> b\n```\n", "    <<<<<<< a\n    =======\n    >>>>>>> b\n"],
)
def test_conflict_markers_in_one_block_of_code_are_an_example(fenced: str) -> None:
    found = board(queue("A | a | todo") + "\n" + fenced)
    assert found.conflict_line == 0
    assert codes(found) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n", 6),
        ("```\n<<<<<<< HEAD\na\n```\n=======\nb\n```\n>>>>>>> x\n```\n", 7),
        ("=======\n<<<<<<< HEAD\n>>>>>>> x\n", 0),
        ("<<<<<<<HEAD\n=======\n>>>>>>> x\n", 0),
        ("<<<<<<< HEAD\n=======\n", 0),
    ],
)
def test_conflict_markers(text: str, line: int) -> None:
    found = board(queue("A | a | todo") + text)
    assert found.conflict_line == line
    assert ("conflict-marker" in codes(found)) is bool(line)
