"""Being told of what a front shows: soon, of everything, and of nothing twice for long."""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mdorch.desk import halt
from mdorch.desk.live import Live
from mdorch.desk.memo import sign
from mdorch.desk.site import open_site
from mdorch.facts import Run, RunState, Seen
from mdorch.world.errors import PageMissing
from mdorch.world.journal import Journal
from tests.front.stage import ROWS, SLEEP, Stage, make_stage

GLANCE = 0.05  # seconds, instead of a quarter
SOON = 20.0  # seconds, for a machine with much else to do


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr("mdorch.desk.live.GLANCE", GLANCE)
    monkeypatch.setattr("mdorch.desk.live.PRINTED", GLANCE)
    made = make_stage(tmp_path, monkeypatch)
    made.write(config=SLEEP)
    return made


@pytest.fixture
def live(stage: Stage) -> Iterator[Live]:
    with Live(open_site(None, None, stage.env)) as made:
        quiet(made)
        yield made


def quiet(live: Live) -> None:
    """Look until nothing is left to be told."""
    live.look()
    while live.wait(3 * GLANCE):
        live.look()


def status_of(live: Live, task: str) -> str:
    return next(t.status_text for t in live.look().board.tasks if t.id == task)


def test_what_did_not_change_is_not_decided_again(live: Live) -> None:
    first = live.look()
    time.sleep(0.001)
    second = live.look()
    assert second.now > first.now
    assert (second.plan is first.plan, second.board is first.board) == (True, True)


def test_a_save_is_told_by_the_file_system(stage: Stage, live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdorch.desk.live.GLANCE", 2 * SOON)
    threading.Timer(0.05, lambda: stage.write(ROWS.replace("Waiting", "On Hold"), config=None)).start()
    start = time.monotonic()
    assert live.wait(SOON)
    assert time.monotonic() - start < SOON
    assert status_of(live, "A-2") == "On Hold"


def test_saves_that_no_time_tells_apart_are_seen(
    stage: Stage, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def coarse(place: str) -> list[int] | None:
        """As a file system that counts in steps of 40 ms."""
        found = sign(place)
        step = 40_000_000
        return found and [found[0] // step * step, found[1] // step * step, *found[2:]]

    monkeypatch.setattr("mdorch.desk.live.sign", coarse)
    for word in ("Blocked", "Waiting", "Blocked", "Waiting"):
        stage.write(ROWS.replace("Waiting", word), config=None)
        while status_of(live, "A-2") != word:
            assert live.wait(SOON)


def test_a_pause_is_told(stage: Stage, live: Live) -> None:
    halt.pause(live.site, "lunch", time.time())
    assert live.wait(SOON)
    assert live.look().facts.paused == "lunch"


def test_what_the_journal_says_is_told(stage: Stage, live: Live) -> None:
    quiet(live)
    with closing(Journal.open(live.site.dot)) as journal:
        journal.claim(Run("A-2.1", "A-2", 1, "dev", RunState.CLAIMED, time.time()))
        assert live.wait(SOON)
        assert [run.id for run in live.look().facts.runs] == ["A-2.1"]


def test_what_a_run_prints_is_told_and_decides_nothing_and_its_end_does(stage: Stage, live: Live) -> None:
    with closing(Journal.open(live.site.dot)) as journal:
        journal.claim(Run("A-2.1", "A-2", 1, "dev", RunState.STARTED, time.time()))
    folder = live.site.dot / "runs" / "A-2.1"
    folder.mkdir(parents=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        quiet(live)
        before = live.look()
        (folder / "stdout.log").write_text("hello\n")
        assert live.wait(SOON)
        assert live.look().plan is before.plan
    assert live.wait(SOON)
    assert not any(run.live for run in live.look().facts.runs)


def test_other_settings_are_read(stage: Stage, live: Live) -> None:
    (stage.here / "mdorch.toml").write_text(SLEEP.replace("[run]", "[run]\nmax_parallel = 7"))
    assert live.wait(SOON)
    assert live.look().policy.max_parallel == 7
    (stage.here / "mdorch.toml").write_text("[run")
    assert live.wait(SOON)
    assert live.look().policy.max_parallel == 7


def test_time_is_told_where_it_changes_the_plan(stage: Stage) -> None:
    hours = [time.time()]
    (stage.here / "mdorch.toml").write_text(SLEEP.replace('"0s"', '"30m"'))
    with Live(open_site(None, None, stage.env), lambda: hours[0]) as live:
        live.look()
        with closing(Journal.open(live.site.dot)) as journal:
            journal.see([Seen("A-2", {}, "waiting", hours[0])])
        quiet(live)
        wake = live.look().plan.wake
        assert wake is not None
        hours[0] = wake + 1
        assert live.wait(SOON)
        assert live.look().plan.wake is None


def test_a_page_that_is_gone_is_no_reason_to_run_wild(stage: Stage, live: Live) -> None:
    text = stage.text
    stage.page.unlink()
    told = 0
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        told += live.wait(0.5)
        with pytest.raises(PageMissing):
            live.look()
    assert told < 10
    stage.page.write_text(text)
    assert live.wait(SOON)
    assert status_of(live, "A-1") == "Complete"


def test_whoever_waits_is_let_go(live: Live) -> None:
    threading.Timer(0.05, live.close).start()
    assert live.wait(SOON)
