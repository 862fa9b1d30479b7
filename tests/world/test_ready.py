"""Waiting for descriptors, however many a daemon has open."""

from __future__ import annotations

import fcntl
import os
import resource
import time
from collections.abc import Iterator

import pytest

from mdorch.world.keeper.ready import is_ready


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_who_has_something_to_read_is_ready(pipe: tuple[int, int]) -> None:
    assert not is_ready([pipe[0]], 0)
    assert not is_ready([pipe[0]], -5.0)
    start = time.monotonic()
    assert not is_ready([], 0.05)
    assert time.monotonic() - start >= 0.05
    os.write(pipe[1], b".")
    assert is_ready([pipe[0]], None)
    assert is_ready([pipe[0], pipe[0]], 1e9)


def test_a_high_descriptor_counts_like_any(pipe: tuple[int, int]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2100:
        pytest.skip("may not have so many open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2100), hard))
    high = fcntl.fcntl(pipe[0], fcntl.F_DUPFD_CLOEXEC, 2000)
    try:
        os.write(pipe[1], b".")
        assert is_ready([high], 0)
    finally:
        os.close(high)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
