"""Deadlines of the daemon, with the clock in the test's hand: settling, the hourly cap, retries."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory, StepTickTimeFactory, TickingDateTimeFactory

from mdorch.daemon.loop import Daemon
from tests.daemon.stage import Stage

Frozen = FrozenDateTimeFactory | StepTickTimeFactory | TickingDateTimeFactory
ROWS = "| A-1 | one | dev | None | Waiting | |\n| B-1 | two | dev | None | Waiting | |\n"


@pytest.fixture
def clock() -> Iterator[Frozen]:
    with freeze_time(datetime.now(UTC)) as frozen:
        yield frozen


class FrozenClock:
    """Time goes on as it is told: nobody sets the clock, so the other one, that cannot be set, agrees."""

    def now(self) -> float:
        return time.time()

    def elapsed(self) -> float:
        return time.time()


class Hand:
    """A daemon that passes only when it is told to."""

    def __init__(self, stage: Stage, daemon: Daemon) -> None:
        self.stage = stage
        self.daemon = daemon

    def passes(self) -> None:
        while self.daemon.work.one_pass():
            pass

    def started(self) -> list[str]:
        return [e.run for e in self.stage.events if e.kind == "start"]

    def finish(self) -> None:
        """Wait, in real time, until no run is alive; then fold."""
        runs = self.daemon.work.state.runs
        self.stage.wait(lambda: not any(self._runs(r) for r in list(runs)), "runs never ended")
        self.passes()

    def _runs(self, run: str) -> bool:
        return self.daemon.work.state.folders.poll(run).state == "running"


@pytest.fixture
def hand(tmp_path: Path, clock: Frozen, request: pytest.FixtureRequest) -> Iterator[Hand]:
    script, settings = request.param
    stage = Stage(tmp_path, ROWS, script, **settings)
    now = clock.time_to_freeze.replace(tzinfo=UTC).timestamp()
    os.utime(stage.page, (now, now))
    daemon = stage.daemon(once=True)
    daemon.doors.clock = FrozenClock()
    with closing(daemon.doors.journal()) as journal, daemon.bell as bell:
        daemon.set_up(journal, bell)
        yield Hand(stage, daemon)
        daemon.work.state.folders.close()


@pytest.mark.parametrize("hand", [("", {"settle": 300.0})], indirect=True)
def test_rows_wait_until_they_have_settled(hand: Hand, clock: Frozen) -> None:
    hand.passes()
    assert hand.started() == []
    assert hand.daemon.work.plan.wake is not None
    clock.tick(timedelta(seconds=299))
    hand.passes()
    assert hand.started() == []
    clock.tick(timedelta(seconds=2))
    hand.passes()
    assert sorted(hand.started()) == ["A-1.1", "B-1.1"]
    hand.finish()


@pytest.mark.parametrize("hand", [("", {"launches_per_hour": 1})], indirect=True)
def test_the_hourly_cap_lifts_after_an_hour(hand: Hand, clock: Frozen) -> None:
    hand.passes()
    assert hand.started() == ["A-1.1"]
    hand.finish()
    clock.tick(timedelta(minutes=59))
    hand.passes()
    assert hand.started() == ["A-1.1"]
    clock.tick(timedelta(minutes=2))
    hand.passes()
    assert hand.started() == ["A-1.1", "B-1.1"]
    hand.finish()


@pytest.mark.parametrize("hand", [("print('no'); sys.exit(task == 'A-1')", {"attempts": 3})], indirect=True)
def test_each_retry_waits_longer(hand: Hand, clock: Frozen) -> None:
    hand.passes()
    hand.finish()
    for attempt, wait in ((2, 1.0), (3, 2.0)):
        assert f"A-1.{attempt}" not in hand.started(), "too early"
        ended, wake = hand.daemon.work.state.runs[f"A-1.{attempt - 1}"].ended, hand.daemon.work.plan.wake
        assert ended is not None
        assert wake is not None
        assert wake - ended == pytest.approx(wait)  # the run's end is dated by its shim, in real time
        clock.move_to(datetime.fromtimestamp(wake + 0.01, UTC))
        hand.passes()
        assert f"A-1.{attempt}" in hand.started()
        hand.finish()
    assert hand.stage.status("A-1") == "failed"
