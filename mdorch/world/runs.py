"""Runs: each in a folder of its own, started once, and never forgotten.

    runs/TEST-001.2/  run.json    what it is (no values of environment variables: they may be secrets)
                      prompt.md   the agent's standard input
                      stdout.log  stderr.log  and, when one was full, the one before it: stdout.log.1
                      account.json  what its output came to, up to where it was last read
                      setup.log   what setting its place up printed; check-NAME.log, what a check did
                      lock        held by whoever may still make something of this run
                      begun       the shim exists, and the agent may have been started
                      stop        somebody wishes it to end, and why
                      exit.json   how it ended

A folder appears whole, by one rename, with its lock already held; so of two starters one fails, and no
onlooker can mistake a run that is just being started for one that was given up. The lock passes from the
starter to the shim through a message that carries it, without a moment in which nobody holds it. Hence:

    no folder                                   absent; running, while a process of it lives
    exit.json                                   ended
    lock held                                   running
    lock free, this boot, not begun             unbegun: nothing ever ran
    lock free otherwise                         lost: nothing can be known
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mdorch.frozen import Frozen
from mdorch.world import strays
from mdorch.world.boot import boot_id
from mdorch.world.crash import crash_point
from mdorch.world.errors import AlreadyStarted
from mdorch.world.exits import Exit, as_told, read_exit
from mdorch.world.folders import REMAINS, is_held, make_folder, read_json, sync_folder, tidy
from mdorch.world.hatch import Hatch, Request, Watched
from mdorch.world.keeper.ear import STOP_SIGNAL
from mdorch.world.keeper.tree import marked, open_process, send
from mdorch.world.names import safe_name, unsafe_name
from mdorch.world.runspec import RunSpec, described, order_of
from mdorch.world.strays import Stray

if TYPE_CHECKING:
    from mdorch.world.agents.events import Account, Language


class Poll(Frozen):
    """How a run is: "absent", "unbegun", "running", "ended" or "lost". `pid` is the shim's, once known;
    `silent`: it has ended, and has written nothing."""

    state: str
    pid: int | None = None
    exit: Exit | None = None
    started: float | None = None
    silent: bool = False


class Runs:
    """The runs of one `.mdorch` folder. Any number of processes may look, stop and start."""

    def __init__(self, folder: Path) -> None:
        self._dir = folder.absolute()
        self._root = self._dir / "runs"
        self._hatch = Hatch()
        self._watched: dict[str, Watched] = {}  # run id -> its shim
        self._tidied = False

    def start(self, spec: RunSpec) -> int:
        """Start a run and return the pid of its shim. Raises AlreadyStarted, OSError.

        After an OSError `poll` tells whether there is a folder: the run is then "unbegun" at most.
        """
        (result,) = self.start_all([spec])
        if isinstance(result, Exception):
            raise result
        return result

    def start_all(self, specs: Sequence[RunSpec]) -> list[int | AlreadyStarted | OSError]:
        """As `start`, for several at once with one sync: for each its shim's pid, or what it would raise."""
        results: dict[int, int | AlreadyStarted | OSError] = {}
        requests: dict[int, Request] = {}
        try:
            for index, spec in enumerate(specs):
                try:
                    requests[index] = self._prepare(spec)
                except (AlreadyStarted, OSError) as error:
                    results[index] = error
            if requests:
                sync_folder(self._root)
                crash_point("runs.made")
                for index, keeper in zip(requests, self._hatch.start([*requests.values()]), strict=True):
                    self._watched[specs[index].id] = keeper
                    results[index] = keeper.pid
                crash_point("runs.handed")
        except OSError as error:
            results = dict.fromkeys(requests, error) | results
        finally:
            for _, folder, lock in requests.values():
                os.close(folder)
                os.close(lock)
        return [results[index] for index in range(len(specs))]

    def poll(self, run_id: str) -> Poll:
        """How a run is now. Cheap: a few system calls."""
        folder = self.folder(run_id)
        if (ended := self._ended(run_id, folder)) is not None:
            return ended
        if not folder.is_dir():
            lives = self._lives_on(run_id)
            if not folder.is_dir():  # a shim that misses its folder makes it again, for the result
                return Poll("running") if lives else Poll("absent")
        held = is_held(f"{folder}/lock")
        begun = read_json(f"{folder}/begun")
        if held:
            return Poll("running", begun.get("pid"), None, begun.get("time"))
        if (ended := self._ended(run_id, folder)) is not None:  # just now
            return ended
        self._unwatch(run_id)
        same_boot = read_json(folder / "run.json").get("boot") == boot_id()
        if same_boot and not (folder / "begun").exists():
            return Poll("unbegun")
        return Poll("lost", begun.get("pid"), None, begun.get("time"))

    def stop(self, run_id: str, reason: str) -> None:
        """Ask the shim to end the run; returns at once. For a run that has ended it does nothing."""
        folder = self.folder(run_id)
        draft = folder / f"stop.{os.getpid()}"
        if not folder.is_dir():
            strays.end(run_id, str(self._dir), self._watched.get(run_id))
            return
        with suppress(FileNotFoundError):
            draft.write_text(reason, encoding="utf-8", errors="replace")
            os.rename(draft, folder / "stop")
            begun = read_json(folder / "begun")
            if begun.get("boot") == boot_id() and is_held(folder / "lock"):
                send((begun["pid"], begun["ticks"]), STOP_SIGNAL)
            crash_point("run.stopped")

    def strays(self) -> list[Stray]:
        """Runs with processes at work that have no folder here."""
        return [stray for stray in strays.strays(self._dir) if not self.folder(stray.run).is_dir()]

    def sweep(self, run_id: str) -> int:
        """Kill what a *lost* run, or one without a folder, left behind when its shim died, known by its
        environment; returns how many there were."""
        if self.folder(run_id).is_dir() and self.poll(run_id).state != "lost":
            return 0
        return strays.kill(run_id, str(self._dir))

    def watch(self, run_id: str) -> int | None:
        """A descriptor that becomes readable when the run's shim ends; None when it has, or is not known.

        Needed only for runs that another process started; those of this object are watched from the start.
        """
        keeper = self._watched.get(run_id)
        if keeper is None or keeper.is_gone():
            begun = read_json(self.folder(run_id) / "begun")
            if keeper is not None and begun.get("pid") in (None, keeper.pid):
                return keeper.fileno()
            self._unwatch(run_id)
            fd = None
            if begun.get("boot") == boot_id():
                fd = open_process((begun["pid"], begun["ticks"]))
            keeper = Watched(begun["pid"], fd) if fd is not None else None
            if keeper is None and not begun and not self.folder(run_id).is_dir():
                keeper = strays.watched(run_id, str(self._dir))
            if keeper is None:
                return None
            self._watched[run_id] = keeper
        return keeper.fileno()

    def watch_fds(self) -> dict[int, str]:
        """The runs started or watched by this object and not yet seen to be over, by descriptor.

        `select` on them; when one is readable, `poll` its run, which also closes the descriptor.
        """
        return {keeper.fileno(): run_id for run_id, keeper in self._watched.items()}

    def ids(self) -> list[str]:
        """All runs that have a folder, sorted."""
        try:
            names = [name for name in os.listdir(self._root) if not name.startswith(".")]
        except (FileNotFoundError, NotADirectoryError):
            return []
        found = (unsafe_name(name) or read_json(self._root / name / "run.json").get("id") for name in names)
        return sorted(run_id for run_id in found if run_id)

    def about(self, run_id: str) -> dict[str, Any]:
        """What `RunSpec.about` said; empty when it is not known."""
        found = read_json(self.folder(run_id) / "run.json").get("about")
        return found if isinstance(found, dict) else {}

    def language(self, run_id: str) -> Language | None:
        """What understands the output of a run; None where its program speaks in no events."""
        from mdorch.world.agents.command import Command
        from mdorch.world.agents.registry import reader_of

        reader = reader_of(read_json(self.folder(run_id) / "run.json"))
        return None if isinstance(reader, Command) or reader.plain else reader

    def account(self, run_id: str) -> Account | None:
        """What the output of a run comes to by now, where its program is known; else its last line alone."""
        from mdorch.world.agents.command import Command
        from mdorch.world.agents.ledger import last_line, read_account
        from mdorch.world.agents.registry import reader_of

        folder = self.folder(run_id)
        record = read_json(folder / "run.json")
        if not record:
            return None
        reader = reader_of(record)
        return last_line(folder) if isinstance(reader, Command) else read_account(folder, reader)

    def folder(self, run_id: str) -> Path:
        return self._root / safe_name(run_id)

    def outputs(self, run_id: str) -> tuple[Path, Path]:
        """The files with what a run printed, and what it complained of."""
        folder = self.folder(run_id)
        return folder / "stdout.log", folder / "stderr.log"

    def last_output(self, run_id: str) -> float:
        """When the run last wrote anything, in seconds since the epoch; 0.0 when it never did."""
        newest = 0.0
        for path in self.outputs(run_id):
            with suppress(OSError):
                newest = max(newest, os.stat(path).st_mtime)
        return newest

    def remove(self, run_id: str) -> bool:
        """Take away the folder of a run that is over; whether it went. Its name goes first, at once: what is
        left of it after a crash is nobody's. Raises OSError."""
        folder = self.folder(run_id)
        if not folder.is_dir() or is_held(folder / "lock"):
            return False
        self._tidy()
        self._unwatch(run_id)
        remains = self._root / f"{REMAINS}{os.getpid()}-{os.urandom(4).hex()}"
        os.rename(folder, remains)
        crash_point("run.removed")
        shutil.rmtree(remains, ignore_errors=True)
        return True

    def close(self) -> None:
        """Let go of the nursery and of all descriptors. Runs go on."""
        for run_id in list(self._watched):
            self._unwatch(run_id)
        self._hatch.close()

    def _ended(self, run_id: str, folder: Path) -> Poll | None:
        """How it is where its result is there. What kept it is known, or was written down."""
        if (result := read_exit(folder)) is None:
            return None
        keeper = self._watched.get(run_id)
        pid = keeper.pid if keeper is not None else read_json(f"{folder}/begun").get("pid")
        self._unwatch(run_id)
        silent = not any(map(_size, self.outputs(run_id)))
        return Poll("ended", pid, as_told(folder, result), result.started, silent)

    def _lives_on(self, run_id: str) -> bool:
        """Whether a run whose folder was deleted is still at work: its shim is known, or its mark found."""
        keeper = self._watched.get(run_id)
        if keeper is not None and not keeper.is_over():
            return True
        self._unwatch(run_id)
        return bool(marked(run_id, str(self._dir)))

    def _prepare(self, spec: RunSpec) -> Request:
        """Make the run's folder; the order for its shim, and descriptors of the folder and its held lock."""
        self._root.mkdir(exist_ok=True)
        self._tidy()
        record = json.dumps(described(spec)).encode() + b"\n"
        final = self.folder(spec.id)
        try:
            folder, lock = make_folder(final, {"prompt.md": spec.prompt, "run.json": record})
        except FileExistsError:
            raise AlreadyStarted(spec.id) from None
        return order_of(spec, self._dir), folder, lock

    def _tidy(self) -> None:
        if not self._tidied:
            tidy(self._root)
            self._tidied = True

    def _unwatch(self, run_id: str) -> None:
        keeper = self._watched.pop(run_id, None)
        if keeper is not None:
            self._hatch.rest(keeper)


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
