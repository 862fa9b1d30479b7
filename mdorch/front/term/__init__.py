"""`mdorch top`: the board in a terminal, live."""

from __future__ import annotations

from collections.abc import Mapping

from mdorch.desk.site import Site
from mdorch.front.term.app import Top
from mdorch.front.term.background import is_light
from mdorch.front.term.jobs import Settle
from mdorch.front.term.palette import DARK, LIGHT, PALETTES, PLAIN, TERMINAL, Palette

__all__ = ["THEMES", "Top", "run"]

THEMES = ("auto", *(name for name in PALETTES if name != PLAIN.name))
FEW = ("linux", "xterm", "screen", "ansi", "vt220", "rxvt")  # TERM of terminals with sixteen colours


def run(site: Site, environ: Mapping[str, str], settle: Settle, theme: str = "auto") -> None:
    """Stay until somebody quits. `settle` sees to runs that were stopped, where no daemon does."""
    Top(site, environ, settle, palette_for(theme, environ)).run()


def palette_for(theme: str, environ: Mapping[str, str]) -> Palette:
    """The palette of a theme; of `auto`, the one that suits the terminal. `NO_COLOR` goes before all."""
    if environ.get("NO_COLOR"):
        return PLAIN
    if theme != "auto":
        return PALETTES[theme]
    if not environ.get("COLORTERM") and environ.get("TERM") in FEW:
        return TERMINAL
    return LIGHT if is_light(environ) else DARK
