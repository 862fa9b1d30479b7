"""What is asked on a terminal, and what a terminal is left like."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator

import pytest

from mdorch.front.text import width
from tests.front.stage import FAIL, ONE, ROWS, SLEEP, Stage, plain


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, stage: Stage, *args: str, columns: int = 100, rows: int = 40) -> None:
        self.main, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.said = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mdorch", *args],
            cwd=stage.here,
            env={**stage.env, "TERM": "xterm"},
            stdin=child,
            stdout=child,
            stderr=child,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # Ctrl-C is a signal
        )
        os.close(child)

    def read(self, seconds: float) -> bool:
        """What comes within some seconds; False at the end."""
        ready, _, _ = select.select([self.main], [], [], seconds)
        if not ready:
            return True
        try:
            piece = os.read(self.main, 65536)
        except OSError:
            return False
        self.said += piece.decode("utf-8", "replace")
        return bool(piece)

    def until(self, words: str, seconds: float = 15.0) -> None:
        end = time.monotonic() + seconds
        while words not in plain(self.said):
            assert time.monotonic() < end, plain(self.said)
            if not self.read(0.1):
                break
        assert words in plain(self.said)

    def type(self, text: str) -> None:
        os.write(self.main, text.encode())

    def end(self) -> int:
        """Read all that comes until the command ends; its exit code."""
        end = time.monotonic() + 20
        while self.read(0.1) and time.monotonic() < end:
            if self.process.poll() is not None and not select.select([self.main], [], [], 0)[0]:
                break
        return self.process.wait(timeout=30)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self.main)


@pytest.fixture
def terminals(stage: Stage) -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def opened(terminals: list[Terminal], stage: Stage, *args: str, columns: int = 100) -> Terminal:
    terminals.append(Terminal(stage, *args, columns=columns))
    return terminals[-1]


def test_up_asks_for_the_programs_then_for_the_plan_and_never_again(
    stage: Stage, terminals: list[Terminal]
) -> None:
    stage.write(ONE)
    first = opened(terminals, stage, "up", "--until-idle")
    first.until("Start these programs for tasks of this page? [y/N]")
    assert "true" in plain(first.said)
    first.type("y\n")
    first.until("Do this, and go on as the page changes? [y/N]")
    assert re.search(r"start +A-1 +→ dev", plain(first.said))
    first.type("y\n")
    assert first.end() == 0
    assert stage.status_of("A-1") == "Complete"
    stage.write(ONE)
    again = opened(terminals, stage, "up", "--until-idle")
    assert again.end() == 0
    assert "[y/N]" not in again.said


@pytest.mark.parametrize("answers", [["n"], ["y", "n"], ["y", ""], ["yes", "Y\x04"]])
def test_whoever_says_no_has_nothing_started(
    stage: Stage, terminals: list[Terminal], answers: list[str]
) -> None:
    stage.write(ONE)
    before = stage.text
    terminal = opened(terminals, stage, "up", "--until-idle")
    for number, answer in enumerate(answers):
        terminal.until("[y/N]" if number == 0 else "Do this, and go on as the page changes? [y/N]")
        terminal.type(answer + "\n")
    agreed = all(a.strip("\x04").lower() in ("y", "yes") for a in answers)
    assert terminal.end() == (0 if agreed else 3)
    assert (stage.text == before) is not agreed


def test_trust_asks(stage: Stage, terminals: list[Terminal]) -> None:
    stage.write(ONE)
    refused = opened(terminals, stage, "trust")
    refused.until("[y/N]")
    refused.type("\n")
    assert refused.end() == 3
    granted = opened(terminals, stage, "trust")
    granted.until("[y/N]")
    granted.type("y\n")
    assert granted.end() == 0
    assert stage.process("up", "--until-idle").code == 0


def test_watch_follows_the_page_and_leaves_the_terminal_as_it_was(
    stage: Stage, terminals: list[Terminal]
) -> None:
    stage.write()
    terminal = opened(terminals, stage, "status", "--watch", columns=80)
    terminal.until("Starting soon")
    stage.page.write_text(stage.text.replace("A-1 | Waiting", "A-1 | Blocked"))
    terminal.until("Needs you")
    terminal.type("\x03")
    assert terminal.end() == 0
    assert terminal.said.count("\x1b[?25l") == terminal.said.count("\x1b[?25h") == 1
    assert terminal.said.index("\x1b[?25h") > terminal.said.rindex("Needs you")
    assert "Traceback" not in terminal.said


def test_status_opens_with_what_happened_since_the_last_look(stage: Stage, terminals: list[Terminal]) -> None:
    stage.write(ONE, FAIL)
    assert stage.process("status").code == 0  # a pipe is nobody
    first = opened(terminals, stage, "status")
    assert first.end() == 0
    assert "Since you looked" not in plain(first.said)
    (mark,) = (stage.here / ".mdorch").glob("looked.*")
    mark.write_text(json.dumps({"last": time.time() - 7200, "before": 0.0}))
    stage.process("up", "--until-idle", "--yes")
    assert stage.process("status", "--json").code == 0
    for _ in range(2):
        later = opened(terminals, stage, "status")
        assert later.end() == 0
        told = plain(later.said)
        assert "Since you looked, 2 h ago  0 done, 1 failed, 1 attempt\n" in told
        assert told.index("Needs you") < told.index("Since you looked") < told.index("Done  0 of")


def test_ctrl_c_says_how_many_runs_go_on(stage: Stage, terminals: list[Terminal]) -> None:
    stage.write(ONE, SLEEP)
    terminal = opened(terminals, stage, "up", "--yes")
    terminal.until("start")
    terminal.type("\x03")
    assert terminal.end() == 0
    terminal.until("1 run goes on")


def test_ctrl_c_at_a_question_is_no(stage: Stage, terminals: list[Terminal]) -> None:
    stage.write(ONE)
    terminal = opened(terminals, stage, "up")
    terminal.until("[y/N]")
    terminal.type("\x03")
    assert terminal.end() == 130
    assert "Traceback" not in terminal.said
    assert stage.status_of("A-1") == "Waiting"


@pytest.mark.parametrize("columns", [40, 80, 132])
def test_nothing_is_wider_than_the_terminal(stage: Stage, terminals: list[Terminal], columns: int) -> None:
    stage.write(
        ROWS + "| 日-1 | 日本語のタスクを一つここに書いておきます、長い題名です | dev | A-3 | Waiting | | |\n"
    )
    for args in (("status",), ("plan",)):
        terminal = opened(terminals, stage, *args, columns=columns)
        assert terminal.end() == 0
        assert max(width(line) for line in plain(terminal.said).splitlines()) <= columns
