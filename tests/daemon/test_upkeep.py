"""The page's upkeep by a real daemon: completions are listed, handoffs leave; nothing is lost on the way."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from mdorch.board.read import read
from mdorch.config.settings import Settings
from mdorch.daemon.finished import finished_in, note_finished
from mdorch.daemon.gauges import matters
from mdorch.facts import Seen
from mdorch.world.journal import Journal
from tests.daemon.stage import Stage

LISTS = """
## Recent Completions

- ✅ **[Week 1]** ann: Drew the map
- ✅ **[Week 1]** ben: Bought the boots

## Notes

Mine.
"""
ROWS = "| A-1 | Build it | dev | None | Waiting | |\n| A-2 | Test it | tester | A-1 | Waiting | |\n"
HANDOFF = "handoff()"


def archive(stage: Stage) -> str:
    path = stage.page.with_name("CLAUDE.archive.md")
    return path.read_text() if path.exists() else ""


def listed(stage: Stage) -> list[str]:
    return [line for line in stage.page.read_text().splitlines() if line.startswith("- ✅")]


def test_completed_tasks_are_listed_newest_first(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ROWS + LISTS, completions=5)
    assert stage.until_idle().code == 0
    assert listed(stage) == [
        "- ✅ **[A-2]** tester: Test it",
        "- ✅ **[A-1]** dev: Build it",
        "- ✅ **[Week 1]** ann: Drew the map",
        "- ✅ **[Week 1]** ben: Bought the boots",
    ]
    before = stage.page.read_bytes()
    assert stage.until_idle().code == 0
    assert stage.page.read_bytes() == before


def test_what_a_person_completes_is_listed_too_and_what_was_complete_is_not(tmp_path: Path) -> None:
    rows = "| A-1 | Build it | human | None | In Progress | |\n| A-2 | Old | dev | None | Complete | |\n"
    stage = Stage(tmp_path, rows + LISTS, completions=5)
    with stage.running():
        stage.wait(lambda: bool(stage.site.dot.joinpath("versions").exists()), "never looked")
        stage.replace("In Progress", "Complete")
        stage.wait(lambda: len(listed(stage)) == 3, "never listed")
    assert listed(stage)[0] == "- ✅ **[A-1]** human: Build it"


def test_as_many_entries_stay_as_are_set_and_the_others_are_archived(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ROWS + LISTS, completions=3)
    stage.until_idle()
    assert [line.split("** ")[1].split()[0] for line in listed(stage)] == ["tester:", "dev:", "ann:"]
    assert "- ✅ **[Week 1]** ben: Bought the boots" in archive(stage)


def test_a_page_without_the_section_is_left_alone(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ROWS)
    stage.until_idle()
    assert "Build it" not in stage.page.read_text().partition("| A-2 |")[2]


def test_taken_handoffs_leave_once_nothing_open_needs_them(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ROWS + "| A-3 | Later | dev | A-2 | On Hold | |\n", HANDOFF, archive_after=0.0)
    stage.until_idle()
    text = stage.page.read_text()
    assert "mdorch: taken A-1.1 " in archive(stage)
    assert "**Task**: A-1\n" not in text
    assert "mdorch: taken A-2.1 " in text  # A-3 may start yet, and will be given it
    assert "**Task**: A-2\n" not in archive(stage)
    stage.replace("| A-2 | On Hold |", "| A-2 | Complete |")
    stage.until_idle()
    assert "Agent Handoff Signal" not in stage.page.read_text()
    assert archive(stage).count("## Agent Handoff Signal") == 2
    assert stage.page.read_text().endswith("| A-3 | Later | dev | A-2 | Complete | |\n")


def test_they_stay_for_the_time_that_is_set_however_large_the_page_is(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ROWS, HANDOFF)
    stage.until_idle()
    assert stage.page.read_text().count("mdorch: taken") == 2
    stage.page.write_text(stage.page.read_text() + "\n## Notes\n\n" + "words and words\n" * 2000)
    stage.until_idle()
    assert stage.page.read_text().count("mdorch: taken") == 2


def test_completions_are_left_alone_where_nobody_asked_for_them(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ROWS + LISTS)
    stage.until_idle()
    assert stage.page.read_text().endswith(LISTS)


def test_a_task_that_is_added_later_is_told_what_left(tmp_path: Path) -> None:
    script = 'handoff(more="- from " + task); (here / ("prompt-" + task)).write_text(prompt)'
    stage = Stage(tmp_path, "| A-1 | Build it | dev | None | Waiting | |\n", script, archive_after=0.0)
    stage.until_idle()
    assert "Agent Handoff Signal" not in stage.page.read_text()
    stage.page.write_text(stage.page.read_text() + "| A-2 | Test it | dev | A-1 | Waiting | |\n")
    stage.until_idle()
    assert "- from A-1" in (tmp_path / "prompt-A-2").read_text()


def test_nothing_leaves_where_that_is_switched_off(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ROWS, HANDOFF, archive_after=0.0, archive=False)
    stage.until_idle()
    assert archive(stage) == ""


def test_an_old_buffer_that_brings_them_back_is_undone(tmp_path: Path) -> None:
    """Both a save of the page as it was before the handoffs left, and one that adds them again."""
    stage = Stage(tmp_path, ROWS, HANDOFF, archive_after=3600.0)
    stage.until_idle()
    with_blocks = stage.page.read_text()
    fast = Stage.__new__(Stage)
    fast.__dict__.update(stage.__dict__)
    fast.settings = type(stage.settings)(**{**_values(stage), "archive_after": 0.0})
    fast.site = type(stage.site)(stage.page, fast.settings)
    fast.until_idle()
    assert "mdorch: taken" not in stage.page.read_text()
    stage.page.write_text(with_blocks)
    fast.until_idle()
    assert "mdorch: taken" not in stage.page.read_text()
    unmarked = "\n".join(line for line in with_blocks.split("\n") if "mdorch: taken" not in line)
    stage.page.write_text(unmarked)
    fast.until_idle()
    assert "**Task**" not in stage.page.read_text()
    assert stage.starts() == ["A-1.1", "A-2.1"]
    assert archive(stage).count("## Agent Handoff Signal") == 2


def _values(stage: Stage) -> dict[str, object]:
    return {name: getattr(stage.settings, name) for name in stage.settings.__slots__}


@pytest.mark.parametrize("point", ["shelf.kept", "upkeep.begun", "upkeep.written"])
def test_a_crash_in_between_is_finished_by_the_next_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    stage = Stage(tmp_path, ROWS + LISTS, HANDOFF, archive_after=0.0, completions=5)
    visited = []

    class Dead(BaseException):
        pass

    def die(name: str) -> None:
        if name == point and not visited:
            visited.append(name)
            raise Dead

    for module in ("mdorch.daemon.clerk", "mdorch.world.shelf"):
        monkeypatch.setattr(f"{module}.crash_point", die)
    with pytest.raises(Dead):
        stage.until_idle()
    assert visited
    text = stage.page.read_text() + archive(stage)
    assert "**Task**: A-1\n" in text
    assert stage.until_idle().code == 0
    assert archive(stage).count("## Agent Handoff Signal") == 2
    assert "Agent Handoff Signal" not in stage.page.read_text()
    assert len(listed(stage)) == 4
    assert stage.starts() == ["A-1.1", "A-2.1"]


METRICS = """
## Success Metrics

