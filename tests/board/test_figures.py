"""Metrics on the page: which places are theirs, and that nothing else is ever written."""

from __future__ import annotations

import pytest

from mdorch.board.figures import is_ours, places, write_figures
from mdorch.board.read import read

FIGURES = {
    "task_completion_rate": "40%",
    "parallel_efficiency": "2.5x",
    "average_task_duration": "12 min",
    "ann/tasks": "3",
    "ann/success_rate": "100%",
    "ann/average_duration": "9 min",
}
TASKS = "## Task Queue\n\n| ID | Task | Status |\n|---|---|---|\n| A-1 | a | Waiting |\n\n"


AGENTS = """\
### By agent

| Agent | Tasks | Success Rate | Avg Time | Best For |
|---|---|---|---|---|
"""


def after(section: str, last: dict[str, str] | None = None) -> str:
    before, rest = f"# P\n\n{TASKS}", "\n## Notes\n\nMine: 0%\n- Task completion rate: -\n"
    text = write_figures(read((before + section + rest).encode()), FIGURES, last or {}).decode()
    assert text.startswith(before)
    assert text.endswith(rest)
    return text[len(before) : -len(rest)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("| Metric | Value |\n|---|---|\n| Task Completion Rate | - |\n", "| Task Completion Rate | 40% |"),
        ("| Metric | Value |\n|---|---|\n| **Task Completion Rate** | **0%** |\n", "| **40%** |"),
        (
            "| Metric | Target | Current |\n|---|---|---|\n| Parallel efficiency | 3x | TBD |\n",
            "| 3x | 2.5x |",
        ),
        ("- **Task completion rate**: TBD\n- Other: -\n", "- **Task completion rate**: 40%\n- Other: -\n"),
        ("* Avg task duration: 0\n", "* Avg task duration: 12 min\n"),
        (
            AGENTS + "| `ann` | - | - | - | maps |\n| ben | - | - | - | - |\n",
            "| `ann` | 3 | 100% | 9 min | maps |\n| ben | - | - | - | - |\n",
        ),
    ],
)
def test_places_that_say_nothing_are_written(old: str, new: str) -> None:
    assert new in after(f"## 📈 Success Metrics (now)\n\n{old}")


@pytest.mark.parametrize(
    "section",
    [
        "## Success Metrics\n\n| Metric | Value |\n|---|---|\n| Task completion rate | 12% |\n",  # typed
        "## Success Metrics\n\n| Metric | Target | Owner |\n|---|---|---|\n| Completion rate | - | - |\n",
        "## Success Metrics\n\n```\n| Metric | Value |\n|---|---|\n| Task completion rate | - |\n```\n",
        "## Success Metrics\n\n- [ ] Task completion rate > 80%\n",
        "## Quality\n\n| Metric | Value |\n|---|---|\n| Task completion rate | - |\n",
        "## Success Metrics\n\nTask completion rate: -\n",
        "## Success Metrics\n\n| Agent | Tasks | Best For |\n|---|---|---|\n| ann | 5 | maps |\n",
    ],
)
def test_everything_else_stays(section: str) -> None:
    assert after(section) == section


def test_what_was_written_last_is_written_again_and_what_somebody_typed_since_is_not() -> None:
    section = "## Success Metrics\n\n- Task completion rate: 20%\n- Parallel efficiency: 9.9x\n"
    last = {"task_completion_rate": "20%", "parallel_efficiency": "1.0x"}
    assert after(section, last) == section.replace("20%", "40%")


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        *(
            ("", 1),
            ("-", 1),
            ("—", 1),
            ("N/A", 1),
            ("tbd", 1),
            ("0", 1),
            ("0%", 1),
            ("0.0x", 1),
            ("0 min", 1),
        ),
        *(("1%", 0), ("10", 0), ("good", 0), ("0 of 3", 0), ("~0%", 0)),
    ],
)
def test_what_says_nothing(text: str, ours: int) -> None:
    page = f"## Success Metrics\n\n| Metric | Value |\n|---|---|\n| Blocked ratio | {text} |\n"
    found = list(places(read(page.encode())))
    assert [is_ours(place, {}) for place in found] == [bool(ours)]
