"""The thread that looks: whenever something may have changed, and never more than half of the time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from mdorch.config.errors import Trouble
from mdorch.desk.failures import told
from mdorch.desk.live import Live
from mdorch.desk.site import Site
from mdorch.front.term.scene import Scene, scene_of

CALM = 10.0  # seconds after which one looks where nothing has changed


class Looker:
    """`tell` is called, from the thread, with each scene, or with why there is none."""

    def __init__(
        self, site: Site, clock: Callable[[], float], tell: Callable[[Scene | None, Trouble | None], None]
    ) -> None:
        self._live = Live(site, clock)
        self._tell = tell
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="mdorch-looker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        with suppress(RuntimeError):
            self._live.close()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def _work(self) -> None:
        with self._live as live:
            while not self._closed.is_set():
                begun = time.monotonic()
                self._look(live)
                self._closed.wait(time.monotonic() - begun)
                live.wait(CALM)

    def _look(self, live: Live) -> None:
        try:
            scene = scene_of(live.look())
        except Exception as error:
            trouble = told(error)
            if trouble is None:
                raise
            self._tell(None, trouble)
        else:
            self._tell(scene, None)
