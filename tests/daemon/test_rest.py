"""Looks at a page that is saved all the time grow rarer, and no save is looked at late otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from mdorch.daemon import loop as module
from mdorch.daemon.rest import LONGEST, Rest
from mdorch.world.errors import Elsewhere
from tests.daemon.stage import Stage


def test_pauses_grow_while_looks_are_in_vain() -> None:
    rest, pauses = Rest(), []
    for _ in range(10):
        rest.after(in_vain=True)
        pauses.append(rest.pause)
        rest.over(saved=True)
    assert pauses == sorted(pauses)
    assert 0 < pauses[0] < 0.005
    assert pauses[-1] == LONGEST


def test_they_are_over_when_something_was_done_or_nobody_saved() -> None:
    rest = Rest()
    for end in (lambda: rest.after(in_vain=False), lambda: rest.over(saved=False)):
        for _ in range(5):
            rest.after(in_vain=True)
        end()
        assert rest.pause == 0.0


@pytest.mark.parametrize("cut_off", [True, False])
def test_what_was_due_does_not_wake_who_cannot_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut_off: bool
) -> None:
    """Passes that are cut off, or find the page in somebody's hands, are tried again after a pause."""
    daemon = Stage(tmp_path, "| A-1 | first | dev | None | On Hold | |\n").daemon()
    pauses: list[float] = []

    def fails(*_: object) -> bool:
        if cut_off:
            raise Elsewhere("the folder is gone")
        daemon.voice.in_the_way("somebody has it open")
        return False

    def sleeps(_: object, seconds: float) -> bool:
        pauses.append(seconds)
        if len(pauses) == 2000:
            daemon.bell.stop()
        return False

    monkeypatch.setattr(daemon.work, "one_pass", fails)
    monkeypatch.setattr(daemon.work, "wake", lambda: 1.0)
    monkeypatch.setattr(module, "is_ready", sleeps)
    daemon.run()
    assert pauses[:5] == [1.0, 2.0, 4.0, 8.0, 8.0]
    assert set(pauses[5:]) == {8.0}