| Metric | Value |
|---|---|
| Task completion rate | - |
| Handoff success rate | - |
| Blocked task ratio | mine |

| Agent | Tasks | Success Rate |
|---|---|---|
| dev | 0 | 0% |
"""


def test_metrics_are_written_where_they_stand_and_rarely(tmp_path: Path) -> None:
    rows = "".join(f"| A-{n} | Build | dev | None | Waiting | |\n" for n in range(1, 9))
    stage = Stage(tmp_path, rows + METRICS, HANDOFF, max_parallel=1)
    assert stage.until_idle().code == 0
    text = stage.page.read_text()
    assert "| Task completion rate | 100% |" in text
    assert "| Handoff success rate | 100% |" in text
    assert "| Blocked task ratio | mine |" in text
    assert "| dev | 8 | 100% |" in text
    assert sum(event.kind == "upkeep" for event in stage.events) <= 2  # the first, and the last
    before = stage.page.read_bytes()
    assert stage.until_idle().code == 0
    assert stage.page.read_bytes() == before


@pytest.mark.parametrize(
    ("key", "old", "new", "matters_"),
    [
        ("task_completion_rate", ("40%", 0.401), ("40%", 0.404), False),
        ("task_completion_rate", ("40%", 0.401), ("41%", 0.409), True),
        ("average_task_duration", ("10 min", 600.0), ("10 min", 640.0), False),
        ("average_task_duration", ("10 min", 600.0), ("11 min", 660.0), False),  # by a tenth, not more
        ("average_task_duration", ("10 min", 600.0), ("12 min", 720.0), True),
        ("ann/average_duration", ("10 min", 600.0), ("8 min", 480.0), True),
        ("ann/tasks", ("9", 9), ("10", 10), True),
    ],
)
def test_enough_to_matter(key: str, old: tuple[str, float], new: tuple[str, float], matters_: bool) -> None:
    assert matters(key, old, new) is matters_


def test_a_task_that_becomes_complete_twice_before_it_is_listed_is_listed_once(tmp_path: Path) -> None:
    state = SimpleNamespace(
        site=SimpleNamespace(settings=Settings(completions=5)),
        seen={"A-1": Seen("A-1", {}, "waiting", 1.0)},
        runs={},
    )
    board = read(
        b"## Task Queue\n\n| ID | Task | Status |\n|---|---|---|\n| A-1 | do it | Complete |\n"
    ).board
    with closing(Journal.open(tmp_path / ".mdorch")) as state.journal:
        for when in (2.0, 3.0):
            note_finished(state, board, [Seen("A-1", {}, "complete", when)], when)  # type: ignore[arg-type]
        assert [(one.task, one.when) for one in finished_in(state.journal)] == [("A-1", 3.0)]
