"""One document that is open in the editor: its text, what the desk makes of it, and when it says so.

Problems are told as one types, as soon as the editor's messages are read. What takes longer than a moment, on
a huge page, is not done for every key: keys that come meanwhile are told of together, the last one always.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from mdorch.board.problem import Problem
from mdorch.desk.editor.draft import Draft
from mdorch.desk.live import Live
from mdorch.desk.site import Site
from mdorch.front.lsp.buffer import Buffer, Change
from mdorch.front.lsp.wire import Wire
from mdorch.world.errors import PageError

QUICK = 0.06  # seconds: what takes no longer is done for every key
REST = 1.0  # otherwise so many times as long is waited between two
LONGEST = 1.0  # seconds, but no longer
CALM = 30.0  # seconds after which the watcher makes sure although nothing was told
PACE = 1.0  # seconds between two times that it tells

log = logging.getLogger("mdorch.lsp")


class Page:
    """A document that is the page. `tell` publishes diagnostics, `moved` says that hints are others now.

    All but the watcher's thread runs in the loop.
    """

    def __init__(
        self, site: Site, uri: str, buffer: Buffer, tell: Callable[[Page, Sequence[Problem]], None],
        moved: Callable[[], None],
    ) -> None:  # fmt: skip
        self.site = site
        self.uri = uri
        self.buffer = buffer
        self.draft = Draft(site, buffer.text)
        self.wire = Wire(uri, buffer, self.draft)
        self._tell = tell
        self._moved = moved
        self._told: list[Problem] | None = None
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._cost = 0.0
        self._closed = threading.Event()
        self._live: Live | None = None
        self._watcher: threading.Thread | None = None
        self.changed()

    def apply(self, changes: Sequence[Change], version: int) -> None:
        self.buffer.apply(changes, version)
        self.draft.write(self.buffer.text)
        self.changed()

    def changed(self) -> None:
        """Tell soon. Whatever comes until then is told with it."""
        if self._timer is None and not self._closed.is_set():
            wait = 0.0 if self._cost < QUICK else min(REST * self._cost, LONGEST)
            self._timer = self._loop.call_later(wait, self._publish, True)

    def _publish(self, always: bool) -> None:
        self._timer = None
        if self._closed.is_set():
            return
        began = time.perf_counter()
        problems = self.draft.problems
        if always or problems != self._told:
            self._told = problems
            self._tell(self, problems)
        self._cost = time.perf_counter() - began
        if self._watcher is None and self.site.dot.is_dir():  # before that there is nothing to watch
            self._watcher = threading.Thread(target=self._watch, name="mdorch-lsp", daemon=True)
            self._watcher.start()

    # -- what happens besides the text --------------------------------------------------------------

    def look_again(self) -> None:
        """Something besides the text may have changed: runs, the journal, the settings."""
        if not self._closed.is_set():
            self.draft.told()
            if self._timer is None:
                self._publish(False)
            self._moved()

    def _watch(self) -> None:
        try:
            with Live(self.site) as self._live:
                while not self._closed.is_set():
                    if self._live.wait(CALM) and not self._closed.is_set():
                        with suppress(PageError):
                            self._live.look()
                        self._loop.call_soon_threadsafe(self._noticed, self._live.site)
                        self._closed.wait(PACE)
        except (OSError, RuntimeError) as error:  # it is live no more: a key, and the seconds, still renew it
            log.warning("cannot watch %s: %s", self.site.page, error)

    def _noticed(self, site: Site) -> None:
        self.draft.site = self.site = site
        self.look_again()

    def close(self) -> None:
        self._closed.set()
        if self._timer is not None:
            self._timer.cancel()
        if self._live is not None:
            self._live.close()
