"""The thread that looks: whenever something may have changed, and never more than half of the time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from mdorch.config.errors import Trouble
from mdorch.desk.live import Live
from mdorch.desk.morning import visit
from mdorch.desk.site import Site
from mdorch.front.term.scene import Scene, scene_of
from mdorch.front.term.trouble import trouble_of

CALM = 10.0  # seconds after which one looks where nothing has changed
PACE = 1.0  # seconds between two questions whether somebody is there
VISITS = 60.0  # seconds for which somebody who pressed a key counts as looking


class Looker:
    """`tell` is called, from the thread, with each scene, or with why there is none."""

    def __init__(
        self,
        site: Site,
        environ: Mapping[str, str],
        clock: Callable[[], float],
        tell: Callable[[Scene | None, Trouble | None], None],
    ) -> None:
        self._site = site
        self._environ = environ
        self._clock = clock
        self._live = Live(site, clock)
        self._tell = tell
        self._visited = float("-inf")  # by the clock that only goes on
        self._after: float | None = None
        self._used = True
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

    def used(self) -> None:
        """Somebody is there: what happens from now on is no news the next time."""
        self._used = True

    def _work(self) -> None:
        with self._live as live:
            while not self._closed.is_set():
                begun = time.monotonic()
                self._visit()
                self._look(live)
                self._closed.wait(time.monotonic() - begun)
                while not (live.wait(PACE) or self._visit() or time.monotonic() - begun > CALM):
                    pass

    def _visit(self) -> bool:
        """Remember that somebody looked, if somebody did; whether other things are news by that."""
        if not self._used or time.monotonic() - self._visited < VISITS:
            return False
        self._used, self._visited = False, time.monotonic()
        before, self._after = self._after, visit(self._site, self._environ, self._clock())
        return before != self._after

    def _look(self, live: Live) -> None:
        try:
            scene = scene_of(live.look(), self._after)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is said
            self._tell(None, trouble_of(error))
        else:
            self._tell(scene, None)
