"""Where the demo is played: a scratch folder with a real page, and `mdorch up` at work on it.

Nothing of the user's is touched: the folder is its own home and state folder, so neither approvals nor
agents of the user count there, and none are left behind.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import mdorch
from mdorch.board.board import Board
from mdorch.config.errors import FAILED, USAGE, Trouble
from mdorch.desk import halt
from mdorch.desk.look import look, peeked
from mdorch.desk.site import Site, open_site
from mdorch.facts import Run
from mdorch.frozen import Frozen
from mdorch.plan.actions import Plan
from mdorch.world.errors import PageError

PROPS = Path(mdorch.__file__).parent / "demo"
LOG = "up.log"
SHUTDOWN = 5.0  # seconds for the daemon to end
PATIENCE = 15.0  # seconds for runs to end, once they were asked to


class Said(Frozen):
    """One line of the history. `time` is epoch seconds; `number` counts up."""

    number: int
    time: float
    kind: str
    task: str
    run: str
    text: str


class Frame(Frozen):
    """The show at one moment, as page and journal tell it. `now` is epoch seconds."""

    text: str
    board: Board
    plan: Plan
    runs: tuple[Run, ...]
    history: tuple[Said, ...]
    now: float

    @property
    def done(self) -> int:
        return sum(task.status == "complete" for task in self.board.tasks)

    @property
    def running(self) -> list[Run]:
        return [run for run in self.runs if run.live]

    @property
    def titles(self) -> dict[str, str]:
        """The headings of the phases, by what the board calls them."""
        phases = dict.fromkeys(task.phase for task in self.board.tasks)
        headings = (line[4:] for line in self.text.splitlines() if line.startswith("### Phase"))
        return dict(zip(phases, headings, strict=False))

    @property
    def queue(self) -> list[str]:
        """The lines of the Task Queue."""
        section = next(s for s in self.board.sections if s.title == "Task Queue")
        return "\n".join(self.text.splitlines()[section.line - 1 : section.end - 1]).strip().splitlines()

    @property
    def finished(self) -> bool:
        return self.done == len(self.board.tasks) > 0


class Stage:
    """A context: whatever happens inside, no process of the show is left behind it."""

    def __init__(self, folder: Path, speed: float, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.page = folder / "CLAUDE.md"
        self._environ = _isolated(environ, folder)
        self._process: subprocess.Popen[bytes] | None = None
        _set_up(folder, speed)
        self.site: Site = open_site(str(self.page), None, self._environ)

    def __enter__(self) -> Stage:
        """Start the daemon, just as anybody would: `mdorch up --until-idle --yes`."""
        argv = [sys.executable, "-m", "mdorch", "--page", str(self.page), "up", "--until-idle", "--yes"]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C here is ours to answer
                env=self._environ,
            )
        return self

    def __exit__(self, *_: object) -> None:
        """End the daemon, if it still works, and then every run that it left alive."""
        assert self._process is not None
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # impatience must not leave half of it running
        try:
            if self._process.poll() is None:
                self._process.terminate()
                try:
                    self._process.wait(SHUTDOWN)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
            left = halt.live_runs(self.site)
            halt.stop(self.site, left, "the demo was stopped")
            halt.ended(self.site, left, PATIENCE)
        finally:
            signal.signal(signal.SIGINT, before)

    @property
    def log(self) -> Path:
        """What `mdorch up` said."""
        return self.folder / LOG

    @property
    def playing(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def frame(self) -> Frame | None:
        """The show as it is; None where somebody is just writing the page.

        The history is looked up first: it must not tell of a run that the look has not seen.
        """
        now = time.time()
        with peeked(self.site) as journal:
            notes = journal.history() if journal else []
        try:
            seen = look(self.site, now)
        except PageError:
            return None
        history = tuple(Said(n.id, n.time, n.kind, n.task, n.run, n.text) for n in notes)
        text = seen.data.decode("utf-8", "replace")
        return Frame(text, seen.board, seen.plan, seen.facts.runs, history, now)


def scratch(keep: str | None) -> Path:
    """An empty folder for the show: the one named, or one for temporary files. Raises Trouble."""
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="mdorch-demo-")).resolve()
    folder = Path(keep).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Trouble(f"{keep} is not empty", "name a new folder, or an empty one", USAGE)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Trouble(f"{keep}: {reason}", "name a folder that can be made", FAILED) from None
    return folder.resolve()


def _set_up(folder: Path, speed: float) -> None:
    shutil.copyfile(PROPS / "page.md", folder / "CLAUDE.md")
    shutil.copyfile(PROPS / "agent.py", folder / "agent.py")
    command = [sys.executable, "-I", "-S", str(folder / "agent.py"), f"{speed:g}"]
    config = (PROPS / "config.toml").read_text("utf-8").replace("@COMMAND@", json.dumps(command))
    (folder / "mdorch.toml").write_text(config, "utf-8")


def _isolated(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment of the show: nothing in it leads to the user's own page, agents or approvals."""
    own = {name: value for name, value in environ.items() if not name.startswith("MDORCH_")}
    code = str(Path(mdorch.__file__).parents[1])
    path = os.pathsep.join(filter(None, (code, own.get("PYTHONPATH", ""))))
    return {**own, "PYTHONPATH": path, "HOME": str(folder), "XDG_STATE_HOME": str(folder / ".state")}
