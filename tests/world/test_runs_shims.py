"""Shims that keep one run after another: never two at once, and nothing of one run reaches the next."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mdorch.facts import End
from mdorch.world.folders import is_held
from mdorch.world.keeper import service
from mdorch.world.keeper.ear import STOP_SIGNAL
from tests.world.conftest import Field, eventually


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def run(field: Field, run_id: str, *argv: str) -> int:
    """One run from start to end; the pid of its shim."""
    pid = field.start(run_id, *(argv or ("/bin/true",)))
    assert field.wait(run_id).state == "ended"
    return pid


def resting(field: Field, run_id: str) -> int:
    """As `run`, and its shim waits for another."""
    pid = run(field, run_id)
    (keeper,) = field.runs._hatch._resting
    eventually(keeper.is_over)
    assert not keeper.is_gone()
    assert not is_held(field.runs.folder(run_id) / "lock")
    return pid


def test_a_shim_keeps_one_run_after_another(field: Field) -> None:
    first = resting(field, "A.1")
    script = "echo $MDORCH_RUN >&2; exit 3"
    assert run(field, "A.2", "/bin/sh", "-c", script) == first
    result = field.runs.poll("A.2").exit
    assert result is not None
    assert (result.exit_code, result.detail, field.text("A.1", "stderr.log")) == (3, "A.2", "")


def test_it_keeps_one_at_a_time(field: Field) -> None:
    first = resting(field, "A.1")
    pids = field.runs.start_all([field.spec(f"B.{n}", "sleep", "60") for n in range(3)])
    assert pids[0] == first
    assert len(set(pids)) == 3
    for number in range(3):
        field.runs.stop(f"B.{number}", "enough")
        assert field.wait(f"B.{number}").state == "ended"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_one_that_ended_while_it_rested_is_not_missed(field: Field, number: int) -> None:
    first, nursery = resting(field, "A.1"), field.runs._hatch._pid
    os.kill(first, number)
    eventually(lambda: not is_alive(first), service.REST / 2)
    assert run(field, "A.2") != first
    assert field.runs._hatch._pid == nursery


def test_a_late_signal_for_the_last_run_does_not_stop_the_next(field: Field) -> None:
    first = resting(field, "A.1")
    os.kill(first, STOP_SIGNAL)
    assert run(field, "A.2") == first
    result = field.runs.poll("A.2").exit
    assert result is not None
    assert result.end is End.EXIT


def test_one_that_was_terminated_keeps_no_other_run(field: Field) -> None:
    first = field.start("A.1", "sleep", "60")
    eventually((field.runs.folder("A.1") / "begun").exists)
    os.kill(first, signal.SIGTERM)
    assert field.wait("A.1").state == "ended"
    assert run(field, "A.2") != first


def test_one_whose_agent_could_not_start_keeps_no_other_run(field: Field) -> None:
    first = run(field, "A.1", "/no/such/program")
    assert run(field, "A.2") != first


def test_what_an_agent_left_behind_is_ended_before_the_next_run(field: Field) -> None:
    first = run(field, "A.1", "/bin/sh", "-c", "setsid sleep 600 & exit 0")
    assert field.leftovers("A.1") == []
    eventually(field.runs._hatch._resting[0].is_over)
    assert run(field, "A.2") == first


def test_without_a_daemon_it_ends(field: Field) -> None:
    rested, busy = resting(field, "A.1"), field.start("B.1", "sleep", "60")
    other = field.start("C.1", "sleep", "60")
    field.runs.close()
    assert is_alive(busy)
    assert is_alive(other)
    field.runs.stop("B.1", "enough")
    field.runs.stop("C.1", "enough")
    for pid in (rested, busy, other):
        eventually(lambda pid=pid: not is_alive(pid))  # type: ignore[misc]


@pytest.fixture
def signals() -> Iterator[None]:
    """What `service` does to the signals of its process is undone in this one."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


@pytest.mark.usefixtures("signals")
def test_after_a_while_it_takes_no_more_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "REST", 0.01)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert service._next(theirs) is None
        with pytest.raises(BrokenPipeError):
            ours.sendall(b"too late")


@pytest.mark.usefixtures("signals")
def test_an_order_that_came_as_it_was_about_to_go_is_carried_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(service, "is_ready", lambda *_: False)
    ours, theirs = socket.socketpair()
    with ours, theirs, open(tmp_path / "lock", "wb") as file:
        text = json.dumps({"id": "A.1"}).encode()
        head = len(text).to_bytes(service.LENGTH, "big")
        socket.send_fds(ours, [head + text], [file.fileno(), file.fileno()])
        received = service._next(theirs)
        assert received is not None
        order, folder, lock = received
        assert order["id"] == "A.1"
        os.close(folder)
        os.close(lock)
        assert service._next(theirs) is None
