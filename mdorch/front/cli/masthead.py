"""What stands above the status: the page, its daemon, what it costs, and what is in the way of all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mdorch.desk.look import Look
from mdorch.desk.status import WARN_SIZE
from mdorch.desk.times import parsed, spoken
from mdorch.front.cli.screen import Ink, Piece, Screen


class Masthead:
    """Of one look; `answer` is the status answer of the same look."""

    def __init__(self, screen: Screen, look: Look, answer: dict[str, Any]) -> None:
        self.screen = screen
        self.look = look
        self.answer = answer

    def show(self) -> None:
        screen, answer = self.screen, self.answer
        page = Path(answer["page"])
        screen.short(Ink(page.name, "head"), "  ", Ink(_short(page.parent, self.look.site.home), "dim"))
        screen.short(*self._daemon(), *self._dotted(self._slots()), *self._spend(), *self._size())
        self._trouble()
        if answer["paused"]:
            screen.short(Ink(f"{screen.sign('hold')} paused: {self.look.facts.paused}", "warn"))
            screen.short("  ", Ink("mdorch resume", "command"), " launches again")

    def _daemon(self) -> list[Piece]:
        daemon, sign = self.answer["daemon"], self.screen.sign
        if not daemon["running"]:
            return [Ink(f"{sign('off')} no daemon", "dim"), ": ", Ink("mdorch up", "command"), " starts it"]
        for_ = f" for {spoken(self.look.now - parsed(daemon['since']))}" if daemon["since"] else ""
        return [Ink(f"{sign('on')} running", "good"), f"{for_} (pid {daemon['pid']})"]

    def _trouble(self) -> None:
        daemon = self.answer["daemon"]
        if daemon["trouble"]:
            self.screen.short(Ink(f"{self.screen.sign('bad')} it waits: {daemon['trouble']}", "bad"))
        if daemon["watch"] == "polling":
            text = f"{self.screen.sign('soon')} it looks at the page now and then: saves cannot be watched"
            self.screen.short(Ink(text, "warn"), "  ", Ink("mdorch health", "command"))

    def _slots(self) -> str:
        slots = self.answer["slots"]
        return f"{slots['used']} of {slots['max']} slots in use"

    def _spend(self) -> list[Piece]:
        spend = self.answer["spend"]
        if not spend["today_usd"]:
            return []
        of = f" of ${spend['budget_usd']:g}" if spend["budget_usd"] else ""
        return self._dotted(f"${spend['today_usd']:.2f}{of} today")

    def _size(self) -> list[Piece]:
        size = self.answer["size"]
        if size < WARN_SIZE:
            return self._dotted(f"{size:,} characters")
        text = f"{size:,} characters: every agent reads them all; "
        return [*self._dotted(""), Ink(text, "warn"), Ink("mdorch archive", "command")]

    def _dotted(self, text: str) -> list[Piece]:
        return [Ink(f"  {self.screen.sign('dot')}  ", "dim"), Ink(text, "dim")]


def _short(folder: Path, home: Path | None) -> str:
    if home and folder.is_relative_to(home):
        return str(Path("~") / folder.relative_to(home))
    return str(folder)
