import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mdorch.world.lock import AlreadyHeld, DaemonLock, holder

HOLD = """
import sys, time
from pathlib import Path
from mdorch.world.lock import DaemonLock
lock = DaemonLock.take(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_one_holder_that_can_be_seen(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    lock = DaemonLock.take(tmp_path)
    seen = holder(tmp_path)
    assert seen is not None
    assert seen.pid == os.getpid()
    assert seen.started > 0
    lock.release()
    lock.release()
    assert holder(tmp_path) is None


def test_the_second_is_refused_and_told_of_the_first(tmp_path: Path) -> None:
    first = DaemonLock.take(tmp_path)
    with pytest.raises(AlreadyHeld, match=f"process {os.getpid()} on "):
        DaemonLock.take(tmp_path)
    first.release()
    DaemonLock.take(tmp_path).release()


def test_a_killed_holder_leaves_nothing_that_keeps_others_out(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyHeld):
            DaemonLock.take(tmp_path)
        process.send_signal(signal.SIGKILL)
    assert holder(tmp_path) is None
    DaemonLock.take(tmp_path).release()


def test_a_child_that_a_killed_holder_was_starting_is_waited_for(tmp_path: Path) -> None:
    """Between fork and exec a child has every descriptor of its parent, the lock among them."""
    fork = "import os\nif os.fork() == 0: time.sleep(0.6); os._exit(0)\n"
    script = HOLD.replace('print("held"', fork + 'print("held"')
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    process.kill()
    process.wait()
    assert holder(tmp_path) is None, "nobody runs the daemon"
    DaemonLock.take(tmp_path).release()
    process.stdout.close()


def test_looking_does_not_refuse_a_daemon_that_starts(tmp_path: Path) -> None:
    script = f"from mdorch.world.lock import *\nwhile True: holder(Path({str(tmp_path)!r}))"
    DaemonLock.take(tmp_path).release()
    with subprocess.Popen([sys.executable, "-c", script]) as process:
        try:
            for _ in range(300):
                DaemonLock.take(tmp_path).release()
        finally:
            process.kill()


def test_a_daemon_tells_how_it_is(tmp_path: Path) -> None:
    lock = DaemonLock.take(tmp_path)
    lock.tell(passed=12.5, watch="polling", watching="by looking", trouble="📄 " * 5000, troubled=11.0)
    seen = holder(tmp_path)
    assert seen is not None
    assert (seen.pid, seen.passed, seen.watch, seen.troubled) == (os.getpid(), 12.5, "polling", 11.0)
    assert seen.trouble == ("📄 " * 5000)[:300]
    size = (tmp_path / "lock").stat().st_size
    lock.tell(trouble="")
    seen = holder(tmp_path)
    assert seen is not None
    assert (seen.trouble, (tmp_path / "lock").stat().st_size) == ("", size)


def test_the_lock_of_a_daemon_of_another_version_is_read(tmp_path: Path) -> None:
    lock = DaemonLock.take(tmp_path)
    (tmp_path / "lock").write_text(f'{{"pid": {os.getpid()}, "started": 1.0, "host": "h", "mood": "fine"}}\n')
    seen = holder(tmp_path)
    assert seen is not None
    assert (seen.started, seen.trouble) == (1.0, "")
    lock.release()


def test_a_lock_whose_file_was_deleted_knows_it(tmp_path: Path) -> None:
    lock = DaemonLock.take(tmp_path)
    assert lock.is_there
    (tmp_path / "lock").unlink()
    assert not lock.is_there
    other = DaemonLock.take(tmp_path)
    assert (other.is_there, lock.is_there) == (True, False)
