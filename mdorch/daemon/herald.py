"""Telling people: bundled, bounded, and never in the way of the work.

The loop shows each look at which nothing was left to do; what is new in it is gathered. A thread of its own
sends: nothing about an address that hangs, or a program that does, is ever waited for by a launch.

- *Bundled*: what happens within `gather` seconds is one notice. What is over by then is none.
- *Bounded*: `every` seconds lie between two notices, and as much again for each one of the last hour.
- *Once*: what was told is written down before it is sent. After a restart nothing is told again; a crash in
  the very moment may lose a notice, and the page still says it all.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

from mdorch.board.board import Board
from mdorch.desk.look import Look
from mdorch.desk.notices import (
    DONE,
    News,
    is_done,
    keep_result,
    news_of,
    notice_of,
    result_of,
    send,
    ways_of,
)
from mdorch.desk.site import Site
from mdorch.desk.times import parsed
from mdorch.world.ways import Way

TOLD = "told.json"  # in `.mdorch/`: the keys of what is told and still so
TRIES = 3
PAUSE = 2.0  # seconds before the second try, and twice that before the third
HOUR = 3600.0
LAST_WORDS = 15.0  # seconds that a daemon which ends by itself waits for its last notice


class Herald:
    """Of one daemon. `clock` gives epoch seconds. The loop calls what is public."""

    def __init__(self, site: Site, environ: Mapping[str, str], clock: Callable[[], float]) -> None:
        self._site = site
        self._environ = environ
        self._clock = clock
        self._ways: Sequence[Way] = ways_of(site, environ)
        self._notify = site.settings.notify
        self._path = site.dot / TOLD
        self._told = self._read()
        self._begun = clock()
        self._was_done = False
        self._new: list[News] = []
        self._since = 0.0  # when the oldest of those was first seen, monotonic
        self._sent: list[float] = []  # when notices of the last hour were sent, monotonic
        self._change = threading.Condition()
        self._ending = self._stopped = False
        self._thread: threading.Thread | None = None

    def begin(self, board: Board) -> None:
        """The page as the daemon finds it: what is done by then is no news."""
        self._was_done = is_done(board)

    def look(self, look: Look) -> None:
        """Gather what is new. Never waits for a notice."""
        news = news_of(look)
        with self._change:
            if self._told is None:
                self._told = {one.key for one in news if self._is_old(one)}
            keys = {one.key for one in news}
            known = self._told if look.facts.hold else self._told & keys  # (a held page has lost its rows)
            fresh = [one for one in news if one.key not in known]
            if fresh and not self._new:
                self._since = monotonic()
            self._new = fresh
            self._keep(known)
            if fresh:
                self._start()
            self._change.notify()

    def close(self, say: bool) -> None:
        """The daemon ends. `say`: it ends by itself, so what is gathered is sent first, within LAST_WORDS;
        else the next one says it."""
        with self._change:
            self._ending, self._stopped = True, not say
            self._change.notify()
        if say and self._thread is not None:
            self._thread.join(LAST_WORDS)

    def _is_old(self, one: News) -> bool:
        """Whether it was so before anything was ever told here."""
        if one.kind == DONE:
            return self._was_done
        return one.since is not None and parsed(one.since) < self._begun

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="mdorch-herald", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (news := self._due()) is not None:
            self._send(news)

    def _due(self) -> list[News] | None:
        """What is to be told, once it is time; None at the end."""
        with self._change:
            while not self._stopped:
                left = self._at() - monotonic() if self._new else None
                if self._new and (self._ending or (left is not None and left <= 0)):
                    news, self._new = self._new, []
                    self._keep((self._told or set()) | {one.key for one in news})
                    return news
                if self._ending:
                    return None
                self._change.wait(left)
            return None

    def _at(self) -> float:
        """When the next notice may go, monotonic."""
        now = monotonic()
        self._sent = [when for when in self._sent if now - when < HOUR]
        pause = self._notify.every * len(self._sent)
        return max(self._since + self._notify.gather, self._sent[-1] + pause if self._sent else 0.0)

    def _send(self, news: Sequence[News]) -> None:
        self._sent.append(monotonic())
        now = self._clock()
        notice = notice_of(self._site, news, now, self._environ)
        failed = self._tried(notice)
        keep_result(self._site.dot, result_of(self._site, now, self._ways, failed))

    def _tried(self, notice: Mapping[str, Any]) -> dict[str, str]:
        """Send it, again where it could not be sent; at last, what failed and why."""
        failed = send(self._ways, notice)
        for number in range(1, TRIES):
            if not failed:
                break
            with self._change:
                self._change.wait_for(lambda: self._ending, PAUSE * number)
                if self._stopped:
                    break
            failed = send([way for way in self._ways if way.name in failed], notice)
        return failed

    def _read(self) -> set[str] | None:
        with suppress(OSError, ValueError, TypeError):
            return set(map(str, json.loads(self._path.read_bytes())))
        return None

    def _keep(self, told: set[str]) -> None:
        """Remember what was told, where that is another than before."""
        if told != self._told or not self._path.exists():
            with suppress(OSError):
                draft = self._path.with_suffix(".draft")
                draft.write_text(json.dumps(sorted(told)), "ascii")
                draft.replace(self._path)
        self._told = told
