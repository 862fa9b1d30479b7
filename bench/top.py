"""`mdorch top` on a terminal: until the board is there, and from a key to what it changes on the screen.

The program is the real one, on a pseudo-terminal of 80 × 24. A key is pressed only when what the one before
it changed has come. The measure is milliseconds, beside the same with a hundred tasks: the list draws
what is seen, so that ten thousand should cost no more.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.harness import Table, against, bare_environment, in_turn, mdorch, median, spend
from bench.status import page

SIZES = (100, 1_000, 10_000)
GOAL = 50.0  # milliseconds from a key to the screen: less than a tenth of a second feels immediate (Nielsen)
KEYS = 60
ROUNDS = 3
PATIENCE = 60.0  # seconds
DOWN, PAGE, TOP, BOARD = b"j", b"\x1b[6~", b"g", b"2"


def tables() -> Iterator[Table]:
    table = Table(
        "mdorch top",
        ["tasks", "start", "start (× bare)", "row down", "slowest", "page down", "while saved"],
        "Milliseconds from a key to the change on the screen, medians beside a goal; the slowest of 20. "
        "`while saved`: a row down while somebody saves the page four times a second.",
    )
    for tasks in SIZES:
        with tempfile.TemporaryDirectory(prefix="mdorch-bench-") as folder:
            table.add(*row(tasks, KEYS, ROUNDS, Path(folder)))
    yield table


def row(tasks: int, keys: int, rounds: int, folder: Path) -> list[str]:
    env = {**bare_environment(folder), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    (folder / "CLAUDE.md").write_text(page(tasks), "utf-8")
    bare = in_turn({"bare": lambda: spend([sys.executable, "-S", "-c", "pass"], folder, env)}, 3)["bare"]
    starts = []
    for _ in range(rounds + 1):  # the first one reads the page
        with Terminal(folder, env) as terminal:
            starts.append(terminal.started)
    with Terminal(folder, env) as terminal:
        terminal.press(BOARD)
        down = [terminal.press(DOWN) for _ in range(keys)]
        terminal.press(TOP)
        pages = [terminal.press(PAGE) for _ in range(min(keys, tasks // 16))]
    with Terminal(folder, env) as terminal:
        terminal.press(BOARD)
        busy = []
        for number in range(keys):
            if number % max(int(0.25 / 0.02), 1) == 0:
                (folder / "CLAUDE.md").write_text(page(tasks, number), "utf-8")
            busy.append(terminal.press(DOWN))
            time.sleep(0.02)
    start, slowest = median(starts[1:]), sorted(down)[int(0.95 * len(down))]
    return [
        f"{tasks:,}",
        f"{1000 * start:.0f} ms",
        f"{start / median(usage.wall for usage in bare):.0f}",
        against(1000 * median(down), GOAL),
        f"{1000 * slowest:.1f}",
        against(1000 * median(pages or down), GOAL),
        against(1000 * median(busy), GOAL),
    ]


class Terminal:
    """The program on a terminal of its own, at the moment where the board is seen. `started` is seconds."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self._main, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        begun = time.perf_counter()
        self._process = subprocess.Popen(
            mdorch("top", "--theme", "dark"),
            cwd=folder, env=dict(env), stdin=child, stdout=child, stderr=child, start_new_session=True,
        )  # fmt: skip
        os.close(child)
        try:
            self._until(b"quit")
            self._until(b"Board")
            self._until(b"WORK-")
        except BaseException:
            self.close()
            raise
        self.started = time.perf_counter() - begun
        self._quiet()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def press(self, key: bytes) -> float:
        """Seconds until the screen changes."""
        self._quiet()
        begun = time.perf_counter()
        os.write(self._main, key)
        self._more(PATIENCE)
        return time.perf_counter() - begun

    def _quiet(self) -> None:
        """Until nothing comes any more: what is still drawn belongs to the key before."""
        while self._more(0.03):
            pass

    def _until(self, words: bytes) -> None:
        end = time.perf_counter() + PATIENCE
        seen = getattr(self, "_seen", b"")
        while words not in seen:
            if time.perf_counter() > end:
                raise RuntimeError(f"mdorch top does not show {words!r}: {seen[-2000:]!r}")
            seen += self._more(1.0)
        self._seen = seen

    def _more(self, patience: float) -> bytes:
        if not select.select([self._main], [], [], patience)[0]:
            return b""
        return os.read(self._main, 1 << 16)

    def close(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        os.close(self._main)
