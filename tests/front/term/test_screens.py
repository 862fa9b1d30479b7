"""What the screen looks like, as text: the files in `screens/`.

After a change that was meant, write them anew, and look at the difference:

    MDORCH_SCREENS=write .venv/bin/python -m pytest -q tests/front/term/test_screens.py
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from rich.segment import Segment

from mdorch.config.errors import Trouble
from mdorch.front.term import stage as screen
from mdorch.front.term.app import Top
from mdorch.front.term.palette import DARK, LIGHT, PLAIN, TERMINAL, Palette
from mdorch.front.term.scene import Scene
from mdorch.front.term.stylesheet import WIDE
from tests.front.stage import Stage
from tests.front.term import made
from tests.front.term.player import LARGE, SMALL, Player, play

SCREENS = Path(__file__).parent / "screens"
CASES = {
    "today": (),
    "board": ("2",),
    "tree": ("2", "j", "j", "tab", "tab"),
    "runs": ("3", "j"),
    "problems": ("4",),
    "full": ("2", "enter"),
    "found": ("slash", *"test", "enter"),
    "keys": ("question_mark",),
    "answer": ("w",),
}
COLOURED = ("board", "answer")  # the others are of the same parts
SIZES = {"80x24": SMALL, "120x40": LARGE}
WRITES = os.environ.get("MDORCH_SCREENS") == "write"
Drawn = tuple[str, list[list[Segment]]]


class Still:
    """Looks once, at the scene that is made by hand."""

    def __init__(self, *arguments: Any) -> None:
        self.tell: Callable[[Scene | None, Trouble | None], None] = arguments[-1]

    def start(self) -> None:
        self.tell(made.scene(Path.cwd()), None)

    def used(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> None:
    stage.write()
    monkeypatch.setattr(screen, "Looker", Still)


def seen(
    stage: Stage, keys: tuple[str, ...], sizes: Iterable[tuple[int, int]], *palettes: Palette
) -> list[Drawn]:
    """The screen after these keys, in each size and palette: as text, and as what it is drawn of."""
    found: list[Drawn] = []

    async def script(player: Player) -> None:
        app = player.app
        await player.press(*keys)
        for size in sizes:
            await player.pilot.resize_terminal(*size)
            wide = size[0] >= WIDE
            await player.until(lambda wide=wide: app.screen_stack[0].has_class("-wide") is wide)
            await player.until(lambda: is_drawn(app))
            for palette in palettes:
                app.palette = palette
                app._paint()
                await player.pilot.pause()
                strips = app.screen._compositor.render_strips()
                found.append((player.text, [list(strip) for strip in strips]))

    play(stage, script, palette=palettes[0], clock=lambda: made.NOW)
    return found


def is_drawn(app: Top) -> bool:
    """Whether what is said of the selected row is there, in lines as long as they are to be."""
    wish, item = app._shown, app._list.item
    wanted = (item.key if item else "", app.tab, app._pane.room)
    return wish is not None and (wish.item.key, wish.tab, wish.room) == wanted


@pytest.mark.parametrize("case", CASES)
def test_the_screen(stage: Stage, case: str) -> None:
    palettes = (DARK, LIGHT, TERMINAL) if case in COLOURED else (DARK,)
    drawn = iter(seen(stage, CASES[case], SIZES.values(), *palettes))
    for size in SIZES:
        texts = [next(drawn)[0] for _ in palettes]
        path = SCREENS / f"{case}-{size}.txt"
        if WRITES:
            SCREENS.mkdir(exist_ok=True)
            path.write_text(texts[0] + "\n", "utf-8")
        assert texts[0] + "\n" == path.read_text("utf-8")
        assert set(texts) == {texts[0]}  # palettes differ in colours alone


def test_every_screen_is_of_a_case() -> None:
    assert {p.name for p in SCREENS.iterdir()} == {f"{case}-{size}.txt" for case in CASES for size in SIZES}


def test_palettes_differ_in_colours(stage: Stage) -> None:
    dark, light = (
        {(s.style.color, s.style.bgcolor) for line in drawn for s in line if s.style}
        for _, drawn in seen(stage, (), [SMALL], DARK, LIGHT)
    )
    assert not dark & light


def test_without_colour_there_is_none(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is selected is told all the same."""
    monkeypatch.setenv("NO_COLOR", "1")
    for keys in ((), ("w",), ("question_mark",)):
        ((text, drawn),) = seen(stage, keys, [SMALL], PLAIN)
        styles = [s.style for line in drawn for s in line if s.style]
        assert {(s.color is None or s.color.is_default) for s in styles} == {True}
        assert {(s.bgcolor is None or s.bgcolor.is_default) for s in styles} == {True}
        if not keys:
            assert "▌" in text
            here = next(line for line in drawn if line[0].text.startswith("▌"))
            assert all(s.style and s.style.reverse for s in here if s.text.strip())
