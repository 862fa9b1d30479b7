"""`mdorch demo`, played for real: what is on its page afterwards, who ran when, and what is left behind."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from mdorch.board.board import Board
from mdorch.board.read import read
from mdorch.facts import Run
from mdorch.front.cli import demo_stage
from mdorch.world.journal import Journal
from tests.front.stage import ENV, Mdorch, Said, Stage, until

SOURCE = Path(demo_stage.__file__).resolve().parents[2] / "demo" / "page.md"
PHASES = {
    "Discovery": ["DISC-001", "DISC-002", "DISC-003", "DISC-004"],
    "Implementation": ["ORCH-001", "ML-001", "ML-002", "INT-001"],
    "Validation": ["TEST-001", "REV-001", "PERF-001", "DOC-001"],
}
TASKS = [task for tasks in PHASES.values() for task in tasks]


@dataclass(frozen=True)
class Played:
    """One whole demo at its own speed."""

    folder: Path
    said: Said
    took: float
    home: Path

    @property
    def text(self) -> str:
        return (self.folder / "CLAUDE.md").read_text("utf-8")

    @property
    def board(self) -> Board:
        return read(self.text.encode()).board

    @property
    def runs(self) -> list[Run]:
        journal = Journal.peek(self.folder / ".mdorch")
        assert journal is not None
        try:
            return journal.runs()
        finally:
            journal.close()


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    with tempfile.TemporaryDirectory() as name:
        base = Path(name).resolve()
        home = base / "home"
        home.mkdir()
        argv = [sys.executable, "-m", "mdorch", "demo", "--keep", str(base / "play")]
        began = time.monotonic()
        child = subprocess.run(
            argv,
            env={**ENV, "HOME": str(home)},
            cwd=base,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        took = time.monotonic() - began
        yield Played(base / "play", Said(child.returncode, child.stdout, child.stderr), took, home)


def test_it_ends_well_and_soon(played: Played) -> None:
    assert played.said.code == 0, played.said.err
    assert played.said.err == ""
    assert played.took < 20


def test_all_twelve_are_complete(played: Played) -> None:
    assert [(task.id, task.status_text) for task in played.board.tasks] == [(t, "Complete") for t in TASKS]
    assert [p for p in played.board.problems if p.severity != "info"] == []


def test_only_statuses_and_the_agent_that_took_over_have_changed(played: Played) -> None:
    """Hence the agent table is what it was, byte for byte."""
    before = SOURCE.read_text("utf-8")
    expected = before.replace("| Waiting  ", "| Complete ").replace("| ml-engineer    ", "| data-scientist ")
    assert played.text[: len(before)] == expected


def test_every_handoff_is_on_the_page_and_taken(played: Played) -> None:
    blocks = played.board.handoffs
    assert len(blocks) == 13
    assert all(block.taken and block.valid for block in blocks)
    runs = {run.id for run in played.runs}
    assert {block.mark.run for block in blocks if block.mark} == runs - {"DISC-003.1"}
    for block in blocks:
        assert (played.folder / block.artifacts[0]).is_file()


def test_handoffs_reached_the_prompts(played: Played) -> None:
    said = {block.task: " ".join(block.context) for block in played.board.handoffs}
    assert "Built on the handoffs of DISC-001, DISC-002" in said["ORCH-001"]
    assert "Built on the handoffs of ml-engineer" in said["ML-001"]  # the same task, from one to the other
    assert "PERF-001" in said["DOC-001"]


def test_discovery_overlaps_and_validation_goes_one_by_one(played: Played) -> None:
    runs = played.runs
    first = [next(run for run in runs if run.task == task) for task in PHASES["Discovery"]]
    assert max(run.started or 0.0 for run in first) < min(run.ended or 0.0 for run in first)
    later = [run for run in runs if run.task in PHASES["Validation"]]
    assert [run.task for run in later] == PHASES["Validation"]
    for before, after in pairwise(later):
        assert (before.ended or 0.0) <= (after.started or 0.0)


def test_nothing_starts_before_what_it_needs(played: Played) -> None:
    runs = played.runs
    began = {run.task: min(r.started or 0.0 for r in runs if r.task == run.task) for run in runs}
    ended = {run.task: max(r.ended or 0.0 for r in runs if r.task == run.task) for run in runs}
    needs = {
        "ORCH-001": ["DISC-001", "DISC-002"],
        "ML-001": ["DISC-001"],
        "ML-002": ["DISC-004"],
        "INT-001": ["ORCH-001", "ML-001"],
        "TEST-001": ["DISC-003", *PHASES["Implementation"]],
        "DOC-001": TASKS[:-1],
    }
    for task, required in needs.items():
        assert all(ended[other] <= began[task] for other in required), task


def test_one_is_tried_again_and_one_handed_on(played: Played) -> None:
    told = [(run.task, run.agent, run.exit_code, run.outcome) for run in played.runs]
    assert [t for t in told if t[0] == "DISC-003"] == [
        ("DISC-003", "test-automator", 1, "failed"),
        ("DISC-003", "test-automator", 0, "complete"),
    ]
    assert [t for t in told if t[0] == "ML-001"] == [
        ("ML-001", "ml-engineer", 0, "handed_on"),
        ("ML-001", "data-scientist", 0, "complete"),
    ]
    assert len(told) == 14


def test_what_is_told(played: Played) -> None:
    out = played.said.out
    assert "\x1b" not in out  # a pipe
    for task in TASKS:
        assert re.search(rf"^ +\d+\.\d s  {task} +[a-z-]+ starts", out, re.MULTILINE)
    assert "DISC-003  test-automator: failed: exit 1: the coverage run was killed: out of memory" in out
    assert "DISC-003  test-automator tries again" in out
    assert "ML-001    ml-engineer: handed on: ml-engineer → data-scientist" in out
    assert "ML-001    data-scientist takes over" in out
    assert "| DOC-001  | Complete    |" in out
    told = re.search(r"14 runs in (\d+\.\d) s\. One after another, the same runs take (\d+\.\d) s", out)
    assert told
    assert float(told[1]) < float(told[2])


def test_where_to_look_next_is_there(played: Played, stage: Stage) -> None:
    typed = re.findall(r"-m mdorch (.*)$|  mdorch (.*)$", played.said.out, re.MULTILINE)
    lines = [a or b for a, b in typed]
    assert [line.split()[0] for line in lines] == ["status", "history", "logs", "init"]
    for line in lines[:3]:
        said = stage.process(*line.split())
        assert said.code == 0, line
        assert said.out


def test_nothing_of_the_users_is_touched(played: Played) -> None:
    assert list(played.home.iterdir()) == []


def processes_about(folder: Path) -> list[str]:
    """Command lines of processes that have anything to do with a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line, env = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in line + env and int(entry.name) != os.getpid():
            found.append(line.replace(b"\0", b" ").decode("utf-8", "replace"))
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_it_leaves_nothing_behind(stage: Stage, number: signal.Signals) -> None:
    temporary = stage.here.parent / "temporary"
    temporary.mkdir()
    child = stage.spawn("demo", "--speed", "0.1", TMPDIR=str(temporary))  # agents work up to 16 s
    try:
        until(lambda: any("agent.py" in line for line in processes_about(temporary)))
        (folder,) = temporary.iterdir()
        child.send_signal(number)
        _, err = child.communicate(timeout=30)
    finally:
        child.kill()
    assert child.returncode == 130
    assert "have ended" in err
    assert list(temporary.iterdir()) == []
    until(lambda: not processes_about(folder), 15)


