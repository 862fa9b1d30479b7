"""What is old goes from `.mdorch/`, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mdorch.daemon.attic import DAY, LINES, NOTES
from mdorch.desk.look import REMEMBERED
from mdorch.facts import End, Run, RunState, Seen
from mdorch.world.journal import Journal
from tests.daemon.stage import Stage

LONG_AGO = time.time() - 100 * DAY


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal.open(tmp_path / ".mdorch")) as opened:
        yield opened


def add(journal: Journal, task: str, attempt: int, when: float, **more: object) -> None:
    values = {"state": RunState.FOLDED, "end": End.EXIT, "exit_code": 0, "outcome": "complete", **more}
    run_id = f"{task}.{attempt}"
    journal.claim(Run(run_id, task, attempt, "dev", claimed=when, started=when, ended=when, **values))  # type: ignore[arg-type]


def folders(stage: Stage) -> set[str]:
    return {path.name for path in (stage.site.dot / "runs").iterdir()}


def test_of_too_many_folders_the_oldest_go_and_the_last_of_each_task_stays(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        "| A-1 | long | dev | None | Waiting | |\n| B-1 | short | dev | None | Waiting | |\n",
        'handoff(agent, "PARTIAL") if task == "A-1" and attempt < 4 else None',
        keep_runs=3,
    )
    assert stage.until_idle().code == 0
    assert folders(stage) == {"A-1.3", "A-1.4", "B-1.1"}
    stage.replace("| A-1 | long | dev | None | Complete |", "| A-1 | long | dev | None | Waiting |")
    assert stage.until_idle().code == 0
    assert stage.starts().count("A-1.5") == 1, "numbers go on"
    assert len(stage.starts()) == len(set(stage.starts()))


def test_the_current_round_of_an_open_task_and_what_is_not_folded_stay(journal: Journal) -> None:
    for attempt, round_ in ((1, 0), (2, 1), (3, 1)):
        add(journal, "OPEN-1", attempt, LONG_AGO + attempt, round=round_, outcome="failed")
    add(journal, "DONE-1", 1, LONG_AGO)
    add(journal, "DONE-1", 2, LONG_AGO)
    add(journal, "GONE-1", 1, LONG_AGO)
    add(journal, "LOST-1", 1, LONG_AGO, outcome="lost")
    add(journal, "LIVE-1", 1, LONG_AGO, state=RunState.ENDED, outcome="")
    journal.see([Seen("OPEN-1", {}, "failed", LONG_AGO, round=1), Seen("DONE-1", {}, "complete", LONG_AGO)])
    assert [(run, last) for run, _, last in journal.spare_runs()] == [
        ("DONE-1.1", ""), ("DONE-1.2", "DONE-1"), ("GONE-1.1", "GONE-1"), ("OPEN-1.1", "")
    ]  # fmt: skip
    assert journal.old_runs(time.time(), 0) == ["OPEN-1.1", "DONE-1.1"]
    assert journal.old_runs(time.time(), 100) == []
    assert journal.old_runs(LONG_AGO, 0) == []


def test_lines_of_the_journal_go_by_age_and_no_number_is_used_again(tmp_path: Path, journal: Journal) -> None:
    now = time.time()
    for attempt in (1, 2, 3):
        add(journal, "A-1", attempt, LONG_AGO)
    for number in range(REMEMBERED):
        add(journal, "NEW-1", number + 1, now - 3 * DAY)
    for task, when in (("A-1", LONG_AGO), ("OPEN-1", LONG_AGO), ("", LONG_AGO), ("A-1", now)):
        journal.note(when, "fold", task, text=f"{task} {when == now}")
    for role, when in (("status", LONG_AGO), ("round", LONG_AGO), ("status", now)):
        journal.wish(when, "A-1", role, "waiting")
    stage = Stage(
        tmp_path,
        "| A-1 | old | dev | None | Waiting | |\n| OPEN-1 | mine | human | None | Waiting | |\n",
    )
    stage.until_idle()
    assert stage.starts() == ["A-1.4"]
    assert [run.id for run in journal.runs("A-1")] == ["A-1.4"]
    told = [note.text for note in journal.history() if note.kind == "fold" and note.run == ""]
    assert told == ["OPEN-1 False", "A-1 True"]
    assert [(wish.role, wish.time == now) for wish in journal.wishes()] == [("status", True)]


def test_of_too_many_lines_of_the_history_the_oldest_go(journal: Journal) -> None:
    with journal.batch():
        for number in range(30):
            journal.note(LONG_AGO, "fold", "OPEN-1", text=str(number))
    journal.see([Seen("OPEN-1", {}, "waiting", LONG_AGO)])
    assert journal.forget_notes(time.time(), 20, 7) == 7, "step by step"
    assert journal.forget_notes(time.time(), 20, 7) == 3
    assert journal.forget_notes(time.time(), 20, 7) == 0
    assert [note.text for note in journal.history()] == [str(n) for n in range(10, 30)]
    assert LINES < NOTES


def test_a_young_journal_is_left_alone_whatever_is_configured(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "| A-1 | do it | dev | None | Waiting | |\n", keep_for=1.0)
    assert stage.until_idle().code == 0
    with closing(Journal.open(stage.site.dot)) as journal:
        before = journal.history()
        stage.until_idle()
        assert journal.history() == before
    assert folders(stage) == {"A-1.1"}
