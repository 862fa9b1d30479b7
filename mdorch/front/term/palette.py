"""Colours: two quiet palettes of our own, the terminal's own, and none.

Text comes in the styles of `cli.screen`; a palette says what each looks like. Every colour of text has a
contrast of at least 4.5 on every ground that it may stand on (WCAG 2.2, 1.4.3); a test computes it. What is
selected, wrong or alive is told by a sign or a word as well, so that nothing depends on colours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from rich.color import Color
from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

from mdorch.frozen import Frozen

GROUNDS = ("page", "bar", "selected", "dialog", "rail")
BOLD = frozenset({"head", "bold", "key"})
UNDERLINED = frozenset({"here"})
DEFAULT = "ansi_default"


class Palette(Frozen):
    """`inks` has a colour for each style of text, `grounds` one for each of `GROUNDS`: `#rrggbb`, the name of
    one of the terminal's own colours, or "" for whatever the terminal has. `paints`: it has colours."""

    name: str
    dark: bool
    inks: Mapping[str, str]
    grounds: Mapping[str, str]
    paints: bool = True


def _palette(name: str, dark: bool, inks: str, grounds: str) -> Palette:
    names = ("text", "dim", "good", "bad", "warn", "live")
    colours = dict(zip(names, inks.split(), strict=True))
    more = {
        "command": colours["live"],
        "key": colours["live"],
        "rule": colours["dim"],
        "mark": colours["live"],
    }
    return Palette(name, dark, {**colours, **more}, dict(zip(GROUNDS, grounds.split(), strict=True)))


DARK = _palette(
    "dark", True, "#d3d7de #8f97a5 #93c492 #ea9a9a #dfb676 #86bbdc", "#14171c #1b1f26 #28303c #1f242c #343c48"
)
LIGHT = _palette(
    "light",
    False,
    "#24282e #5c636e #256b33 #a82a30 #7a5200 #1b5e87",
    "#fcfcfa #f1f1ee #dfe7f0 #f5f5f2 #cfd3d6",
)
_OWN = {"text": "", "dim": "", "good": "green", "bad": "red", "warn": "yellow", "live": "cyan"}
TERMINAL = Palette(
    "terminal",
    True,
    {**_OWN, "command": "cyan", "key": "cyan", "rule": "", "mark": "cyan"},
    dict.fromkeys(GROUNDS, ""),
)
PLAIN = Palette("plain", True, dict.fromkeys(TERMINAL.inks, ""), dict.fromkeys(GROUNDS, ""), paints=False)
PALETTES = {palette.name: palette for palette in (DARK, LIGHT, TERMINAL, PLAIN)}


@lru_cache(256)
def style_of(name: str, ink: str, ground: str = "page") -> Style:
    """How a terminal shows text of one style on one ground of a palette."""
    palette = PALETTES[name]
    title, _, ink = ink.rpartition("-")  # `head-warn`: a heading in the colour of a warning
    colour, back = palette.inks.get(ink, palette.inks["text"]), palette.grounds[ground]
    own = not back
    return Style(
        color=_colour(colour),
        bgcolor=_colour(back),
        bold=(bool(title) or ink in BOLD) or None,
        underline=ink in UNDERLINED or None,
        dim=(own and ink in ("dim", "rule") and ground != "selected") or None,
        reverse=(own and ground == "selected") or None,
    )


def _colour(name: str) -> Color:
    return Color.parse(name or "default")


def theme_of(palette: Palette) -> Theme:
    """The same for the parts that Textual paints by itself: dialogs, fields, scrollbars."""
    ink, ground = palette.inks, palette.grounds
    if not ground["page"]:
        return _own_theme(palette)
    rail = {
        "scrollbar": ground["rail"], "scrollbar-hover": ink["text"], "scrollbar-active": ink["live"],
        "scrollbar-background": ground["page"], "scrollbar-background-hover": ground["page"],
        "scrollbar-background-active": ground["page"], "scrollbar-corner-color": ground["page"],
        "dialog": ground["dialog"], "edge": ink["rule"],
    }  # fmt: skip
    return Theme(
        name=palette.name, dark=palette.dark, primary=ink["live"], foreground=ink["text"],
        background=ground["page"], surface=ground["bar"], panel=ground["bar"], warning=ink["warn"],
        error=ink["bad"], success=ink["good"], accent=ink["live"], variables=rail,
    )  # fmt: skip


def _own_theme(palette: Palette) -> Theme:
    """The terminal's colours, as Textual's own theme for that has them; or none at all."""
    own = BUILTIN_THEMES["ansi-dark"]
    more = {"dialog": DEFAULT, "edge": DEFAULT}
    if palette.paints:
        return replace(own, name=palette.name, variables={**own.variables, **more})
    variables = dict.fromkeys((*own.variables, *more), DEFAULT) | _BARE
    return replace(
        own, name=palette.name, variables=variables, primary=DEFAULT, secondary=DEFAULT, warning=DEFAULT,
        error=DEFAULT, success=DEFAULT, accent=DEFAULT,
    )  # fmt: skip


_BARE = {"input-cursor-text-style": "reverse"}
