"""Nobody's save is lost: programs save in all the usual styles while we write as fast as we can.

Every edit is a line of its own. The writers keep out of each other's way by a lock of theirs, so each line
that is missing at the end was lost by us. The styles are those of real programs: `>>`, a slow `>>`, truncate
and write (editors, `open("w")`), temp file and rename (`sed -i`, agents), and vim's rename, create, write,
unlink. Bounded: a few seconds.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from mdorch.world.errors import PageError
from mdorch.world.journal import Journal
from mdorch.world.pagefile import PageFile

SECONDS = 2.0


def append(path: str, line: bytes) -> None:
    with open(path, "ab") as file:
        file.write(line)


def append_slowly(path: str, line: bytes) -> None:
    with open(path, "ab", buffering=0) as file:
        file.write(line[:3])
        time.sleep(0.01)
        file.write(line[3:])


def truncate(path: str, line: bytes) -> None:
    whole = Path(path).read_bytes()
    with open(path, "wb", buffering=0) as file:
        file.write(whole[: len(whole) // 2])
        time.sleep(0.002)
        file.write(whole[len(whole) // 2 :] + line)


def rename(path: str, line: bytes) -> None:
    temp = f"{path}.{os.getpid()}"
    Path(temp).write_bytes(Path(path).read_bytes() + line)
    os.rename(temp, path)


def vim(path: str, line: bytes) -> None:
    whole = Path(path).read_bytes()
    os.rename(path, f"{path}~")
    time.sleep(0.002)
    Path(path).write_bytes(whole + line)
    os.unlink(f"{path}~")


STYLES: dict[str, Callable[[str, bytes], None]] = {
    f.__name__: f for f in (append, append_slowly, truncate, rename, vim)
}


def write_for_a_while(path: str, style: str, ready: object, count: object) -> None:
    number = 0
    ready.wait(30)  # type: ignore[attr-defined]
    until = time.monotonic() + SECONDS
    with open(f"{path}.writers", "wb") as lock:
        while time.monotonic() < until:
            line = b"%s-%d\n" % (style.encode(), number)
            fcntl.flock(lock, fcntl.LOCK_EX)
            with suppress(FileNotFoundError):
                STYLES[style](path, line)
                number += 1
            fcntl.flock(lock, fcntl.LOCK_UN)
            time.sleep(0.03)
    count.put((style, number))  # type: ignore[attr-defined]


def write_ours(path: Path, way: str, until: float) -> tuple[int, int]:
    """Rewrite the counter in the first line as fast as can be; how often it was done, and refused."""
    folder = path.parent / ".mdorch"
    door = PageFile(path, Journal.open(folder, check=False), folder, way=way)
    done = refused = 0
    while time.monotonic() < until:
        try:
            now = door.read(0.5).data
            head, _, rest = now.partition(b"\n")
            door.replace(now, b"%d\n" % (done + 1) + rest, 0.5)
            done += 1
        except PageError:
            refused += 1
        assert head.isdigit(), f"half a page was believed: {now[:40]!r}"
    while door.unsettled:
        door.settle()
        time.sleep(0.05)
    return done, refused


@pytest.mark.parametrize("way", ["lease", "exchange"])
def test_every_saved_line_is_there(tmp_path: Path, way: str) -> None:
    path = tmp_path / "CLAUDE.md"
    path.write_bytes(b"0\n" + b"text that stays\n" * 200)
    context = multiprocessing.get_context("spawn")
    count = context.Queue()
    ready = context.Barrier(len(STYLES) + 1)
    writers = [context.Process(target=write_for_a_while, args=(str(path), s, ready, count)) for s in STYLES]
    for writer in writers:
        writer.start()
    ready.wait(30)
    done, refused = write_ours(path, way, time.monotonic() + SECONDS)
    written = dict(count.get(timeout=60) for _ in writers)
    for writer in writers:
        writer.join(10)
    lines = path.read_bytes().split(b"\n")
    missing = [
        f"{style}-{number}"
        for style, times in written.items()
        for number in range(times)
        if lines.count(b"%s-%d" % (style.encode(), number)) != 1
    ]
    assert sum(written.values()) > 25, written
    assert done > 3
    assert missing == [], f"{len(missing)} of {sum(written.values())}; we wrote {done}, refused {refused}"
    assert lines.count(b"text that stays") == 200
