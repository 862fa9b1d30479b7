from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdorch.config.durations import LONGEST, seconds, written

MEANT: dict[object, float] = {
    "30m": 1800,
    "5s": 5,
    "1h30m": 5400,
    "250ms": 0.25,
    "1d 2h": 93600,
    "1.5s": 1.5,
    "1.5h": 5400,
    " 2M ": 120,
    0: 0,
    90: 90,
    0.5: 0.5,
    "0s": 0,
    "366d": LONGEST,
}
MEANINGLESS: list[object] = [
    *("", " ", "30", "5 minutes", "m", "1m1h", "-5s", "1e3s", "٣s", "5s5s", "9999999999s", "367d"),
    *(True, None, [], -1, math.inf, math.nan, LONGEST + 1, 10**400),
]


@pytest.mark.parametrize(("text", "value"), MEANT.items())
def test_what_is_meant(text: object, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", MEANINGLESS)
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        seconds(text)


@given(st.integers(0, int(LONGEST * 1000)))
def test_written_and_read_is_the_same(milliseconds: int) -> None:
    assert math.isclose(seconds(written(milliseconds / 1000)), milliseconds / 1000, abs_tol=1e-6)
