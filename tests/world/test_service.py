"""What a shim does around its runs (`world.keeper.service`), step by step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from mdorch.world.keeper import service


class Channel:
    """The shim's end of its connection; what it sends is a step."""

    def __init__(self, steps: list[str]) -> None:
        self.steps = steps

    def sendall(self, word: bytes) -> None:
        self.steps.append(f"told {word.decode()}")


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    done: list[str] = []
    sync = os.fsync

    def synced(fd: int) -> None:
        sync(fd)
        done.append(f"synced {Path(os.readlink(f'/proc/self/fd/{fd}')).name}")

    monkeypatch.setattr(service, "become_keeper", lambda: None)
    monkeypatch.setattr(os, "fsync", synced)
    return done


def serve(monkeypatch: pytest.MonkeyPatch, results: list[tuple[bool, int | None]], steps: list[str]) -> None:
    orders: list[Any] = [({}, 0, 0)] * len(results)
    monkeypatch.setattr(service, "_next", lambda _: orders.pop() if orders else None)
    monkeypatch.setattr(service, "_keep", lambda *_: results.pop(0))
    service.serve(Channel(steps))  # type: ignore[arg-type]


def result(folder: Path, name: str) -> int:
    return os.open(folder / name, os.O_WRONLY | os.O_CREAT)


def test_the_daemon_is_told_first_and_then_the_result_is_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: list[str]
) -> None:
    """Nobody waits for the disk, and a power failure a second later still finds the result."""
    results: list[tuple[bool, int | None]] = [(True, result(tmp_path, "1")), (True, result(tmp_path, "2"))]
    fds = [fd for _, fd in results]
    serve(monkeypatch, results, steps)
    assert steps == ["told .", "synced 1", "told .", "synced 2"]
    for fd in fds:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(fd or 0)


def test_a_shim_that_goes_says_so_by_going_and_syncs_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: list[str]
) -> None:
    serve(monkeypatch, [(False, result(tmp_path, "1")), (True, None)], steps)
    assert steps == ["synced 1"]
