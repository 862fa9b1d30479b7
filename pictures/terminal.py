"""`mdorch top` as an SVG, in the small and in a wide terminal."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

from mdorch.desk.site import Site
from mdorch.front.term.app import Top
from mdorch.front.term.palette import DARK, LIGHT, Palette

FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"  # what is there: nothing is fetched
PATIENCE = 30.0  # seconds
# name -> size, palette, keys
SHOTS = {
    "top": ((118, 32), DARK, ("2", *"jjjj", "l")),
    "top-light": ((80, 24), LIGHT, ()),
}


def take(site: Site, folder: Path) -> list[Path]:
    """Take the pictures of the README."""
    found = []
    for name, (size, palette, keys) in SHOTS.items():
        found.append(folder / f"{name}.svg")
        found[-1].write_text(asyncio.run(_shot(site, size, palette, keys)), "utf-8")
    return found


async def _shot(site: Site, size: tuple[int, int], palette: Palette, keys: Sequence[str]) -> str:
    environ = {**os.environ, "MDORCH_RUN": "picture"}  # who may change nothing
    app = Top(site, environ, palette=palette)
    async with app.run_test(size=size) as pilot:
        end = time.monotonic() + PATIENCE
        while app.scene is None:
            if time.monotonic() > end:
                raise RuntimeError("mdorch top shows nothing")
            await pilot.pause(0.05)
        await pilot.press(*keys)
        await pilot.pause(1.0)
        return small(app.export_screenshot(title="mdorch top", simplify=True))


def small(svg: str) -> str:
    """Without fonts from elsewhere, and without what only takes room."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: ?[^;]*;", f"font-family: {FONT};", svg)
    return re.sub(r"\s*\n\s*", "\n", svg)
