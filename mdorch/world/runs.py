"""Runs: each in a folder of its own, started once, and never forgotten.

    runs/TEST-001.2/  run.json    what it is (no values of environment variables: they may be secrets)
                      prompt.md   the agent's standard input
                      stdout.log  stderr.log
                      lock        held by whoever may still make something of this run
                      begun       the shim exists, and the agent may have been started
                      stop        somebody wishes it to end, and why
                      exit.json   how it ended

A folder appears whole, by one rename, with its lock already held; so of two starters one fails, and no
onlooker can mistake a run that is just being started for one that was given up. The lock passes from the
starter to the shim through a message that carries it, without a moment in which nobody holds it. Hence:

    no folder                                   absent
    exit.json                                   ended
    lock held                                   running
    lock free, this boot, not begun             unbegun: nothing ever ran
    lock free otherwise                         lost: nothing can be known
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mdorch.facts import End
from mdorch.world.boot import boot_id
from mdorch.world.crash import crash_point
from mdorch.world.errors import AlreadyStarted
from mdorch.world.hatch import Hatch
from mdorch.world.keeper.shim import STOP_SIGNAL, Order
from mdorch.world.keeper.tree import marked, open_process, send
from mdorch.world.names import safe_name, unsafe_name

_STAGING = ".new-"


@dataclass(frozen=True, slots=True)
class RunSpec:
    """What to start. `env` is the agent's complete environment; MDORCH_RUN and MDORCH_DIR are added to it.

    `timeout` is seconds; `patience` is how long SIGINT, then SIGTERM, may take before the next signal.
    `about` is JSON kept in `run.json`, from which a lost journal learns what the run was for.
    """

    id: str
    argv: list[str]
    env: Mapping[str, str]
    cwd: str
    prompt: bytes
    timeout: float
    patience: tuple[float, float] = (5.0, 5.0)
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exit:
    """How a run ended. Times are seconds since the epoch; `started` is None where no agent was started.

    `exit_code` is negative for the signal that ended the program. `detail` is one line, fit for a terminal.
    """

    end: End
    exit_code: int | None = None
    started: float | None = None
    ended: float | None = None
    stop_reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Poll:
    """How a run is: "absent", "unbegun", "running", "ended" or "lost". `pid` is the shim's, once known."""

    state: str
    pid: int | None = None
    exit: Exit | None = None
    started: float | None = None