def test_a_folder_that_is_kept_must_be_empty(stage: Stage, mdorch: Mdorch) -> None:
    (stage.here / "mine.txt").write_text("x")
    said = mdorch("demo", "--keep", str(stage.here))
    assert said.code == 2
    assert "is not empty" in said.err
    assert sorted(os.listdir(stage.here)) == [".git", "mine.txt"]


def test_agents_may_not(mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDORCH_RUN", "A-1.1")
    assert mdorch("demo").code == 3


def test_a_show_that_fails_says_why(stage: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch) -> None:
    props = stage.here.parent / "props"
    props.mkdir()
    (props / "page.md").write_text(SOURCE.read_text("utf-8"), "utf-8")
    (props / "agent.py").write_text("")
    (props / "config.toml").write_text("# nobody\n")
    monkeypatch.setattr(demo_stage, "PROPS", props)
    said = mdorch("demo", "--keep", str(stage.here / "play"))
    assert said.code == 3
    assert "the demo did not come to its end" in said.err
    assert "no agent is configured" in said.err
    assert "DISC-001: " in said.err


# On a terminal

TOKEN = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]+")


def replayed(out: str) -> tuple[list[str], int]:
    """What a terminal shows in the end, and the most lines that were ever gone up at once."""
    lines, y, x, highest = [""], 0, 0, 0
    for token in TOKEN.finditer(out):
        text = token.group()
        if text == "\n":
            y += 1
            lines += [""] * (y == len(lines))
        elif text == "\r":
            x = 0
        elif token[2] == "A":
            highest = max(highest, int(token[1]))
            y -= int(token[1])
        elif token[2] == "K":
            lines[y] = ""
        elif token[2] == "J":
            del lines[y + 1 :]
            lines[y] = ""
        elif not token[2]:
            lines[y] = lines[y][:x].ljust(x) + text + lines[y][x + len(text) :]
            x += len(text)
    return lines, highest


def on_terminal(stage: Stage, rows: int, columns: int, *args: str) -> str:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    argv = [sys.executable, "-m", "mdorch", "demo", "--speed", "8", *args]
    env = {**stage.env, "TERM": "xterm"}
    out = b""
    with subprocess.Popen(argv, cwd=stage.here, env=env, stdin=theirs, stdout=theirs, stderr=theirs) as child:
        os.close(theirs)
        try:
            while chunk := os.read(ours, 65536):
                out += chunk
        except OSError:  # the other side was closed
            pass
        os.close(ours)
    assert child.returncode == 0
    return out.decode()


def test_a_picture_is_drawn_over_itself(stage: Stage) -> None:
    out = on_terminal(stage, 24, 110, "--keep", str(stage.here / "play"))
    lines, highest = replayed(out)
    assert highest < 24  # or the terminal would have scrolled away what is to be drawn over
    rows = [line for line in lines if line.startswith("  ✓  ")]
    assert [row.split()[1] for row in rows] == TASKS
    assert any(line.startswith("━" * 32 + "  12 of 12 complete") for line in lines)
    for title in ("Phase 1: Discovery (in parallel)", "Phase 3: Validation (in sequence)"):
        assert lines.count(title) == 1
    assert "handed on by ml-engineer" in "\n".join(lines)
    assert max(map(len, [*rows, *(line for line in lines if line.startswith("Phase"))])) < 110
    assert out.rindex("\x1b[?25h") > out.rindex("\x1b[?25l")  # the cursor is back


def test_a_small_terminal_gets_lines(stage: Stage) -> None:
    out = on_terminal(stage, 12, 100, "--keep", str(stage.here / "play"))
    assert replayed(out)[1] == 0
    assert "DOC-001" in out
