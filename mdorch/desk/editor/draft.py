"""A `Draft`: the text of a page in an editor, read again with every key, and looked at as if it were saved.

Reading and planning go on from the last time, so that what nobody touched costs next to nothing. What is
known besides the page (journal, runs) is asked for anew when it may have changed, and every few seconds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import cached_property

from mdorch.board.mentions import Places
from mdorch.board.policies import agents_of
from mdorch.board.problem import Problem
from mdorch.board.read import Reading, read
from mdorch.board.sections import AGENTS, TASKS
from mdorch.desk.advice import lint_problems
from mdorch.desk.forecast import Forecast, forecast_of
from mdorch.desk.look import Known, Look, known_of, looked
from mdorch.desk.site import Site
from mdorch.page.source import BOM
from mdorch.plan.memo import Memo

FRESH = 2.0  # seconds for which what is known besides the page counts, unless somebody says that it changed
ABOUT = 10.0  # and a forecast
_SURROGATE = re.compile("[\ud800-\udfff]")


class Draft:
    """One page in one editor. Belongs to one thread. `clock` gives epoch seconds."""

    def __init__(self, site: Site, text: str, clock: Callable[[], float] = time.time) -> None:
        self.site = site
        self._clock = clock
        self._memo = Memo()
        self._reading: Reading | None = None
        self._known: tuple[float, Known] | None = None
        self._look: Look | None = None
        self._forecast: tuple[float, Forecast] | None = None
        self._places: Places | None = None
        self.write(text)

    def write(self, text: str) -> None:
        """The text is another one. Lone surrogates, which no file can hold, are read as U+FFFD."""
        if not text.isascii():
            text = _SURROGATE.sub("\ufffd", text)
        self.data = text.encode()
        self._typed = self._clock()
        self._unread = True
        self._look = self._places = None

    def told(self) -> None:
        """Something besides the text may have changed."""
        self._known = self._look = self._forecast = self._places = None
        self._unread = True
        self.__dict__.pop("agents", None)

    @property
    def reading(self) -> Reading:
        if self._unread or self._reading is None:
            site = self.site
            self._reading = read(self.data, site.companions(), site.known_agents(), self._reading)
            self._unread = False
        return self._reading

    @property
    def places(self) -> Places:
        if self._places is None:
            self._places = Places(self.reading)
        return self._places

    @property
    def look(self) -> Look:
        """The look as it would be, were this text saved."""
        now = self._clock()
        if self._known is None or now - self._known[0] > FRESH:
            self._known = now, known_of(self.site, self.reading.board, now, now - self._typed)
            self._look = None
        if self._look is None:
            board = self.reading.board
            self._look = looked(self.site, self.data, board, self._known[1], now, self._memo)
        return self._look

    @property
    def problems(self) -> list[Problem]:
        """What `mdorch lint` would say of it; nothing of a page that is nobody's: any repository may have a
        `CLAUDE.md`."""
        return [] if self._is_foreign else lint_problems(self.look, lambda: self.places)

    @property
    def _is_foreign(self) -> bool:
        """Whether nothing here says that the file is a page: no name, no settings, no folder, no section."""
        site = self.site
        said = site.named or site.settings.source or site.dot.is_dir()
        return not said and not any(s.kind in (TASKS, AGENTS) for s in self.reading.board.sections)

    def span(self, problem: Problem) -> tuple[int, int, int]:
        """Line and columns of a problem, from 0: the cell that it is in, or the whole line."""
        lines = self.reading.source.lines
        line, start = max(problem.line - 1, 0), max(problem.column - 1, 0)
        if line >= len(lines):
            return line, 0, 0
        text = lines[line]
        spot = self.places.spot(line, start) if start else None
        first = start or len(text) - len(text.lstrip())
        return line, first, max(spot.end if spot and spot.end > first else len(text.rstrip()), first)

    @property
    def forecast(self) -> Forecast:
        """Who runs when, as it was some seconds ago."""
        now = self._clock()
        if self._forecast is None or now - self._forecast[0] > ABOUT:
            self._forecast = now, forecast_of(self.look)
        return self._forecast[1]

    @cached_property
    def agents(self) -> frozenset[str]:
        """Agents that are known here: configured, defined, or named by a policy of the page."""
        return self.site.known_agents() | agents_of(self.reading.board.policy)

    @property
    def offset(self) -> int:
        """Characters of the text's first line that are not of the page: a byte order mark."""
        return 1 if self.data.startswith(BOM) else 0

    def saved(self) -> str:
        """The digest of the page (sha256, hexadecimal), "" where it does not say what the text says. Raises
        PageError."""
        version = self.site.page_file().read()
        return version.digest if _plain(version.data) == _plain(self.data) else ""


def _plain(data: bytes) -> str:
    """As an editor shows it: without byte order mark, whatever is not UTF-8 replaced, LF."""
    text = data.removeprefix(BOM).decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")
