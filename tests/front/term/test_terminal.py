"""The program on a real terminal, and what it asks of terminals and editors."""

from __future__ import annotations

import os
import pty
import signal
import threading
from pathlib import Path

import pytest

from mdorch.config.errors import Trouble
from mdorch.front.term import palette_for
from mdorch.front.term.background import is_light
from mdorch.front.term.editor import editing
from mdorch.front.term.palette import DARK, LIGHT, PLAIN, TERMINAL
from tests.front.stage import ROWS, Mdorch, Stage
from tests.front.test_terminal import Terminal

LEFT = "\x1b[?1049l"  # the screen that was there before (xterm's control sequences)


def test_the_real_program_shows_the_board_and_leaves_the_terminal_as_it_was(stage: Stage) -> None:
    stage.write(ROWS)
    before = stage.page.read_bytes()
    terminal = Terminal(stage, "top", "--theme", "dark", columns=80, rows=24)
    try:
        terminal.until("Write the parser")
        terminal.type("q")
        assert terminal.end() == 0
        assert LEFT in terminal.said
        assert "Traceback" not in terminal.said
    finally:
        terminal.close()
    assert stage.page.read_bytes() == before


def test_a_signal_ends_it_in_order(stage: Stage) -> None:
    stage.write(ROWS)
    terminal = Terminal(stage, "top", "--theme", "dark", columns=80, rows=24)
    try:
        terminal.until("Write the parser")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.end() == 0
        assert LEFT in terminal.said
    finally:
        terminal.close()


def test_without_a_terminal_it_says_so(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ROWS)
    said = mdorch("top")
    assert (said.code, said.out) == (2, "")
    assert "this needs a terminal" in said.err


@pytest.mark.parametrize(
    ("said", "words", "windowed"),
    [
        ("vi", ["+7", "F"], False),
        ("nvim -p", ["-p", "+7", "F"], False),
        ("nano", ["+7", "F"], False),
        ("emacs -nw", ["-nw", "+7", "F"], False),
        ("hx", ["F:7"], False),
        ("code -w", ["-w", "-g", "F:7"], True),
        ("kate", ["-l", "7", "F"], True),
        ("unknown", ["F"], False),
    ],
)
def test_editors_are_told_the_line(tmp_path: Path, said: str, words: list[str], windowed: bool) -> None:
    name = said.split()[0]
    (tmp_path / name).write_text("#!/bin/sh\n")
    (tmp_path / name).chmod(0o755)
    found = editing({"PATH": str(tmp_path), "VISUAL": "", "EDITOR": said}, Path("F"), 7)
    assert (list(found.argv), found.windowed) == ([name, *words], windowed)
    assert editing({"PATH": str(tmp_path), "EDITOR": name}, Path("F"), 0).argv == (name, "F")


@pytest.mark.parametrize("said", ["nowhere", "'"])
def test_an_editor_that_cannot_be_started_is_told(tmp_path: Path, said: str) -> None:
    with pytest.raises(Trouble):
        editing({"PATH": str(tmp_path), "EDITOR": said}, Path("F"), 7)


@pytest.mark.parametrize(
    ("answer", "light"),
    [
        (b"\x1b]11;rgb:ffff/fdfd/f0f0\x1b\\\x1b[?62;22c", True),
        (b"\x1b]11;rgb:00/00/20\x07\x1b[?62;22c", False),
        (b"\x1b[?1;2c", False),  # knows nothing of colours, and is not waited for
    ],
)
def test_a_terminal_is_asked_whether_it_is_light(answer: bytes, light: bool) -> None:
    main, child = pty.openpty()

    def play() -> None:
        asked = b""
        while not asked.endswith(b"\x1b]11;?\x1b\\\x1b[c"):
            asked += os.read(main, 100)
        os.write(main, answer)

    terminal = threading.Thread(target=play, daemon=True)
    terminal.start()
    assert is_light({"TERM": "xterm-256color"}, child) is light
    terminal.join(10.0)
    assert not terminal.is_alive()
    os.close(main)
    os.close(child)


def test_the_palette_suits_the_terminal() -> None:
    few = {"TERM": "xterm"}
    assert palette_for("auto", few) is TERMINAL
    assert palette_for("auto", {**few, "COLORTERM": "truecolor", "COLORFGBG": "0;15"}) is LIGHT
    assert palette_for("auto", {"TERM": "xterm-256color", "COLORFGBG": "15;0"}) is DARK
    assert palette_for("light", few) is LIGHT
    assert palette_for("light", {**few, "NO_COLOR": "1"}) is PLAIN
