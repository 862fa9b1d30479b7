"""What a front shows, kept fresh: it is told when something may have changed, and looks no oftener than that.

Saves of the page come as events of the file system (`world.watch`). Everything else is asked for by `stat`,
four times a second and only while somebody waits: the journal is written through a file that stays open, and
runs print all the time, so events about those would be a flood. Nothing is read before something differs.

Two changes in one moment have one time. So what changed in the very moment of a look is looked at once more,
soon afterwards.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any

from mdorch.config.errors import Trouble
from mdorch.desk.look import Kept, Look, look
from mdorch.desk.memo import FRESH, Sign, held, sign, witnesses
from mdorch.desk.site import Site, again
from mdorch.frozen import Frozen
from mdorch.world.runs import Runs
from mdorch.world.watch import Watch

GLANCE = 0.25  # seconds between two looks at what makes no events
PRINTED = 1.0  # and at what runs print: that changes all the time, and decides nothing


class _State(Frozen):
    """What tells that something changed. `decides`: what a plan depends on; `printed`: what runs print;
    `fresh`: a file in it could change again without a trace in its times."""

    settings: tuple[Sign, ...] = ()
    decides: tuple[Any, ...] = ()
    printed: tuple[Sign, ...] = ()
    fresh: bool = False


class Live:
    """A context, inside of which the page is watched. One thread waits; any number may look.

    `clock` gives epoch seconds.
    """

    def __init__(self, site: Site, clock: Callable[[], float] = time.time) -> None:
        self.site = site
        self._clock = clock
        self._changed = threading.Event()
        self._watch = Watch(site.page, self._changed.set, site.dot)
        self._lock = threading.Lock()
        self._kept = Kept()
        self._last: tuple[_State, Look | None] = _State(), None
        self._printed = 0.0
        self._closed = False

    def __enter__(self) -> Live:
        self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        self._watch.stop()

    def close(self) -> None:
        """Nobody waits any more: whoever does is told at once. From any thread."""
        self._closed = True
        self._changed.set()

    def wait(self, timeout: float) -> bool:
        """Block until something may have changed since the last look, at most `timeout` seconds; whether it
        may. It is told too often rather than not at all."""
        end = time.monotonic() + timeout
        while not self._changed.wait(self._glance(end - time.monotonic())):
            if self._differs():
                return True
            if time.monotonic() >= end:
                return False
        if not self._closed:
            self._changed.clear()
        return True

    def look(self) -> Look:
        """The page as it is now. Where nothing has changed it is the last look at a later time: its board and
        its plan are the same objects. Raises PageError where the page cannot be read."""
        with self._lock:
            before, found = self._last
            now, state = self._clock(), self._state(found)
            if found is None or before.fresh or not _stands(before, state, found, now):
                self._last = state, None
                found = self._anew(now, before.settings != state.settings)
            self._last = state, _at(found, now)
            return self._last[1] or found

    def _anew(self, now: float, settings: bool) -> Look:
        if settings:
            with suppress(Trouble):  # being edited: until it is whole, those before it count
                self.site = again(self.site)
        return look(self.site, now, keep=not self._kept.key, kept=self._kept)

    def _glance(self, left: float) -> float:
        return max(0.0, min(FRESH if self._last[0].fresh else GLANCE, left))

    def _differs(self) -> bool:
        before, found = self._last
        prints = time.monotonic() - self._printed >= PRINTED
        if prints:
            self._printed = time.monotonic()
        state = self._state(found)
        return (
            before.fresh
            or not _stands(before, state, found, self._clock())
            or (prints and before.printed != state.printed)
        )

    def _state(self, found: Look | None) -> _State:
        """How things are, as far as the last look knows what to look at."""
        site = self.site
        settings = [sign(str(path)) for path in site.settings_files]
        files = [sign(str(site.page)), *(map(sign, witnesses(found)) if found else ())]
        folders = Runs(site.dot)
        live = [run.id for run in found.facts.runs if run.live] if found else []
        printed = [sign(str(path)) for run in live for path in folders.outputs(run)]
        decides = (held(str(site.dot)), *files, *map(folders.poll, live))
        return _State(tuple(settings), decides, tuple(printed), _fresh([*settings, *files]))


def _stands(before: _State, state: _State, found: Look | None, now: float) -> bool:
    """Whether a look that was taken `before` still is right, but for what runs have printed."""
    wake = found.plan.wake if found else None
    return before.settings == state.settings and before.decides == state.decides and (not wake or now < wake)


def _at(found: Look, now: float) -> Look:
    """The same look at another time."""
    return Look(found.site, found.data, found.board, found.facts, found.policy, found.plan, now)


def _fresh(signs: Iterable[Sign]) -> bool:
    now = time.time()
    return any(abs(found[0] / 1e9 - now) < FRESH for found in signs if found)
