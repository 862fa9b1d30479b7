"""The shim: one small process that keeps a run, from before its agent starts until its result is written.

It outlives the daemon. It is a session of its own and a subreaper. It is handed the run's lock, and with it
the proof that the run may still be alive; the agent never gets the lock. The order of its steps is what
makes a run happen once and its result known:

1. `begun` is created exclusively: a second shim for this run ends here, and without it nothing ever ran;
2. a `stop` that came meanwhile is obeyed (whoever stops a run writes `stop` first, then looks for `begun`);
3. what sets its place up runs, if anything does; then the agent starts; what it prints is carried to its logs
   (see `tap`); it ends by itself, by its deadline, or by a stop;
4. whatever it left behind in the background is ended too; where it ended well, its work is checked;
5. the result goes into room that was set aside at the start, so that a disk that filled up meanwhile cannot
   swallow it, and gets its name, `exit.json`; only then is the lock let go, and the file synced.

Deadlines are by the monotonic clock: nobody can set it, and suspension does not use up an agent's time.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import time
from typing import Any, TypedDict

from mdorch.world.boot import boot_id, start_ticks
from mdorch.world.crash import crash_point
from mdorch.world.keeper.ear import Ear
from mdorch.world.keeper.program import find_program
from mdorch.world.keeper.result import write_result
from mdorch.world.keeper.tap import Tap, secrets
from mdorch.world.keeper.tree import Process, descendants, marked, send
from mdorch.world.keeper.words import last_words
from mdorch.world.names import safe_name

LOGS = ("stdout.log", "stderr.log")  # made by the starter, too
SETUP = "setup.log"
GIVE_UP = 10.0  # seconds after SIGKILL for which a process that does not die is waited for
GLANCE = 0.02  # seconds between two looks at a tree that is being ended
_PR_SET_CHILD_SUBREAPER = 36
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_ALL_SIGNALS = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
_prctl: Any = getattr(ctypes.CDLL(None), "prctl", None)


class Order(TypedDict):
    """All that a shim is told."""

    id: str
    dir: str  # the `.mdorch` folder
    argv: list[str]
    env: dict[str, str]
    cwd: str
    timeout: float  # seconds
    patience: list[float]  # seconds after SIGINT, and after SIGTERM
    setup: list[list[str]]  # commands that must end well before the agent is started
    checks: list[tuple[str, list[str]]]  # by name: what must end well after an agent that did


class Shim:
    """`folder` is an open descriptor of the run's folder: it stays the right one if the path is moved.
    `result` is one of `exit.json`, once that is written: to be synced and closed."""

    def __init__(self, order: Order, folder: int) -> None:
        self.result: int | None = None
        self._order = order
        self._folder = folder
        self._agent = 0
        self._statuses: dict[int, int | None] = {}  # of what it started, as `waitpid` gave them at the end
        self._started: float | None = None
        self._ended = 0.0
        self._ear = Ear()
        self._check = ""  # the check that the work did not pass
        self._deadline = 0.0  # by the monotonic clock

    def keep(self) -> bool:
        """The whole life of the run. Whether it leaves the shim as it was, so that another may follow."""
        if not self._begin():
            return False
        crash_point("shim.begun")
        end, reason, detail = self._run()
        self._ear.close()
        crash_point("shim.ended")
        self._write_exit(end, reason, detail)
        return bool(self._agent) and not self._ear.terminated and not self._reap()

    def _run(self) -> tuple[str, str, str]:
        """Start the agent and see it end: the end, the reason of a stop, a detail."""
        if (reason := self._stop_reason()) is not None:
            return "stopped", reason, "it was stopped before its agent started"
        self._deadline = time.monotonic() + self._order["timeout"]
        for words in self._order["setup"]:
            if (wrong := self._set_up(words)) is not None:
                return wrong
        self._started = time.time()
        try:
            self._agent = self._start(self._order["argv"], "prompt.md", LOGS)
        except OSError as error:
            return self._unstartable(f"{error.filename or self._order['argv'][0]}: {error.strerror}")
        crash_point("shim.started")
        end, reason = self._await(self._agent)
        first = (signal.SIGTERM,) if end == "exit" else (signal.SIGINT, signal.SIGTERM)
        self._end_tree(first)
        self._ear.let_go()
        detail = self._last_words()
        if end == "exit" and self._code(self._agent) == 0:
            end, reason = self._prove()
        return end, reason, detail

    def _set_up(self, words: list[str]) -> tuple[str, str, str] | None:
        """One command before the agent; what the run comes to where it does not end well."""
        try:
            pid = self._start(words, os.devnull, (SETUP, SETUP))
        except OSError as error:
            return self._unstartable(f"setup: {error.filename or words[0]}: {error.strerror}")
        end, reason = self._await(pid)
        self._end_tree((signal.SIGTERM,))
        self._ear.let_go()
        if end != "exit":
            return end, reason, f"during its setup: {' '.join(words)}"
        if code := self._code(pid):
            return self._unstartable(f"setup: {' '.join(words)}: exit {code}: {self._last_words(SETUP)}")
        return None

    def _prove(self) -> tuple[str, str]:
        """Run the checks of the work, up to the first that it does not pass: each with as much time as the
        agent had. What they print is in their logs."""
        for name, words in self._order["checks"]:
            log = f"check-{safe_name(name)}.log"
            self._deadline = time.monotonic() + self._order["timeout"]
            try:
                pid = self._start(words, os.devnull, (log, log))
            except OSError as error:
                self._check = f"{name} cannot start: {error.filename or words[0]}: {error.strerror}"
                break
            end, reason = self._await(pid)
            self._end_tree((signal.SIGTERM,))
            self._ear.let_go()
            if end == "stopped":
                return end, reason
            if end == "timeout" or self._code(pid):
                how = "timed out" if end == "timeout" else f"exit {self._code(pid)}"
                self._check = f"{name} failed: {how}: {self._last_words(log)}".rstrip(": ")
                break
        return "exit", ""

    def _code(self, pid: int) -> int | None:
        status = self._statuses.get(pid)
        return None if status is None else os.waitstatus_to_exitcode(status)

    def _unstartable(self, detail: str) -> tuple[str, str, str]:
        self._started, self._ended = None, time.time()
        return "unstartable", "", detail

    def _begin(self) -> bool:
        pid = os.getpid()
        text = json.dumps({"pid": pid, "ticks": start_ticks(pid), "boot": boot_id(), "time": time.time()})
        try:
            fd = os.open("begun", _NEW, 0o644, dir_fd=self._folder)
        except FileExistsError:
            return False
        try:
            os.write(fd, text.encode())
        except OSError:  # a full disk: nothing has run, and nothing will
            os.unlink("begun", dir_fd=self._folder)
            raise
        finally:
            os.close(fd)
        return True

    def _start(self, argv: list[str], stdin: str, logs: tuple[str, str]) -> int:
        order, folder = self._order, self._folder
        files = [os.open(stdin, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)]
        hidden, pipes = secrets(order["env"]), {}
        for name in dict.fromkeys(logs):
            ours, pipes[name] = os.pipe()
            self._ear.attach(Tap(ours, name, folder, hidden))
        try:
            os.chdir(order["cwd"])
            pid = os.posix_spawn(
                find_program(argv[0], order["env"], order["cwd"]),
                argv,
                order["env"],
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, fd, target)
                    for target, fd in enumerate((*files, *(pipes[name] for name in logs)))
                ],
                setpgroup=0,
                setsigmask=(),
                setsigdef=_ALL_SIGNALS,
            )
            self._statuses[pid] = None
            return pid
        finally:
            for fd in (*files, *pipes.values()):
                os.close(fd)
            os.chdir("/")  # hold nobody's folder

    def _await(self, pid: int) -> tuple[str, str]:
        while True:
            self._reap()
            if self._statuses[pid] is not None:
                return "exit", ""
            if (reason := self._stop_reason()) is not None:
                return "stopped", reason
            left = self._deadline - time.monotonic()
            if left <= 0:
                return "timeout", ""
            self._ear.listen(left)

    def _stop_reason(self) -> str | None:
        try:
            fd = os.open("stop", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._folder)
        except OSError:
            return "its keeper was terminated" if self._ear.terminated else None
        try:
            return os.read(fd, 4096).decode("utf-8", "replace")
        finally:
            os.close(fd)

    def _reap(self) -> bool:
        """Take in all children that ended; False when there are none left, living or dead."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid in self._statuses:
                self._statuses[pid] = status
            if pid == self._agent:
                self._ended = time.time()

    def _end_tree(self, numbers: tuple[signal.Signals, ...]) -> None:
        """End every process of the run by these signals, each with its patience, and at last by SIGKILL."""
        if not self._reap():
            return
        seconds = dict(zip((signal.SIGINT, signal.SIGTERM), self._order["patience"], strict=True))
        for number in numbers:
            if self._signal_tree(number, seconds[number]):
                break
        else:
            self._signal_tree(signal.SIGKILL, GIVE_UP)
        for process in marked(self._order["id"], self._order["dir"]):
            send(process, signal.SIGKILL)

    def _signal_tree(self, number: signal.Signals, seconds: float) -> bool:
        """Signal every process of the tree once, late comers too; True as soon as none is left."""
        until = time.monotonic() + seconds
        told: set[Process] = set()
        while self._reap():
            for process in descendants(os.getpid()):
                if process not in told:
                    told.add(process)
                    send(process, number)
                    send(process, signal.SIGCONT)  # one that was suspended could not obey
            if time.monotonic() >= until:
                return False
            self._ear.listen(min(GLANCE, until - time.monotonic()))
        return True

    def _last_words(self, log: str = LOGS[1]) -> str:
        try:
            fd = os.open(log, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._folder)
        except OSError:
            return ""
        try:
            size = os.fstat(fd).st_size
            return last_words(os.pread(fd, 4096, max(0, size - 4096)))
        finally:
            os.close(fd)

    def _write_exit(self, end: str, reason: str, detail: str) -> None:
        result = {
            "end": end, "exit_code": self._code(self._agent),
            "started": self._started, "ended": self._ended or time.time(),
            "stop_reason": reason[:1000], "detail": detail[:200], "check": self._check[:200],
            "agent_pid": self._agent or None,
        }  # fmt: skip
        order, env = self._order, self._order["env"]
        about: dict[str, object] = {
            name: env.get(f"MDORCH_{name.upper()}", "") for name in ("task", "attempt", "agent")
        }
        about |= {"round": 0, "claimed": self._started or self._ended, "remade": True}
        self.result = write_result(result, self._folder, order["dir"], order["id"], about)


def become_keeper() -> None:
    """A session of its own, and heir to all that the agent starts. Signals are as the nursery set them."""
    os.setsid()
    if _prctl is not None:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
