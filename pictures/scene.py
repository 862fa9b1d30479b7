"""A project in the middle of its work: a real page, a real daemon, stand-ins for agents.

Some tasks are done, some are being done, one has failed, one asks something, one waits for a review. The
stand-ins speak as one of the agent programs does, so that what they use and what they cost is known.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mdorch.desk import halt
from mdorch.desk.look import look
from mdorch.desk.site import Site, open_site

PROPS = Path(__file__).resolve().parent
PATIENCE = 60.0  # seconds for the scene to be there
SET = {"DISC-003": "failed", "API-001": "blocked", "CORE-001": "complete"}
LIVE = 3  # agents that are at work then

CONFIG = """\
[run]
max_parallel = 4
settle = "0s"
attempts = 1
auto_fix = false

[gates]
review = ["DISC-004"]

[budget]
usd_per_day = 25.0

[agents.default]
command = ["{claude}"]
"""


@contextmanager
def scene() -> Iterator[Site]:
    """The project, with a daemon at work on it; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="mdorch-") as folder:
        home = Path(folder)
        site = _set_up(home / "pricing", home)
        command = [sys.executable, "-m", "mdorch", "--page", str(site.page), "up", "--yes"]
        daemon = subprocess.Popen(
            command, env=_environ(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait(site)
            yield site
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait()
            left = halt.live_runs(site)
            halt.stop(site, left, "the picture is taken")
            halt.ended(site, left, PATIENCE)


def _environ(home: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("MDORCH_")}
    return {**own, "HOME": str(home), "XDG_STATE_HOME": str(home / ".state"), "PYTHONPATH": str(PROPS.parent)}


def _set_up(folder: Path, home: Path) -> Site:
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n", "ascii")
    (folder / "docs").mkdir()
    program = home / "bin" / "claude"
    program.parent.mkdir()
    text = (PROPS / "agent.py").read_text("utf-8")
    program.write_text(f"#!{sys.executable} -IS\n{text}", "utf-8")
    program.chmod(0o755)
    shutil.copyfile(PROPS / "page.md", folder / "CLAUDE.md")
    (folder / "mdorch.toml").write_text(CONFIG.format(claude=program), "utf-8")
    for name in ("disc-001", "disc-002", "disc-004", "core-001", "pricing-map"):
        (folder / "docs" / f"{name}.md").write_text("# Result\n", "utf-8")
    return open_site(str(folder / "CLAUDE.md"), None, _environ(home))


def _wait(site: Site) -> None:
    """Until what shall be done is done, and the rest is at work."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        words = {task.id: task.status.value for task in look(site, time.time()).board.tasks}
        settled = (
            words["DISC-003"] == "failed"
            and words["API-001"] == "blocked"
            and words["CORE-001"] == "complete"
        )
        if settled and len(halt.live_runs(site)) >= LIVE:
            return
        time.sleep(0.1)
    raise RuntimeError(f"the scene is not set: {words}")
