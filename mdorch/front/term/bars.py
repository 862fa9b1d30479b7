"""The single lines around list and pane: the page and its daemon, the views, the tabs, the keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.strip import Strip
from textual.widget import Widget

from mdorch.desk.times import spoken
from mdorch.front.cli.screen import SIGNS, Ink, Piece
from mdorch.front.term import lines
from mdorch.front.term.details import TABS
from mdorch.front.term.helps import Help
from mdorch.front.term.lines import Button, Line
from mdorch.front.term.palette import DARK, Palette
from mdorch.front.term.scene import Scene
from mdorch.front.term.sections import VIEWS

Pieces = list[Piece | Button]
BESIDE = "   "


class Bar(Widget):
    """One line, drawn anew by `make(columns)` whenever it is refreshed."""

    def __init__(self, id: str, make: Callable[[int], Line], ground: str = "bar") -> None:  # noqa: A002
        super().__init__(id=id)
        self.palette: Palette = DARK
        self._make = make
        self._ground = ground

    def render_line(self, y: int) -> Strip:
        pieces = self._make(self.size.width - 2) if y == 0 else ()
        return lines.strip(self.palette, [" ", *pieces], self.size.width, self._ground)


def masthead(scene: Scene | None, page: str, columns: int, now: float) -> Line:
    """The page; its daemon, slots and money, and what is in the way of all of it."""
    left: Pieces = [Ink("mdorch", "mark"), "  ", Ink(page, "bold")]
    if scene is None:
        return [*left, Ink("   reading …", "dim")]
    right = _state(scene, now)
    return lines.between(left, right, columns)


def _state(scene: Scene, now: float) -> Pieces:
    look = scene.look
    parts: Pieces = []
    if look.facts.hold:
        parts.append(Ink(f"{SIGNS['hold'][0]} held", "bad"))
    if look.facts.paused:
        parts.append(Ink(f"{SIGNS['hold'][0]} paused", "warn"))
    if scene.daemon is None:
        parts.append(Ink(f"{SIGNS['off'][0]} no daemon", "dim"))
    elif scene.daemon.trouble:
        parts.append(Ink(f"{SIGNS['bad'][0]} {scene.daemon.trouble}", "bad"))
    else:
        parts.append(Ink(f"{SIGNS['on'][0]} on for {spoken(now - scene.daemon.started)}", "good"))
    used = sum(run.live for run in look.facts.runs)
    parts.append(Ink(f"{used}/{look.policy.max_parallel} slots", "dim"))
    spent, budget = look.facts.spent, look.site.settings.usd_per_day
    if spent:
        of = f" of ${budget:g}" if budget else ""
        parts.append(Ink(f"${spent:.2f}{of} today", "dim"))
    return [piece for part in parts for piece in (part, BESIDE)][:-1]


def views(view: str, counts: Mapping[str, int], finding: Line, columns: int) -> Line:
    pieces: Pieces = []
    for number, name in enumerate(VIEWS, 1):
        style = "here" if name == view else "dim"
        count = f" {counts[name]}" if counts.get(name) else ""
        title = Button(name.title(), style, f"app.view('{name}')")
        pieces += [Ink(f"{number} ", "dim"), title, Ink(count, "dim"), BESIDE]
    return lines.between(pieces, finding, columns)


def tabs(tab: str, name: str, title: str, columns: int) -> Line:
    """The line above the pane: whose it is, and its tabs."""
    right: Pieces = []
    for one in TABS:
        right += [Button(one, "here" if one == tab else "dim", f"app.tab('{one}')"), "  "]
    return lines.between([Ink(name, "head"), Ink(f"  {title}", "dim")], right[:-1], columns)


def keys(helps: list[Help], columns: int) -> Line:
    """As many keys as there is room for; the last ones, which are always there, before all others."""
    general = [h for h in helps if h.key in "/?q"]
    own = [h for h in helps if h not in general]
    while own and sum(len(h.key) + len(h.label) + 4 for h in (*own, *general)) > columns:
        own.pop()
    pieces: Pieces = []
    for one in (*own, *general):
        action = f"app.press('{one.key}')"
        pieces += [Button(one.key, "key", action), " ", Button(one.label, "dim", action), BESIDE]
    return pieces[:-1]
