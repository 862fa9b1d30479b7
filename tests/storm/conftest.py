"""How long storms are, and the table of what they showed."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

FULL = os.environ.get("MDORCH_STORM") == "full"
Figure = Callable[[str, str], None]


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Adds one line to the table at the end: what was done, and what came of it."""
    return lambda name, text: record_property("storm", f"{name}\t{text}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [r for key in ("passed", "failed") for r in terminalreporter.stats.get(key, [])]
    rows = [
        (*value.split("\t"), "" if report.passed else "FAILED")
        for report in reports
        if report.when == "call"
        for key, value in report.user_properties
        if key == "storm"
    ]
    if rows:
        terminalreporter.section("storm")
        width = max(len(row[0]) for row in rows)
        for name, text, failed in rows:
            terminalreporter.write_line(f"{name:{width}}  {text}  {failed}".rstrip())
