"""Somebody sets the clock, either way: what waits for a time waits as long as it would have."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mdorch.daemon.loop import Daemon
from mdorch.daemon.pace import Pace
from tests.daemon.stage import Stage

ROWS = "| A-1 | one | dev | None | Waiting | |\n| B-1 | two | dev | None | Waiting | |\n"
DAY, YEAR = 86400.0, 365 * 86400.0


class SetClock:
    """Real time, that a test moves on, and a clock that it sets."""

    def __init__(self) -> None:
        self.moved = 0.0
        self.by = 0.0

    def now(self) -> float:
        return time.time() + self.moved + self.by

    def elapsed(self) -> float:
        return time.monotonic() + self.moved


class Hand:
    """A daemon that passes only when it is told to."""

    def __init__(self, folder: Path, script: str, **settings: object) -> None:
        self.stage = Stage(folder, ROWS, script, **settings)
        self.clock = SetClock()
        self.daemon: Daemon

    def up(self) -> None:
        self.daemon = self.stage.daemon(once=True)
        self.daemon.doors.clock = self.clock
        self.daemon.set_up(self.daemon.doors.journal(), self.daemon.bell)

    def after(self, seconds: float) -> list[str]:
        """Let time go by; the runs that were started by then."""
        self.clock.moved += seconds
        while self.daemon.work.one_pass():
            pass
        return [e.run for e in self.stage.events if e.kind == "start"]

    def set(self, by: float) -> None:
        self.clock.by += by

    def ended(self) -> None:
        runs = self.daemon.work.state.runs
        poll = self.daemon.work.state.folders.poll
        self.stage.wait(lambda: not any(poll(run).state == "running" for run in runs), "runs never ended")
        self.after(0)

    def close(self) -> None:
        self.daemon.work.state.folders.close()
        self.daemon.work.journal.close()


@pytest.fixture
def hand(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Hand]:
    script, settings = request.param
    made = Hand(tmp_path, script, **settings)
    made.up()
    with closing(made):
        yield made


JUMPS = [-YEAR, -DAY, -30.0, 30.0, DAY, YEAR]


@pytest.mark.parametrize("by", JUMPS)
@pytest.mark.parametrize("hand", [("", {"settle": 300.0})], indirect=True)
def test_a_row_settles_as_long_as_ever(hand: Hand, by: float) -> None:
    assert hand.after(100) == []
    hand.set(by)
    assert hand.after(190) == []
    assert hand.daemon.work.plan.wake == pytest.approx(hand.clock.now() + 10, abs=5)
    assert sorted(hand.after(20)) == ["A-1.1", "B-1.1"]
    hand.ended()
    assert [e.kind for e in hand.stage.events].count("clock") == 1


@pytest.mark.parametrize("by", JUMPS)
@pytest.mark.parametrize("hand", [("", {"launches_per_hour": 1})], indirect=True)
def test_an_hour_is_an_hour(hand: Hand, by: float) -> None:
    assert hand.after(0) == ["A-1.1"]
    hand.ended()
    hand.after(1000)
    hand.set(by)
    assert hand.after(2500) == ["A-1.1"]
    assert hand.after(200) == ["A-1.1", "B-1.1"]
    hand.ended()


@pytest.mark.parametrize("by", [-YEAR, YEAR])
@pytest.mark.parametrize("hand", [("sys.exit(task == 'A-1')", {"attempts": 2})], indirect=True)
def test_a_retry_is_put_off_by_no_more(hand: Hand, by: float) -> None:
    hand.after(0)
    hand.ended()
    hand.set(by)
    assert "A-1.2" in hand.after(5)
    hand.ended()


@pytest.mark.parametrize("hand", [("", {"settle": 300.0})], indirect=True)
def test_a_clock_that_was_set_back_while_no_daemon_ran(hand: Hand) -> None:
    """As on a machine that lost the time with its power."""
    assert hand.after(100) == []
    hand.close()
    hand.set(-YEAR)
    os.utime(hand.stage.page, (hand.clock.now(), hand.clock.now()))
    hand.up()
    assert hand.after(0) == []
    assert hand.after(290) == [], "nobody knows how long ago the rows were changed"
    assert sorted(hand.after(20)) == ["A-1.1", "B-1.1"]
    hand.ended()


def test_drift_and_suspension_are_no_jumps() -> None:
    clock = SetClock()
    pace = Pace(clock)
    clock.moved += 8 * 3600
    assert pace.jump() == 0.0
    clock.by += 0.5
    assert pace.jump() == 0.0
    clock.by -= 10
    assert pace.jump() == pytest.approx(-10, abs=0.1)
    assert pace.jump() == 0.0
