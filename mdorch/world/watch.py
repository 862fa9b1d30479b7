"""Watching the page: a wake-up without content, soon after somebody saved it.

The lower-level reader of watchdog is used, not its observer: the observer pairs renames, and to do so holds
back every half of one, with all that is queued behind it, for half a second; vim makes such halves with
each save. It also only logs that the kernel dropped events, where we must look for ourselves.

What is watched is the folder that the page really is in (a watch on a file dies when another is renamed
over it; the folder of a symbolic link sees no writes), that folder's parent (it may be moved away and
another put in its place), the folder of the link, and the `.mdorch` folder for `PAUSE` and `wake`.
Opening and reading make no noise here: only a closed write, a new name, a rename. The ends of runs are not
watched in the file system at all: their pidfds are quicker (see `runs`).

Beside that, always, a slow look at what `stat` says. It covers what cannot be watched: moved folders, lost
events, exhausted watches, network file systems, writes through memory maps.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from mdorch.world.clock import elapsed

if TYPE_CHECKING:
    from watchdog.observers.inotify_c import InotifyEvent, InotifyFD

    State = tuple[tuple[object, ...], tuple[object, ...]]

INTERVAL = 1.5  # seconds between two slow looks
_NEVER = inf, inf
_CLOSE_WRITE, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x8, 0x40, 0x80, 0x100, 0x200  # <sys/inotify.h>
_ONLY_FOLDERS = 0x0100_0000
_NAMED = _MOVED_TO | _CREATE  # something got this name
_SAVED = _NAMED | _CLOSE_WRITE
_ANY = _SAVED | _MOVED_FROM | _DELETE


class Watch:
    """Calls `wake`, from threads of its own, when the page may have changed; now and then for nothing."""

    def __init__(
        self,
        path: Path,
        wake: Callable[[], None],
        folder: Path | None = None,
        interval: float = INTERVAL,
    ) -> None:
        """`folder` is the `.mdorch` folder, by default the one beside the page."""
        self._path = path.absolute()
        self._wake = wake
        self._pause = (folder or self._path.parent / ".mdorch").absolute() / "PAUSE"
        self._interval = interval
        self._stop = threading.Event()
        self._looker: threading.Thread | None = None
        self._reader: InotifyFD | None = None
        self._wanted: dict[bytes, int] = {}  # file name -> events that wake
        self._problem = "not started"
        self._spans = (_NEVER, _NEVER)  # in which `stat` said the same, by `elapsed`: the last two

    def start(self) -> None:
        """Begin to watch. What was saved before is not told."""
        self._stop.clear()
        state = self._state()
        self._spans = (_NEVER, (elapsed(), elapsed()))
        self._arm()
        self._looker = threading.Thread(target=self._look, args=(state,), name="mdorch-look", daemon=True)
        self._looker.start()

    def stop(self) -> None:
        """Watch no more; returns when no call of `wake` can follow. Twice is once."""
        self._stop.set()
        if self._looker is not None:
            self._looker.join()
            self._looker = None
        self._disarm()

    def kind(self) -> str:
        """How saves are learned of: "inotify", or "polling" where those cannot be had."""
        return "polling" if self._problem else "inotify"

    def explain(self) -> str:
        """One line on how the page is watched."""
        if self._problem:
            return f"by looking every {self._interval:g} s ({self._problem})"
        return f"by events of the file system, and by looking every {self._interval:g} s"

    def unwatched(self, since: float) -> float:
        """For how many seconds the page may have been saved more than once without being noticed, since it
        was read at that time (by `elapsed`)."""
        now, (before, last) = elapsed(), self._spans
        if since >= last[0]:
            return now - max(since, last[1])
        if since >= before[0]:
            return last[0] - max(since, before[1]) + now - last[1]
        return now - since

    def on_event(self, event: InotifyEvent) -> None:
        """For watchdog's thread."""
        if event.mask & self._wanted.get(event.name, 0):
            self._wake()

    def on_queue_overflow(self) -> None:
        """For watchdog's thread: the kernel dropped events, any of which may have been ours."""
        self._wake()

    def on_watch_deleted(self, wd: int) -> None:
        """For watchdog's thread: a folder is gone. The slow look finds out what is there now."""

    def _look(self, state: State) -> None:
        while not self._stop.wait(self._interval):
            looked = elapsed()
            before, state, kind = state, self._state(), self.kind()
            earlier, last = self._spans
            if state == before:
                self._spans = earlier, (last[0], looked)
            else:
                self._spans = last, (elapsed(), elapsed())
            if state[0] != before[0] or self._problem:
                self._arm()
            if state != before or self.kind() != kind:
                self._wake()

    def _state(self) -> State:
        """Which folders there are to watch, and what `stat` says of the page, PAUSE and wake."""
        real = os.path.realpath(self._path)
        folders = tuple((path, _stat(path)[:2]) for path in self._folders(real))
        signs = [_stat(str(self._pause.with_name(name))) for name in ("PAUSE", "wake")]
        ground = [_stat(str(self._pause.with_name(name)))[:2] for name in ("lock", "journal.db")]
        return folders, (_stat(real), *signs, *ground)

    def _folders(self, real: str) -> dict[str, int]:
        """What to watch, and for which events, where the page really is `real`."""
        folder = os.path.dirname(real)
        masks = {os.path.dirname(folder): _NAMED}
        for path in (folder, os.path.realpath(self._path.parent), os.path.realpath(self._pause.parent)):
            masks[path] = _ANY
        return masks

    def _arm(self) -> None:
        """Watch the folders as they are now."""
        self._disarm()
        real = os.path.realpath(self._path)
        self._wanted = {
            os.fsencode(os.path.basename(os.path.dirname(real))): _NAMED,
            os.fsencode(os.path.basename(real)): _SAVED,
            os.fsencode(self._path.name): _SAVED,
            b"PAUSE": _ANY,
            b"wake": _ANY,
        }
        try:
            self._reader = _start_reader()
            self._problem = self._add_all(self._reader, self._folders(real))
        except (ImportError, OSError) as error:
            self._problem = _words(error)

    def _add_all(self, reader: InotifyFD, folders: dict[str, int]) -> str:
        """Add a watch for each folder; the first problem with one that is there, or nothing."""
        from watchdog.observers.inotify_c import CallbackId, Mask

        problem = ""
        for path, mask in folders.items():
            try:
                reader.add_callback(os.fsencode(path), Mask(mask | _ONLY_FOLDERS), self, CallbackId(id(self)))
            except FileNotFoundError:
                continue  # the slow look sees it coming
            except OSError as error:
                problem = problem or _words(error)
        return problem

    def _disarm(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.stop()
            reader.join()


def _start_reader() -> InotifyFD:
    from watchdog.observers.inotify_c import InotifyFD

    reader = InotifyFD()
    reader.start()
    return reader


def _words(error: ImportError | OSError) -> str:
    return getattr(error, "strerror", None) or str(error)


def _stat(path: str) -> tuple[int, ...]:
    try:
        info = os.stat(path)
    except OSError:
        return ()
    return (info.st_dev, info.st_ino, info.st_mtime_ns, info.st_size)
