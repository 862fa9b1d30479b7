"""Runs as real processes: what they get, how they end, and that one id starts once."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mdorch.facts import End
from mdorch.world import folders
from mdorch.world.engines import Engine
from mdorch.world.errors import AlreadyStarted
from mdorch.world.folders import read_json
from mdorch.world.keeper.tree import marked, send
from mdorch.world.runs import Runs
from tests.world.conftest import Field, eventually


def test_what_an_agent_gets(field: Field) -> None:
    script = 'cat; pwd; echo "$MDORCH_RUN $MDORCH_DIR $EXTRA" ; echo oops >&2; exit 3'
    field.shell("TEST-001.2", script, prompt=b"do \xff this\n", env={"EXTRA": "it's\nso"})
    poll = field.wait("TEST-001.2")
    assert poll.state == "ended"
    assert poll.exit is not None
    assert (poll.exit.end, poll.exit.exit_code, poll.exit.detail) == (End.EXIT, 3, "oops")
    assert poll.exit.started is not None
    assert poll.exit.ended is not None
    assert 0 <= poll.exit.ended - poll.exit.started < 10
    out = (field.runs.folder("TEST-001.2") / "stdout.log").read_bytes()
    assert out == b"do \xff this\n" + f"{field.dir}\nTEST-001.2 {field.dir} it's\nso\n".encode()
    assert field.runs.folder("TEST-001.2") == field.dir / "runs" / "TEST-001.2"


def test_an_agent_starts_with_a_clean_slate(field: Field) -> None:
    """No inherited descriptor (the lock above all), no ignored or blocked signal, a group of its own."""
    look = "ls -l /proc/self/fd | grep -c -e lock -e socket -e runs/A.1$; grep Sig /proc/self/status"
    field.shell("A.1", f"{look}; ps -o pgid= -p $$; echo $$")
    field.wait("A.1")
    count, *signals, group, pid = field.text("A.1").split("\n")[:-1]
    masks = dict(line.split(":\t") for line in signals)
    assert count == "0"
    assert group.strip() == pid
    internal = 0b11 << 31  # 32 and 33 are the C library's own
    assert int(masks["SigIgn"], 16) & ~internal == int(masks["SigBlk"], 16) == 0


def test_environment_values_are_not_written_down(field: Field) -> None:
    field.shell("A.1", "true", env={"SECRET": "hunter2"})
    field.wait("A.1")
    written = [path.read_bytes() for path in field.runs.folder("A.1").iterdir()]
    assert not any(b"hunter2" in text for text in written)


@pytest.mark.parametrize(
    ("argv", "detail"),
    [
        (["no-such-program"], "no-such-program: No such file or directory"),
        (["./missing"], "./missing: No such file or directory"),
        (["./plain"], "./plain: Permission denied"),
        (["./folder"], "./folder: Permission denied"),
        (["./nonsense"], "./nonsense: Exec format error"),
    ],
)
def test_a_program_that_cannot_start(field: Field, argv: list[str], detail: str) -> None:
    (field.dir / "plain").write_text("x")
    (field.dir / "folder").mkdir()
    (field.dir / "nonsense").write_bytes(b"\0\1\2")
    (field.dir / "nonsense").chmod(0o755)
    field.start("A.1", *argv)
    result = field.wait("A.1").exit
    assert result is not None
    assert result.end is End.UNSTARTABLE
    assert result.exit_code is None
    assert result.started is None
    assert result.detail.endswith(detail)


def test_a_working_directory_that_is_gone(field: Field) -> None:
    field.start("A.1", "/bin/true", cwd=str(field.dir / "gone"))
    result = field.wait("A.1").exit
    assert result is not None
    assert result.end is End.UNSTARTABLE
    assert "gone" in result.detail


def test_a_program_killed_by_a_signal(field: Field) -> None:
    field.shell("A.1", "kill -9 $$")
    result = field.wait("A.1").exit
    assert result is not None
    assert (result.end, result.exit_code) == (End.EXIT, -9)


def test_the_deadline(field: Field) -> None:
    field.start("A.1", "sleep", "60", timeout=0.3)
    result = field.wait("A.1").exit
    assert result is not None
    assert result.end is End.TIMEOUT
    assert result.started is not None
    assert result.ended is not None
    assert 0.25 < result.ended - result.started < 5


def test_a_stop_says_why(field: Field) -> None:
    field.start("A.1", "sleep", "60")
    Runs(field.dir).stop("A.1", "wanted: höher")  # from anywhere
    result = field.wait("A.1").exit
    assert result is not None
    assert (result.end, result.stop_reason) == (End.STOPPED, "wanted: höher")
    field.runs.stop("A.1", "again")
    field.runs.stop("B.1", "never was")
    assert field.runs.poll("A.1").exit == result


def test_a_stop_is_heard_by_those_who_trap_it(field: Field) -> None:
    script = "trap 'echo int; exit 7' INT; echo on; while :; do sleep 0.05; done"
    field.shell("A.1", script, patience=(5.0, 5.0))
    eventually(lambda: field.text("A.1") == "on\n")
    field.runs.stop("A.1", "")
    result = field.wait("A.1").exit
    assert result is not None
    assert (result.end, result.exit_code) == (End.STOPPED, 7)
    assert field.text("A.1") == "on\nint\n"


def test_huge_output_goes_by_nobody(field: Field) -> None:
    field.shell("A.1", "head -c 50000000 /dev/zero; yes error | head -c 3000000 >&2")
    result = field.wait("A.1").exit
    assert result is not None
    assert result.exit_code == 0
    assert result.detail == "error"
    logs = [os.stat(field.runs.folder("A.1") / name).st_size for name in ("stdout.log", "stdout.log.1")]
    assert all(0 < size < 18_000_000 for size in logs)
    assert time.time() - field.runs.last_output("A.1") < 10


def test_polls_of_runs_that_are_not(field: Field) -> None:
    assert field.runs.poll("A.1").state == "absent"
    assert field.runs.ids() == []
    assert field.runs.last_output("A.1") == 0.0
    assert field.runs.watch("A.1") is None


def test_ids_of_all_sorts(field: Field) -> None:
    names = ["abc.1", "ABC.1", "a/../b.1", "é" * 300 + ".1"]
    for run_id in names:
        field.start(run_id, "/bin/true", about={"task": run_id})
        assert field.wait(run_id).state == "ended"
    assert field.runs.ids() == sorted(names)
    assert field.runs.about(names[3]) == {"task": names[3]}
    assert sorted(path.name for path in field.dir.iterdir()) == ["runs"]


def test_one_id_starts_once(field: Field) -> None:
    field.shell("A.1", "echo ran")
    with pytest.raises(AlreadyStarted):
        field.shell("A.1", "echo ran")
    field.wait("A.1")
    with pytest.raises(AlreadyStarted):
        Runs(field.dir).start(field.spec("A.1", "/bin/true"))
    assert field.text("A.1") == "ran\n"
    assert [p.name for p in (field.dir / "runs").iterdir()] == ["A.1"]


def test_several_are_started_at_once(field: Field) -> None:
    field.start("B.1", "/bin/true")
    specs = [field.spec(run_id, "/bin/sh", "-c", "echo $MDORCH_RUN") for run_id in ("A.1", "B.1", "C.1")]
    first, second, third = field.runs.start_all(specs)
    assert isinstance(second, AlreadyStarted)
    for run_id, pid in (("A.1", first), ("C.1", third)):
        assert field.wait(run_id).pid == pid
        assert field.text(run_id) == f"{run_id}\n"
    assert field.runs.start_all([]) == []


def test_where_nothing_can_be_written_nothing_starts(field: Field) -> None:
    (field.dir / "runs").write_text("in the way")
    with pytest.raises(OSError, match="runs"):
        field.start("A.1", "/bin/true")
    (field.dir / "runs").unlink()
    field.start("A.1", "/bin/true")
    assert field.wait("A.1").state == "ended"


STARTER = """
import os, sys
from pathlib import Path
from mdorch.world.runs import *
folder = Path(sys.argv[1])
runs = Runs(folder)
sys.stdin.readline()
for number in range(12):
    script = f"echo $PPID >> {folder}/ran.{number}"
    try:
        runs.start(RunSpec(f"T.{number}", ["/bin/sh", "-c", script], dict(os.environ), "/", b"", 20.0))
    except AlreadyStarted:
        continue
    print(number, flush=True)
