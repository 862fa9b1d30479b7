"""A stage for real agent programs: a scratch page, a scripted model, and the daemon in a thread.

The programs come from `make agents`; where one is not there its tests are skipped, and say so.
"""

from __future__ import annotations

import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mdorch.board.read import read
from mdorch.board.task import Task
from mdorch.config.load import load
from mdorch.daemon.loop import Daemon
from mdorch.daemon.options import Options
from mdorch.desk.explain import why_answer
from mdorch.desk.look import Look, look
from mdorch.desk.site import Site
from mdorch.facts import Run
from mdorch.frozen import replace
from mdorch.world.journal import Journal
from mdorch.world.keeper.tree import marked
from tests.agents.model import Script, Server

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / ".venv" / "agents"
HEAD = """# Project

## Active Agents

| Agent | Task | Status | Started | Dependencies |
|---|---|---|---|---|

## Task Queue

| ID | Task | Agent | Depends on | Status | Notes |
|---|---|---|---|---|---|
"""
BLOCK = """
## Agent Handoff Signal

**From**: dev
**To**: -
**Task**: A-1
**Status**: {}

### Deliverables
- made it
"""
QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_AUTOUPDATER": "1",
    "CLAUDE_CODE_MAX_RETRIES": "1",
    "LC_ALL": "C.UTF-8",
}
CODEX = """model = "gpt-5-codex"
model_provider = "scripted"

[model_providers.scripted]
name = "scripted"
base_url = "{}/v1"
env_key = "SCRIPTED_KEY"
wire_api = "responses"
request_max_retries = 1
stream_max_retries = 1
"""


class Play:
    """One page with one task for one real program, and the model that it asks. Only with `given` does it get
    what it would be given of mdorch: the server alone takes a second to start."""

    given = False

    def __init__(self, folder: Path, cli: str, script: Script) -> None:
        self.folder = folder / "project"
        self.home = folder / "home"
        self.bin = folder / "bin"
        for path in (self.folder, self.home, self.bin):
            path.mkdir()
        self.page = self.folder / "CLAUDE.md"
        self.page.write_text(f"{HEAD}| A-1 | do it | dev | None | Waiting | |\n")
        self.cli = cli
        self.server = Server(script)
        self.env: dict[str, str] = {}
        self.configure()
        wrapper = self.bin / "mdorch"
        wrapper.write_text(
            f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {sys.executable} -m mdorch "$@"\n'
        )
        wrapper.chmod(0o755)

    def configure(self, agent: str = "", more: str = "") -> None:
        """`agent` is added to the agent's own section, `more` behind it."""
        text = (
            f'[run]\nsettle = "0s"\ntimeout = "90s"\n[agents.default]\ncli = "{self.cli}"\n{agent}\n{more}\n'
        )
        (self.folder / "mdorch.toml").write_text(text)

    @property
    def site(self) -> Site:
        settings = load(self.folder / "mdorch.toml")
        if not self.given:
            agents = settings.agents.items()
            bare = {name: replace(spec, mcp=False, stop_hook=False) for name, spec in agents}
            settings = replace(settings, agents=bare)
        return Site(self.page, settings, home=self.home)

    @property
    def environ(self) -> dict[str, str]:
        programs = PROGRAMS / self.cli / "node_modules" / ".bin"
        path = f"{self.bin}:{programs}:/usr/local/bin:/usr/bin:/bin"
        url = self.server.url
        (self.home / ".codex").mkdir(exist_ok=True)
        (self.home / ".codex" / "config.toml").write_text(CODEX.format(url))
        keys = {
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_API_KEY": "scripted-key",
            "SCRIPTED_KEY": "scripted-key",
        }
        places = {"PATH": path, "HOME": str(self.home), "TMPDIR": str(self.home)}
        return {**places, **QUIET, **keys, **self.env}

    def daemon(self, **options: Any) -> Daemon:
        return Daemon(self.site, Options(**options), environ=self.environ)

    def until_idle(self) -> None:
        """The daemon, until nothing can go on; then nothing may be left of the runs."""
        with self.server:
            self.daemon(until_idle=True).run()
        self.nothing_is_left()

    @contextmanager
    def running(self) -> Iterator[Daemon]:
        """The daemon at work in a thread, told to stop at the end."""
        daemon = self.daemon()
        thread = threading.Thread(target=daemon.run, daemon=True)
        with self.server:
            thread.start()
            try:
                yield daemon
            finally:
                daemon.bell.stop()
                thread.join(20)
                assert not thread.is_alive()

    def wait(self, true: Callable[[], object], why: str, seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"{why}\n{self.page.read_text()}\n{self.output()}"
            time.sleep(0.02)

    def nothing_is_left(self) -> None:
        dot = str(self.site.dot)
        self.wait(lambda: not any(marked(run.id, dot) for run in self.runs()), "processes are left", 10)

    def task(self, name: str = "A-1") -> Task:
        return next(t for t in read(self.page.read_bytes()).board.tasks if t.id == name)

    def runs(self) -> list[Run]:
        journal = Journal.peek(self.site.dot)
        if journal is None:
            return []
        try:
            return journal.runs()
        finally:
            journal.close()

    def look(self) -> Look:
        return look(self.site, time.time())

    def why(self) -> str:
        reason: str = why_answer(self.look(), "A-1")["reason"]
        return reason

    def handoff(self, status: str = "COMPLETE") -> str:
        """The shell command that appends a block."""
        return f"cat >> {self.page} <<'END'\n{BLOCK.format(status)}END"

    def output(self) -> str:
        """All that the runs printed, for a test that failed."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob(".mdorch/runs/*/std*.log")))


Stage = Callable[[str, Script], Play]


@pytest.fixture
def play(tmp_path: Path) -> Stage:
    def made(cli: str, script: Script) -> Play:
        if not (PROGRAMS / cli / "node_modules" / ".bin" / cli).exists():
            pytest.skip(f"{cli} is not here: make agents")
        return Play(tmp_path, cli, script)

    return made