class Runs:
    """The runs of one `.mdorch` folder. Any number of processes may look, stop and start."""

    def __init__(self, folder: Path) -> None:
        self._dir = folder.absolute()
        self._root = self._dir / "runs"
        self._hatch = Hatch()
        self._watched: dict[str, int] = {}  # run id -> pidfd of its shim
        self._tidied = False

    def start(self, spec: RunSpec) -> int:
        """Start a run and return the pid of its shim. Raises AlreadyStarted, OSError.

        After an OSError `poll` tells whether there is a folder: the run is then "unbegun" at most.
        """
        self._tidy()
        lock = self._make_folder(spec)
        folder = os.open(self.folder(spec.id), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            crash_point("runs.made")
            pid, pidfd = self._hatch.start(self._order(spec), folder, lock)
            crash_point("runs.handed")
        finally:
            os.close(folder)
            os.close(lock)
        self._watched[spec.id] = pidfd
        return pid

    def poll(self, run_id: str) -> Poll:
        """How a run is now. Cheap: a few system calls."""
        folder = self.folder(run_id)
        if not folder.is_dir():
            return Poll("absent")
        held = _is_held(folder / "lock")
        begun = _read_json(folder / "begun")
        pid, began = begun.get("pid"), begun.get("time")
        if (result := _read_exit(folder)) is not None:
            self._unwatch(run_id)
            return Poll("ended", pid, result, result.started)
        if held:
            return Poll("running", pid, None, began)
        self._unwatch(run_id)
        same_boot = _read_json(folder / "run.json").get("boot") == boot_id()
        if same_boot and not (folder / "begun").exists():
            return Poll("unbegun")
        return Poll("lost", pid, None, began)

    def stop(self, run_id: str, reason: str) -> None:
        """Ask the shim to end the run; returns at once. For a run that has ended it does nothing."""
        folder = self.folder(run_id)
        draft = folder / f"stop.{os.getpid()}"
        with suppress(FileNotFoundError):
            draft.write_text(reason, encoding="utf-8", errors="replace")
            os.rename(draft, folder / "stop")
            begun = _read_json(folder / "begun")
            if begun.get("boot") == boot_id() and _is_held(folder / "lock"):
                send((begun["pid"], begun["ticks"]), STOP_SIGNAL)

    def sweep(self, run_id: str) -> int:
        """Kill what a *lost* run left behind, known by its environment; returns how many there were."""
        if self.poll(run_id).state != "lost":
            return 0
        return sum(send(process, signal.SIGKILL) for process in marked(run_id, str(self._dir)))

    def watch(self, run_id: str) -> int | None:
        """A descriptor that becomes readable when the run's shim ends; None when it has, or is not known.

        Needed only for runs that another process started; those of this object are watched from the start.
        """
        if run_id not in self._watched:
            begun = _read_json(self.folder(run_id) / "begun")
            fd = None
            if begun.get("boot") == boot_id():
                fd = open_process((begun["pid"], begun["ticks"]))
            if fd is None:
                return None
            self._watched[run_id] = fd
        return self._watched[run_id]

    def watch_fds(self) -> dict[int, str]:
        """The runs started or watched by this object and not yet seen to be over, by descriptor.

        `select` on them; when one is readable, `poll` its run, which also closes the descriptor.
        """
        return {fd: run_id for run_id, fd in self._watched.items()}

    def ids(self) -> list[str]:
        """All runs that have a folder, sorted."""
        try:
            names = [name for name in os.listdir(self._root) if not name.startswith(".")]
        except FileNotFoundError:
            return []
        found = (unsafe_name(name) or _read_json(self._root / name / "run.json").get("id") for name in names)
        return sorted(run_id for run_id in found if run_id)

    def about(self, run_id: str) -> dict[str, Any]:
        """What `RunSpec.about` said; empty when it is not known."""
        found = _read_json(self.folder(run_id) / "run.json").get("about")
        return found if isinstance(found, dict) else {}

    def folder(self, run_id: str) -> Path:
        return self._root / safe_name(run_id)

    def last_output(self, run_id: str) -> float:
        """When the run last wrote anything, in seconds since the epoch; 0.0 when it never did."""
        newest = 0.0
        for name in ("stdout.log", "stderr.log"):
            with suppress(OSError):
                newest = max(newest, os.stat(self.folder(run_id) / name).st_mtime)
        return newest

    def close(self) -> None:
        """Let go of the nursery and of all descriptors. Runs go on."""
        self._hatch.close()
        for run_id in list(self._watched):
            self._unwatch(run_id)

    def _make_folder(self, spec: RunSpec) -> int:
        """The run's folder, complete and durable; returns the descriptor that holds its lock."""
        self._root.mkdir(exist_ok=True)
        final = self.folder(spec.id)
        if final.exists():
            raise AlreadyStarted(spec.id)
        draft = self._root / f"{_STAGING}{os.getpid()}-{secrets.token_hex(4)}"
        draft.mkdir()
        lock = os.open(draft / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (draft / "prompt.md").write_bytes(spec.prompt)
            (draft / "run.json").write_text(json.dumps(_description(spec), indent=1) + "\n", encoding="utf-8")
            crash_point("runs.drafted")
            os.rename(draft, final)
            _sync_folder(self._root)
        except OSError as error:
            os.close(lock)
            shutil.rmtree(draft, ignore_errors=True)
            if final.exists():
                raise AlreadyStarted(spec.id) from error
            raise
        return lock

    def _order(self, spec: RunSpec) -> Order:
        env = {**spec.env, "MDORCH_RUN": spec.id, "MDORCH_DIR": str(self._dir)}
        return {
            "id": spec.id, "dir": str(self._dir), "argv": spec.argv, "env": env, "cwd": spec.cwd,
            "timeout": spec.timeout, "patience": list(spec.patience),
        }  # fmt: skip

    def _tidy(self) -> None:
        """Once: take away drafts whose makers died."""
        if self._tidied:
            return
        self._tidied = True
        for draft in self._root.glob(f"{_STAGING}*"):
            if not _is_held(draft / "lock"):
                shutil.rmtree(draft, ignore_errors=True)

    def _unwatch(self, run_id: str) -> None:
        fd = self._watched.pop(run_id, None)
        if fd is not None:
            os.close(fd)


def _description(spec: RunSpec) -> dict[str, Any]:
    return {
        "id": spec.id, "argv": spec.argv, "cwd": spec.cwd, "timeout": spec.timeout,
        "patience": list(spec.patience), "env": sorted(spec.env), "about": dict(spec.about),
        "boot": boot_id(),
    }  # fmt: skip


def _is_held(lock: Path) -> bool:
    """Whether somebody holds the lock. Two that look at once do not disturb each other."""
    try:
        fd = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def _read_exit(folder: Path) -> Exit | None:
    found = _read_json(folder / "exit.json")
    found.pop("agent_pid", None)
    try:
        return Exit(**{**found, "end": End(found["end"])})
    except (KeyError, TypeError, ValueError):
        return None


def _read_json(path: Path) -> dict[str, Any]:
    """What a small file says; nothing when it is missing or damaged."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _sync_folder(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
