"""The one who watches, for all screens: looks when something may have changed, and tells what is new.

A thread waits for changes and makes pictures; the event loop hands them to whoever listens. Without anybody
who listens nothing is looked at. A screen that does not keep up gets the whole picture again, instead of
news that pile up.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from typing import Any

from mdorch.desk.deeds import Rows, rows
from mdorch.desk.failures import told
from mdorch.desk.live import Live
from mdorch.desk.times import iso
from mdorch.front.web.picture import Picture, news, picture
from mdorch.front.web.wire import event
from mdorch.frozen import replace

REMEMBERED = 30  # versions of the page of which it is known what they said
PACE = 0.03  # seconds between two pictures, at least
CALM = 30.0  # seconds after which one makes sure although nothing was told
BEHIND = 50  # news that wait for one screen
ALIVE = 15.0  # seconds after which a silent stream says that it is there


Told = tuple[float, bytes] | None  # the number of a picture, and an event; None: the end


class Hub:
    """Belongs to one event loop; `start` and `close` are called from it."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.number = 0  # of the newest picture; counts up
        self._picture: Picture | None = None
        self._trouble = False  # whether the last look failed
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, Rows] = OrderedDict()
        self._screens: set[asyncio.Queue[Told]] = set()
        self._whole: tuple[int, bytes] = -1, b""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watcher = threading.Thread(target=self._watch, name="mdorch-web", daemon=True)
        self._listened = threading.Event()
        self._closed = threading.Event()

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._watcher.start()

    def close(self) -> None:
        """End all streams. The watcher ends by itself."""
        self._closed.set()
        self.live.close()
        self._listened.set()
        for screen in self._screens:
            screen.put_nowait(None)

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    def latest(self) -> Picture:
        """The picture as things are now. Not for the loop's own thread. Raises PageError."""
        with self._lock:
            return self._renewed()

    def seen(self, version: str) -> Rows | None:
        """What the rows said in an earlier version of the page."""
        return self._seen.get(version)

    def _renewed(self) -> Picture:
        """Whoever finds out what is new tells it. After trouble all is told, for whoever had seen nothing."""
        look, old = self.live.look(), self._picture
        if old is not None and old.look.plan is look.plan and not any(run.live for run in look.facts.runs):
            self._picture = replace(old, look=look)
            return self._picture
        new = picture(look)
        found = news(old, new) if old else {}
        if old is None or found or self._trouble or old.version != new.version:
            self._picture = new
            self.number += 1
            self._seen[new.version] = rows(look)
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
            if self._trouble:
                self._tell(self.number, "all", {"parts": new.parts})
            elif old is not None:
                self._tell(self.number, "news", {"parts": found})
            self._trouble = False
        return self._picture or new

    def _watch(self) -> None:
        while not self._closed.is_set():
            self._listened.wait()
            self.live.wait(CALM)
            if self._closed.is_set() or not self._screens:
                continue
            try:
                self.latest()
            except Exception as error:
                if not self._is_told(error):
                    self._in_loop(self.close)  # so that no screen takes for new what is old
                    raise
            self._closed.wait(PACE)

    def _is_told(self, error: Exception) -> bool:
        """Whether it is something that can be said in a line; then it is, on every screen."""
        trouble = told(error)
        if trouble is None:
            return False
        self._trouble = True
        self._tell(math.inf, "trouble", {"text": trouble.message})
        return True

    def _tell(self, number: float, name: str, what: dict[str, Any]) -> None:
        telling = number, event(name, self._dated(what))
        self._in_loop(lambda: self._deliver(telling))

    def _dated(self, what: dict[str, Any]) -> dict[str, Any]:
        version = self._picture.version if self._picture else ""
        return {"number": self.number, "version": version, "now": iso(time.time()), **what}

    def _in_loop(self, act: Callable[[], None]) -> None:
        if self._loop is not None and not self._closed.is_set():
            self._loop.call_soon_threadsafe(act)

    def _deliver(self, telling: Told) -> None:
        for screen in self._screens:
            if screen.qsize() < BEHIND:
                screen.put_nowait(telling)
            elif screen.qsize() == BEHIND:  # it will be told all when it comes back
                screen.put_nowait(None)

    async def stream(self) -> AsyncIterator[bytes]:
        """All that there is, then all that is new, until the screen is gone or the server ends."""
        screen: asyncio.Queue[Told] = asyncio.Queue()
        self._screens.add(screen)
        self._listened.set()
        try:
            first, whole = await asyncio.to_thread(self._all)
            yield whole
            while not self._closed.is_set():
                try:
                    telling = await asyncio.wait_for(screen.get(), ALIVE)
                except TimeoutError:
                    telling = math.inf, b": here\n\n"
                if telling is None:
                    return
                if telling[0] > first:
                    yield telling[1]
        finally:
            self._screens.discard(screen)
            if not self._screens and not self._closed.is_set():
                self._listened.clear()

    def _all(self) -> tuple[int, bytes]:
        try:
            with self._lock:
                found = self._renewed()
                if self._whole[0] != self.number:
                    self._whole = self.number, event("all", self._dated({"parts": found.parts}))
                return self._whole
        except Exception as error:
            trouble = told(error)
            if trouble is None:
                raise
            self._trouble = True
            return self.number, event("trouble", self._dated({"text": trouble.message}))
