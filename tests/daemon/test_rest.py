"""Looks at a page that is saved all the time grow rarer, and no save is looked at late otherwise."""

from __future__ import annotations

from mdorch.daemon.rest import LONGEST, Rest


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