"""


def test_of_processes_that_start_one_run_at_once_one_wins(field: Field) -> None:
    command = [sys.executable, "-c", STARTER, str(field.dir)]
    starters = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("go\n")
        starter.stdin.flush()
    won = [line for starter in starters for line in starter.communicate(timeout=30)[0].split()]
    assert sorted(map(int, won)) == list(range(12))
    for number in range(12):
        assert field.wait(f"T.{number}").state == "ended"
        assert len((field.dir / f"ran.{number}").read_text().split()) == 1


def test_a_later_daemon_takes_up_what_runs(field: Field) -> None:
    pid = field.start("A.1", "sleep", "60")
    eventually(lambda: field.runs.poll("A.1").pid == pid)
    field.runs.close()  # the daemon ends, and its nursery with it
    later = Runs(field.dir)
    assert (later.poll("A.1").state, later.poll("A.1").pid) == ("running", pid)
    assert later.watch("A.1") is not None
    later.stop("A.1", "by the next one")
    assert field.wait("A.1").exit is not None
    assert later.watch_fds()
    assert later.poll("A.1").state == "ended"
    assert later.watch_fds() == {}


def test_a_nursery_that_died_is_replaced(field: Field) -> None:
    field.start("A.1", "sleep", "60")
    os.kill(field.runs._hatch._pid, 9)
    time.sleep(0.05)
    field.shell("B.1", "echo b")
    assert field.wait("B.1").state == "ended"
    assert field.text("B.1") == "b\n"
    assert field.runs.poll("A.1").state == "running"


def test_a_process_that_took_over_the_pid_is_left_alone(field: Field) -> None:
    """As after a reboot, or after pids wrapped around: same number, another process."""
    field.start("A.1", "sleep", "60")
    eventually(lambda: bool(read_json(field.runs.folder("A.1") / "begun")))
    with subprocess.Popen(["sleep", "60"]) as stranger:
        assert not send((stranger.pid, 12345), 9)
        begun = field.runs.folder("A.1") / "begun"
        said = json.loads(begun.read_text())
        begun.write_text(json.dumps({**said, "pid": stranger.pid, "ticks": said["ticks"] - 1}))
        Runs(field.dir).stop("A.1", "x")
        assert Runs(field.dir).watch("A.1") is None
        assert stranger.poll() is None
        begun.write_text(json.dumps(said))
        stranger.kill()
    field.runs.stop("A.1", "x")
    field.wait("A.1")


def test_the_runs_of_another_boot_are_lost_not_forgotten(field: Field) -> None:
    field.start("A.1", "/bin/true")
    field.wait("A.1")
    folder = field.runs.folder("A.1")
    said = json.loads((folder / "run.json").read_text())
    assert said["id"] == "A.1"
    assert said["argv"] == ["/bin/true"]
    for name in ("exit.json", "begun"):
        (folder / name).unlink()
    assert field.runs.poll("A.1").state == "unbegun"
    (folder / "run.json").write_text(json.dumps({**said, "boot": "another"}))
    assert field.runs.poll("A.1").state == "lost"
    (folder / "run.json").write_bytes(b"")  # a power failure, before it was on the disk
    assert field.runs.poll("A.1").state == "lost"


def test_a_damaged_result_is_no_result(field: Field) -> None:
    field.start("A.1", "/bin/true")
    field.wait("A.1")
    for damage in (b"", b"{", b"[]", b'{"end": "who knows"}', b'{"end": "exit", "more": 1}', b"\xff"):
        (field.runs.folder("A.1") / "exit.json").write_bytes(damage)
        assert field.runs.poll("A.1").state == "lost"


def test_an_unfinished_folder_is_no_run(field: Field) -> None:
    draft = field.dir / "runs" / ".new-1-abc"
    draft.mkdir(parents=True)
    (draft / "lock").touch()
    assert field.runs.ids() == []
    field.start("A.1", "/bin/true")
    assert not draft.exists()


def test_runs_are_an_engine(field: Field) -> None:
    engine: Engine = field.runs
    assert engine.ids() == []


def test_a_disk_that_the_agent_filled_up_does_not_swallow_the_result(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("may not mount")
    field = Field(disk / ".mdorch")
    try:
        field.shell("A.1", "head -c 1000000 /dev/zero; echo full >&2; echo x > more || exit 9")
        result = field.wait("A.1").exit
        assert result is not None
        assert (result.end, result.exit_code) == (End.EXIT, 9)
        with pytest.raises(OSError, match="No space left"):
            field.start("B.1", "/bin/true", prompt=b"x" * 100_000)
        assert field.runs.poll("B.1").state == "absent"
        (field.runs.folder("A.1") / "stdout.log").unlink()
        field.start("B.1", "/bin/true")
        assert field.wait("B.1").state == "ended"
    finally:
        field.runs.close()
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_run_whose_folder_is_deleted_lives_on_and_its_result_arrives(field: Field, tmp_path: Path) -> None:
    go = tmp_path / "go"
    field.shell("A.1", f"until [ -e {go} ]; do sleep 0.02; done; exit 5")
    eventually(lambda: field.leftovers("A.1"))
    shutil.rmtree(field.dir)
    later = Runs(field.dir)  # knows no shim: by its mark alone
    assert field.runs.poll("A.1").state == "running"
    assert later.poll("A.1").state == "running"
    go.touch()
    eventually(lambda: field.runs.poll("A.1").state != "running")
    result = field.runs.poll("A.1")
    assert result.exit is not None
    assert (result.exit.end, result.exit.exit_code) == (End.EXIT, 5)
    assert later.poll("A.1") == result


@pytest.mark.parametrize("known", [True, False])
def test_a_run_whose_folder_is_deleted_can_be_stopped(field: Field, known: bool) -> None:
    field.start("A.1", "sleep", "60")
    eventually(lambda: field.leftovers("A.1"))
    shutil.rmtree(field.dir / "runs")
    (field.runs if known else Runs(field.dir)).stop("A.1", "hold")
    eventually(lambda: field.runs.poll("A.1").state == "ended")
    assert field.leftovers("A.1") == []


def test_a_page_that_is_gone_altogether_is_not_made_again(field: Field, tmp_path: Path) -> None:
    home = tmp_path / "project"
    home.mkdir()
    runs = Runs(home / ".mdorch")
    (home / ".mdorch").mkdir()
    runs.start(field.spec("A.1", "sleep", "60", cwd=str(tmp_path)))
    eventually(lambda: marked("A.1", str(home / ".mdorch")))
    shutil.rmtree(home)
    runs.stop("A.1", "hold")
    eventually(lambda: runs.poll("A.1").state == "absent")
    runs.close()
    assert not home.exists()


def test_a_runs_folder_that_was_deleted_is_made_again(field: Field) -> None:
    field.start("A.1", "true")
    field.wait("A.1")
    shutil.rmtree(field.dir / "runs")
    field.start("A.2", "true")
    assert field.wait("A.2").state == "ended"


def test_what_cannot_be_told_is_not_taken_for_a_loss(field: Field) -> None:
    """Without a free descriptor nothing of a run can be read: that is an error, and no answer."""
    field.start("A.1", "sleep", "60")
    eventually(lambda: field.runs.poll("A.1").state == "running")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            field.runs.poll("A.1")
        with pytest.raises(OSError, match="Too many open files"):
            field.runs.ids()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert field.runs.poll("A.1").state == "running"


def test_a_start_that_fails_half_way_holds_no_lock(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object) -> None:
        raise OSError(24, "Too many open files")

    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(folders, "_set_room_aside", none_left)
    with pytest.raises(OSError, match="Too many open files"):
        field.start("A.1", "true")
    monkeypatch.undo()
    assert field.runs.poll("A.1").state == "absent"
    assert os.listdir(field.dir / "runs") == []
    assert len(os.listdir("/proc/self/fd")) == before
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 1, limits[1]))  # one, for the folder, and no more
    try:
        for _ in range(3):
            with pytest.raises(OSError, match="Too many open files"):
                field.start("A.1", "true")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert len(os.listdir("/proc/self/fd")) == before
    assert os.listdir(field.dir / "runs") == []
    field.start("A.1", "true")
    assert field.wait("A.1").state == "ended"
