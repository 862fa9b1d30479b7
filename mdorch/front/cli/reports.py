"""What `mdorch lint` found, as programs read it: GitHub Actions, SARIF 2.1.0, JUnit.

Problems are as in the JSON answer, each with its `file`; a line or a column of 0 becomes 1, for what has no
place of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from mdorch import __version__
from mdorch.front.text import clean

Problem = Mapping[str, Any]
LEVELS = {"error": "error", "warning": "warning", "info": "notice"}  # workflow commands
GRAVITY = {"error": "error", "warning": "warning", "info": "note"}  # SARIF, 3.27.10
SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def github(files: Sequence[str], found: Sequence[Problem]) -> str:  # noqa: ARG001
    """A workflow command for each; what separates its parts is escaped as the runner reads it."""
    return "".join(_command(problem) + "\n" for problem in found)


def _command(problem: Problem) -> str:
    line, column = _place(problem)
    fields = {"file": problem["file"], "line": line, "col": column, "title": problem["code"]}
    named = ",".join(f"{key}={_escaped(clean(str(value)), ':,')}" for key, value in fields.items())
    return f"::{LEVELS[problem['severity']]} {named}::{_escaped(clean(_message(problem)))}"


def _escaped(text: str, more: str = "") -> str:
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text


def sarif(files: Sequence[str], found: Sequence[Problem]) -> str:
    """One log with one run: a rule for each code that was found, a result for each problem."""
    codes = sorted({problem["code"] for problem in found})
    gravity = {problem["code"]: GRAVITY[problem["severity"]] for problem in found}
    driver = {
        "name": "mdorch",
        "version": __version__,
        "rules": [
            {
                "id": code,
                "name": code.title().replace("-", ""),
                "shortDescription": {"text": code.replace("-", " ")},
                "defaultConfiguration": {"level": gravity[code]},
            }
            for code in codes
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": _uri(file)}} for file in files],
        "results": [_result(problem, codes, files) for problem in found],
    }
    return json.dumps({"$schema": SARIF, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _result(problem: Problem, codes: Sequence[str], files: Sequence[str]) -> dict[str, Any]:
    line, column = _place(problem)
    artifact = {"uri": _uri(problem["file"]), "index": files.index(problem["file"])}
    region = {"startLine": line, "startColumn": column}
    return {
        "ruleId": problem["code"],
        "ruleIndex": codes.index(problem["code"]),
        "level": GRAVITY[problem["severity"]],
        "message": {"text": clean(_message(problem))},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
    }


def _uri(file: str) -> str:
    """A path as SARIF has it: relative as it is, absolute as a `file:` address."""
    return Path(file).as_uri() if file.startswith("/") else quote(file)


def junit(files: Sequence[str], found: Sequence[Problem]) -> str:
    """A suite for each file, a case for each problem in it; errors have failed. A file without any problem
    has one case, which passed."""
    suites = [_suite(file, [p for p in found if p["file"] == file]) for file in files]
    failed = sum(p["severity"] == "error" for p in found)
    head = f'name="mdorch lint" tests="{sum(count for count, _ in suites)}" failures="{failed}" errors="0"'
    body = "".join(text for _, text in suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {head}>\n{body}</testsuites>\n'


def _suite(file: str, found: Sequence[Problem]) -> tuple[int, str]:
    cases = [_case(problem) for problem in found] or [_opening("no problems", file, 1) + "/>\n"]
    failed = sum(p["severity"] == "error" for p in found)
    head = f'name={_attribute(file)} tests="{len(cases)}" failures="{failed}" errors="0" skipped="0"'
    return len(cases), f"  <testsuite {head}>\n{''.join(cases)}  </testsuite>\n"


def _case(problem: Problem) -> str:
    line, column = _place(problem)
    opening = _opening(f"{problem['code']} at {line}:{column}", problem["file"], line)
    place = f"{problem['file']}:{line}:{column}: {problem['code']} {_message(problem)}"
    text = escape(_printable(place))
    if problem["severity"] == "error":
        said = f"message={_attribute(problem['message'])} type={_attribute(problem['code'])}"
        inside = f"<failure {said}>{text}</failure>"
    else:
        inside = f"<system-out>{problem['severity']}: {text}</system-out>"
    return f"{opening}>{inside}</testcase>\n"


def _opening(name: str, file: str, line: int) -> str:
    file = _attribute(file)
    return f'    <testcase name={_attribute(name)} classname={file} file={file} line="{line}"'


def _attribute(text: str) -> str:
    return quoteattr(_printable(text))


def _printable(text: str) -> str:
    """Without what no XML document may hold, escaped or not (XML 1.0, 2.2)."""
    return clean(text).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


def _place(problem: Problem) -> tuple[int, int]:
    return max(problem["line"], 1), max(problem["column"], 1)


def _message(problem: Problem) -> str:
    return f"{problem['message']} ({problem['hint']})" if problem["hint"] else problem["message"]


REPORTS: Mapping[str, Callable[[Sequence[str], Sequence[Problem]], str]] = {
    "github": github,
    "sarif": sarif,
    "junit": junit,
}
