"""A stage for daemons: a scratch page, a scripted agent program, and the daemon in a thread."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mdorch.board.board import Board
from mdorch.board.read import read
from mdorch.board.task import Task
from mdorch.config.settings import AgentSpec, Settings
from mdorch.daemon.events import Ending, Event
from mdorch.daemon.loop import Daemon
from mdorch.daemon.options import Options
from mdorch.desk.site import Site

HEAD = """# Project

## Active Agents

| Agent | Task | Status | Started | Dependencies |
|---|---|---|---|---|

## Task Queue

| ID | Task | Agent | Depends on | Status | Notes |
|---|---|---|---|---|---|
"""

# The agent runs `script.py` with these names at hand.
AGENT = """
import os, sys, time, pathlib, signal
task, agent, page = os.environ["MDORCH_TASK"], os.environ["MDORCH_AGENT"], os.environ["MDORCH_PAGE"]
attempt, run = int(os.environ["MDORCH_ATTEMPT"]), os.environ["MDORCH_RUN"]
here = pathlib.Path(__file__).parent
prompt = sys.stdin.read()
with open(here / "starts.log", "a") as log:
    log.write(f"{run} {agent} {time.time()}\\n")

def handoff(to="-", status="COMPLETE", more=""):
    with open(page, "a") as file:
        file.write(f"\\n## Agent Handoff Signal\\n\\n**From**: {agent}\\n**To**: {to}\\n**Task**: {task}\\n"
                   f"**Status**: {status}\\n\\n### Deliverables\\n- by {agent}\\n{more}")

def wait_for(name):
    until = time.time() + 60
    while not (here / name).exists() and time.time() < until:
        time.sleep(0.01)

exec((here / "script.py").read_text())
"""


class Stage:
    """`rows` are task rows as Markdown; `script` is Python that the agent runs, told by MDORCH_TASK."""

    def __init__(self, folder: Path, rows: str, script: str = "", **settings: object) -> None:
        self.folder = folder
        self.page = folder / "CLAUDE.md"
        self.page.write_text(HEAD + rows)
        (folder / "agent.py").write_text(AGENT)
        (folder / "script.py").write_text(script)
        command = (sys.executable, "-I", "-S", str(folder / "agent.py"))
        spec = AgentSpec("default", command, "", timeout=30.0, strict=False)
        values: dict[str, object] = {"agents": {"default": spec}, "settle": 0.0, **settings}
        self.settings = Settings(**values)  # type: ignore[arg-type]
        self.site = Site(self.page, self.settings)
        self.events: list[Event] = []

    def until_idle(self, **options: object) -> Ending:
        return self.daemon(until_idle=True, **options).run()

    def daemon(self, **options: object) -> Daemon:
        return Daemon(self.site, Options(**options), self.events.append)  # type: ignore[arg-type]

    @contextmanager
    def running(self, **options: object) -> Iterator[Daemon]:
        """The daemon at work in a thread, told to stop at the end."""
        daemon = self.daemon(**options)
        thread = threading.Thread(target=daemon.run, daemon=True)
        thread.start()
        try:
            yield daemon
        finally:
            daemon.bell.stop()
            thread.join(10)
            assert not thread.is_alive()

    def board(self) -> Board:
        return read(self.page.read_bytes()).board

    def task(self, task_id: str) -> Task:
        return next(t for t in self.board().tasks if t.id == task_id)

    def status(self, task_id: str) -> str:
        return self.task(task_id).status.value

    def wait(self, is_so: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if is_so():
                return
            time.sleep(0.01)
        raise AssertionError(f"{what}\n{self.page.read_text()}\n" + "\n".join(map(str, self.events)))

    def wait_status(self, task_id: str, status: str, seconds: float = 30.0) -> None:
        self.wait(lambda: self.status(task_id) == status, f"{task_id} never became {status}", seconds)

    def replace(self, old: str, new: str) -> None:
        """A hand edit, saved as most editors do."""
        text = self.page.read_text()
        assert old in text, old
        self.page.write_text(text.replace(old, new))

    def starts(self) -> list[str]:
        """Run ids in the order in which agents really began."""
        log = self.folder / "starts.log"
        return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []

    def release(self, name: str) -> None:
        """Let agents go on that `wait_for(name)`."""
        (self.folder / name).touch()
