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
