"""What happened since somebody last looked: done, failed, spent."""

from __future__ import annotations

from typing import Any

from mdorch.desk.times import ago, parsed, price, spoken
from mdorch.front.cli.screen import Ink, Piece, Screen

FEW = 5  # rows of a kind that are shown


class News:
    """One section of the status; `news` is the answer of `desk.morning`, with a moment in `since`."""

    def __init__(self, screen: Screen, news: dict[str, Any], now: float, everything: bool = False) -> None:
        self.screen = screen
        self.news = news
        self.now = now
        self.few = None if everything else FEW

    def show(self) -> None:
        """Nothing at all where nothing happened."""
        news = self.news
        if not (news["done"] or news["failed"] or news["attempts"]):
            return
        self.screen.line()
        self.screen.short(
            Ink(f"Since you looked, {spoken(self.now - parsed(news['since']))} ago", "head"),
            Ink(f"  {summary(news)}", "dim"),
        )
        rows = [self._row("done", "good", one, "") for one in self._some(news["done"])]
        rows += [self._row("bad", "bad", one, one["text"]) for one in self._some(news["failed"])]
        self.screen.rows(rows, flexible={2: 12, 3: 12})
        left = sum(len(news[kind]) - len(self._some(news[kind])) for kind in ("done", "failed"))
        if left:
            self.screen.line("     ", Ink(f"{left} more: ", "dim"), Ink("mdorch status --all", "command"))

    def _some(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The newest few, oldest first."""
        return rows if self.few is None else rows[-self.few :]

    def _row(self, sign: str, style: str, one: dict[str, Any], text: str) -> list[Piece]:
        return [
            Ink(self.screen.sign(sign), style),
            Ink(one["task"], "bold"),
            one["title"],
            Ink(text, "dim"),
            Ink(ago(self.now - parsed(one["at"])), "dim"),
        ]


def summary(news: dict[str, Any]) -> str:
    """`3 done, 1 failed, 5 attempts, 12.3k tokens, $0.42`"""
    attempts = news["attempts"]
    parts = [
        f"{len(news['done'])} done",
        f"{len(news['failed'])} failed" if news["failed"] else "",
        f"{attempts} attempt{'s' if attempts != 1 else ''}" if attempts else "",
        price(news["tokens"], news["usd"]),
    ]
    return ", ".join(filter(None, parts))
