"""Somebody at the keys of `mdorch top`: the real app on a page in a scratch folder, without a terminal."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from mdorch.desk.site import open_site
from mdorch.front.term.app import Top
from mdorch.front.term.palette import DARK, Palette
from tests.front.stage import Stage

SMALL, LARGE = (80, 24), (120, 40)


class Player:
    def __init__(self, app: Top, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """A text, then the key that sends it."""
        field = self.app.screen.focused
        assert isinstance(field, Input)
        field.value = ""
        field.post_message(events.Paste(text))
        await self.until(lambda: field.value == text)
        await self.pilot.press("enter")

    async def until(self, true: Callable[[], Any], seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"waited in vain; the screen:\n{self.text}"
            await self.pilot.pause(0.01)

    async def sees(self, words: str) -> None:
        """Wherever the lines of a dialog break."""
        await self.until(lambda: words in self.text or words in " ".join(self.text.replace("│", " ").split()))

    @property
    def lines(self) -> list[str]:
        """What stands on the screen."""
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def selected(self) -> str:
        item = self.app._list.item
        return item.key if item else ""

    async def select(self, task: str) -> None:
        """Go there as one does, by the keys."""
        await self.press("g")
        for _ in range(50):
            if self.selected == task:
                return
            await self.press("j")
        raise AssertionError(f"{task} is not in the list:\n{self.text}")


def play(
    stage: Stage,
    script: Callable[[Player], Awaitable[None]],
    size: tuple[int, int] = SMALL,
    palette: Palette = DARK,
    **more: Any,
) -> None:
    """Carry out a script, from the first look to the end of the app."""

    async def run() -> None:
        site = open_site(None, None, os.environ)
        app = Top(site, {**os.environ, **more.pop("environ", {})}, palette=palette, **more)
        async with app.run_test(size=size) as pilot:
            player = Player(app, pilot)
            await player.until(lambda: app.scene is not None or app._exception)
            await script(player)

    asyncio.run(run())
