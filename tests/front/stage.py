"""A scratch repository for the command line: commands in this process, or as processes of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mdorch.front.cli.main import run
from mdorch.world.lock import holder
from mdorch.world.runs import Runs

ROOT = Path(__file__).resolve().parents[2]
ENV = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(ROOT),
    "LC_ALL": "C.UTF-8",
}

HEAD = """# Project

## Active Agents

| Agent | Task | Status | Started | Dependencies |
|---|---|---|---|---|

## Task Queue

| ID | Task | Agent | Depends on | Status | Priority | Notes |
|---|---|---|---|---|---|---|
"""
ROWS = """\
| A-1 | Find the callers | dev | None | Complete | high | |
| A-2 | Write the parser | dev | A-1 | Waiting | high | |
| A-3 | Test the parser | tester | A-2 | Waiting | low | |
"""
TRUE = '[agents.default]\ncommand = ["true"]\n[run]\nsettle = "0s"\n'
SLEEP = '[agents.default]\ncommand = ["sleep", "60"]\n[run]\nsettle = "0s"\n'


ONE = "| A-1 | only | dev | None | Waiting | | |\n"
FAIL = '[agents.default]\ncommand = ["sh", "-c", "echo oh >&2; exit 7"]\n[run]\nsettle = "0s"\nattempts = 1\n'


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


@dataclass
class Stage:
    """`here` is a folder with a page and a configuration; `env` is complete."""

    here: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def page(self) -> Path:
        return self.here / "CLAUDE.md"

    @property
    def text(self) -> str:
        return self.page.read_text("utf-8")

    def write(self, rows: str = ROWS, config: str | None = TRUE, more: str = "") -> None:
        self.page.write_text(HEAD + rows + more, "utf-8")
        if config is not None:
            (self.here / "mdorch.toml").write_text(config)

    def status_of(self, task: str) -> str:
        """The status cell of a task, as written."""
        row = next(line for line in self.text.splitlines() if line.startswith(f"| {task} |"))
        return row.split("|")[5].strip()

    def spawn(self, *args: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "mdorch", *args],
            cwd=self.here,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def process(self, *args: str, **env: str) -> Said:
        """A command as a process of its own, without a terminal."""
        child = self.spawn(*args, **env)
        out, err = child.communicate(timeout=60)
        return Said(child.returncode, out, err)


Mdorch = Callable[..., Said]


def make_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """An empty repository, and a user without habits, for this process as for its children."""
    here = tmp_path / "project"
    (here / ".git").mkdir(parents=True)
    (here / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    home = tmp_path / "home"
    home.mkdir()
    stage = Stage(here, {**ENV, "HOME": str(home)})
    for name in [n for n in os.environ if n.startswith("MDORCH_")]:
        monkeypatch.delenv(name)
    for name in ("COLUMNS", "NO_COLOR", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    return stage


def caller(capsys: pytest.CaptureFixture[str]) -> Mdorch:
    """Commands run in this process, without a terminal."""

    def call(*args: str) -> Said:
        capsys.readouterr()
        code = run(list(args))
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return call


def until(true: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def plain(text: str) -> str:
    """What is left of a terminal's output without colours and carriage returns."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text).replace("\r", "")


def live(stage: Stage) -> list[str]:
    runs = Runs(stage.here / ".mdorch")
    return [run for run in runs.ids() if runs.poll(run).state == "running"]


def running(stage: Stage) -> bool:
    return holder(stage.here / ".mdorch") is not None
