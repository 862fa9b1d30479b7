"""When results wait for those of other runs, and the next look for all of them (`daemon.gather`)."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mdorch.daemon.gather import WHILE, Gather
from mdorch.daemon.loop import Daemon
from mdorch.facts import Run, RunState
from mdorch.plan.actions import Action, Kind
from tests.daemon.stage import Stage

PAUSE = 0.4  # seconds: much longer than any look, so that a busy machine does not matter

FOLD = Action(Kind.FOLD, "A", "exit 0", run="A.1")
START = Action(Kind.START, "B", "A is complete", run="B.1")
TAKE = Action(Kind.TAKE, "B", "a handoff")


def run(name: str, state: RunState) -> Run:
    return Run(f"{name}.1", name, 1, "dev", state, 0.0)


OVER, ALIVE, CLAIMED = (
    run("A", RunState.ENDED),
    run("C", RunState.STARTED),
    run("D", RunState.CLAIMED),
)


@pytest.mark.parametrize(
    ("actions", "runs", "waits"),
    [
        ([FOLD], [OVER, ALIVE], True),
        ([FOLD, FOLD], [OVER, ALIVE], True),
        ([FOLD], [OVER], False),  # nobody else will end
        ([FOLD], [OVER, CLAIMED], False),
        ([FOLD, START], [OVER, ALIVE], False),  # somebody's turn has come
        ([FOLD, TAKE], [OVER, ALIVE], False),
        ([TAKE], [ALIVE], False),
    ],
)
def test_results_alone_wait_and_only_for_runs_that_live(
    actions: list[Action], runs: list[Run], waits: bool
) -> None:
    gather = Gather()
    assert gather.waits(actions, runs, now=100.0, took=0.001) is waits
    assert gather.until == (100.0 + WHILE if waits else None)


def test_they_wait_no_longer_than_the_first_of_them_may() -> None:
    gather = Gather()
    for now, waits in ((100.0, True), (100.0 + WHILE / 2, True), (100.0 + WHILE, False), (200.0, True)):
        gather.look()
        assert gather.waits([FOLD, FOLD], [OVER, ALIVE], now=now, took=0.001) is waits
        assert (gather.until is not None) is waits


def test_a_look_that_is_cut_short_leaves_nothing_to_wait_for() -> None:
    """Else the loop would not rest while the page is in somebody's hands."""
    gather = Gather()
    assert gather.waits([FOLD], [OVER, ALIVE], now=100.0, took=0.001)
    gather.look()
    assert (gather.until, gather.pause) == (None, 0.0)


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_clock_that_is_set_ends_the_wait(jump: float) -> None:
    gather = Gather()
    assert gather.waits([FOLD], [OVER, ALIVE], now=10_000.0, took=0.001)
    gather.look()
    assert not gather.waits([FOLD], [OVER, ALIVE], now=10_000.0 + jump, took=0.001)


def test_a_look_that_takes_longer_than_the_wait_does_not_wait() -> None:
    assert not Gather().waits([FOLD], [OVER, ALIVE], now=100.0, took=2 * WHILE)


def test_there_is_no_look_for_as_long_as_one_took() -> None:
    gather = Gather()
    gather.waits([FOLD], [OVER, ALIVE], now=100.0, took=0.002)
    assert gather.pause == 0.002
    gather.look()
    gather.waits([FOLD], [OVER, ALIVE], now=100.0 + WHILE - 0.003, took=0.002)
    assert gather.pause == pytest.approx(0.001)
    gather.waits([FOLD, START, START], [OVER, ALIVE], now=100.0, took=5.0)
    assert gather.pause == WHILE  # what was just started may be over soon, or take hours
    gather.waits([FOLD, START], [OVER, ALIVE], now=100.0, took=0.002)
    assert gather.pause == 0.0  # one alone has no others to wait for


class Watching:
    """Two runs: what becomes readable when they end are pipes."""

    def __init__(self) -> None:
        self.pipes = [os.pipe(), os.pipe()]

    def watched(self) -> list[int]:
        return [ours for ours, _ in self.pipes]

    def end(self, *runs: int) -> None:
        for number in runs:
            os.write(self.pipes[number][1], b".")


@pytest.fixture
def runs() -> Iterator[Watching]:
    made = Watching()
    yield made
    for fd in itertools.chain(*made.pipes):
        os.close(fd)


@pytest.fixture
def daemon(tmp_path: Path, runs: Watching) -> Daemon:
    """One that does nothing but wait for these runs."""
    made = Stage(tmp_path, "| A-1 | first | dev | None | On Hold | |\n").daemon()
    made.work.gather, made.work.state = Gather(), runs  # type: ignore[assignment]
    made.work.gather.pause = PAUSE
    return made


def lingered(daemon: Daemon) -> float:
    start = time.monotonic()
    daemon._linger(daemon.bell)
    return time.monotonic() - start


def test_the_next_look_comes_when_all_runs_have_ended(daemon: Daemon, runs: Watching) -> None:
    runs.end(0, 1)
    assert lingered(daemon) < PAUSE / 2


def test_or_when_the_pause_is_over(daemon: Daemon, runs: Watching) -> None:
    runs.end(0)
    assert lingered(daemon) >= PAUSE


def test_or_at_once_when_somebody_saves(daemon: Daemon) -> None:
    daemon.bell.ring()
    assert lingered(daemon) < PAUSE / 2


def test_or_at_once_where_nothing_is_waited_for(daemon: Daemon) -> None:
    daemon.work.gather = Gather()
    assert lingered(daemon) < PAUSE / 2
