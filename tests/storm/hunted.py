"""The daemon under torture: any command; started, killed with -9 when chance says so, started again."""

from __future__ import annotations

import os
import random
import shlex
import signal
import subprocess
import time
from pathlib import Path

from tests.storm.scene import Scene


class Hunted:
    """`command` may name {page} and {folder}; empty: there is no daemon, which is the baseline."""

    def __init__(self, command: str, scene: Scene, seed: int) -> None:
        self.argv = [word.format(page=scene.page, folder=scene.folder) for word in shlex.split(command)]
        self.log = scene.folder / "daemon.log"
        self.environ = {**os.environ, "XDG_STATE_HOME": str(scene.folder / "state")}
        self.chance = random.Random(f"{seed}/kills")
        self.kills = 0
        self.died: list[int] = []  # exit codes that nobody asked for
        self.child: subprocess.Popen[bytes] | None = None
        self._next = 0.0

    def start(self) -> None:
        if self.argv:
            with self.log.open("ab") as log:
                self.child = subprocess.Popen(
                    self.argv, env=self.environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL
                )
            self._next = time.monotonic() + self.chance.uniform(0.2, 2.5)

    def tend(self, kill: bool) -> None:
        """Kill it if its time has come; start it again, whatever it died of."""
        if self.child is None:
            return
        if self.child.poll() is not None:
            self.died.append(self.child.returncode)
            time.sleep(0.2)
            self.start()
        elif kill and time.monotonic() >= self._next:
            self.child.send_signal(signal.SIGKILL)
            self.child.wait()
            self.kills += 1
            time.sleep(self.chance.choice([0.0, 0.0, 0.1, 0.4]))
            self.start()

    def end(self) -> None:
        """Ask it to end, as a person would."""
        if self.child is None:
            return
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(120)
        except subprocess.TimeoutExpired:
            self.died.append(-signal.SIGKILL)
            self.child.kill()
            self.child.wait()

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""


def left_behind(folder: Path, patience: float = 60.0) -> list[int]:
    """Processes of runs of this folder, by their environment, once they had time to end."""
    until = time.monotonic() + patience
    while (found := _of_runs(folder)) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def _of_runs(folder: Path) -> list[int]:
    wanted = b"MDORCH_DIR=" + os.fsencode(folder)
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                environ = Path("/proc", name, "environ").read_bytes()
            except OSError:
                continue
            if any(word.startswith(wanted) for word in environ.split(b"\0")):
                found.append(int(name))
    return found
