"""What is on the screen of `mdorch top`, and where it comes from.

Three threads beside the one that draws: one looks (`Looker`), one makes what is said of the selected row
(`Details`), one changes things (`Jobs`). They hand over finished records as messages, so that no key ever
waits for a file. What stands on the screen may be older than the page: every job asks the page itself.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Mapping

from textual.app import App, ComposeResult
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from mdorch.config.errors import Trouble
from mdorch.desk.site import Site
from mdorch.front.term import bars
from mdorch.front.term.bars import Bar
from mdorch.front.term.commands import Commands
from mdorch.front.term.details import TABS, Details, Found, Wish
from mdorch.front.term.helps import keys_of
from mdorch.front.term.jobs import Jobs, Settle
from mdorch.front.term.lines import Line
from mdorch.front.term.listing import Listing
from mdorch.front.term.looker import Looker
from mdorch.front.term.palette import DARK, PALETTES, PLAIN, Palette, theme_of
from mdorch.front.term.pane import Pane
from mdorch.front.term.scene import Scene
from mdorch.front.term.sections import VIEWS, Sections, counts, matching
from mdorch.front.term.stylesheet import CSS, WIDE
from mdorch.front.text import clean

STAYS = 8.0  # seconds for which a message is shown


class Looked(Message):
    def __init__(self, scene: Scene | None, trouble: Trouble | None) -> None:
        super().__init__()
        self.scene = scene
        self.trouble = trouble


class Told(Message):
    """What is said of the selected row."""

    def __init__(self, found: Found) -> None:
        super().__init__()
        self.found = found


class Said(Message):
    """What came of a change."""

    def __init__(self, text: str, trouble: Trouble | None) -> None:
        super().__init__()
        self.text = text
        self.trouble = trouble


class Stage(App[None]):
    """`clock` gives epoch seconds; `settle` sees to runs that were stopped, where no daemon does."""

    TITLE = "mdorch"
    CSS = CSS
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012  # as Textual declares it

    def __init__(
        self,
        site: Site,
        environ: Mapping[str, str],
        settle: Settle = lambda _: None,
        palette: Palette = DARK,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(ansi_color=True if palette is PLAIN else None)
        self._site = site
        self._environ = environ
        self._clock = clock
        self.palette = palette
        self.scene: Scene | None = None
        self.view = VIEWS[0]
        self.tab = TABS[0]
        self.words = ""
        self._hides = 0.0
        self._moved = 0.0  # when another row took the place of the selected one by itself
        self._shown: Wish | None = None
        self._bars = {
            "masthead": Bar("masthead", self._masthead),
            "views": Bar("views", self._views),
            "tabs": Bar("tabs", self._tabs),
            "keys": Bar("keys", self._keys),
        }
        self._list, self._pane = Listing("list"), Pane("pane")
        self._body = Container(self._list, Vertical(self._bars["tabs"], self._pane, id="side"), id="body")
        self._message = Static("", id="message", markup=False)
        self._find = Input(placeholder="words of id, title, agent, status, notes", id="find")
        self._looker = Looker(site, environ, clock, lambda scene, trouble: self._post(Looked(scene, trouble)))
        self._details = Details(lambda found: self._post(Told(found)))
        self._jobs = Jobs(site, environ, clock, settle)
        self._commands = Commands(self, self._jobs, clock, lambda text, t: self._post(Said(text, t)))
        for one in PALETTES.values():
            self.register_theme(theme_of(one))
        self.theme = palette.name

    def _post(self, message: Message) -> None:
        self.post_message(message)

    def compose(self) -> ComposeResult:
        yield self._bars["masthead"]
        yield self._bars["views"]
        yield self._body
        yield self._message
        yield self._find
        yield self._bars["keys"]

    def on_mount(self) -> None:
        self._paint()
        self._list.focus()
        for thread in (self._looker, self._details, self._jobs):
            thread.start()
        self.set_interval(1.0, self._tick)
        if not self.is_headless:
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self.exit)

    def on_unmount(self) -> None:
        self._jobs.close()
        self._looker.close()
        self._details.close()

    # The lines around

    def _paint(self) -> None:
        """The colours of the palette, everywhere."""
        self.theme = self.palette.name
        painted: list[Listing | Pane | Bar] = [self._list, self._pane, *self._bars.values()]
        for widget in painted:
            widget.palette = self.palette
            widget.refresh()

    def _bar(self, *names: str) -> None:
        for name in names:
            self._bars[name].refresh()

    def _masthead(self, columns: int) -> Line:
        return bars.masthead(self.scene, self._site.page.name, columns, self._clock())

    def _views(self, columns: int) -> Line:
        found = f"/{self.words}  {matching(self._list.sections)} found" if self.words else ""
        return bars.views(self.view, counts(self.scene) if self.scene else {}, [found], columns)

    def _tabs(self, columns: int) -> Line:
        item = self._list.item
        task = self.scene.task(item.task) if item and self.scene else None
        name = (item.task or item.key) if item else ""
        return bars.tabs(self.tab, name, task.title if task else "", columns)

    def _keys(self, columns: int) -> Line:
        item, scene = self._list.item, self.scene
        task = scene.task(item.task) if item and scene else None
        live = bool(task and scene and scene.live(task.id))
        return bars.keys(keys_of(task, item.command if item else "", live), columns)

    def _tick(self) -> None:
        self._list.tick()
        self._bar("masthead")
        if self._hides and time.monotonic() > self._hides:
            self._hides = 0.0
            self._message.remove_class("shown")

    def say(self, text: str, trouble: Trouble | None = None) -> None:
        """One line about what was done, or about what was in the way."""
        if trouble is not None:
            text = ": ".join(filter(None, (trouble.message, trouble.hint)))
        if not text:
            return
        self._message.update(clean(text))
        self._message.set_classes(f"shown {'bad' if trouble else 'good'}")
        self._hides = time.monotonic() + STAYS

    # What comes from the threads

    def on_looked(self, message: Looked) -> None:
        if not self._list.is_attached:  # leaving: nothing is shown any more
            return
        if message.scene is None:
            self.say("", message.trouble)
            return
        first, self.scene = self.scene is None, message.scene
        self._show(fresh=first)

    def _show(self, fresh: bool) -> None:
        if self.scene is not None:
            self._list.show(Sections(self.scene, self._clock, self.words).of(self.view), fresh)
            self._bar("masthead", "views", "tabs", "keys")
            self._want()

    def _want(self) -> None:
        item = self._list.item
        if item is None or self.scene is None:
            self._details.want(None)
            self._pane.show(())
        else:
            self._details.want(Wish(item, self.tab, self.scene.look, self._pane.room))

    def on_pane_resized(self) -> None:
        self._want()

    def on_told(self, message: Told) -> None:
        if not self._list.is_attached:
            return
        found, item = message.found, self._list.item
        if item is None or (found.wish.item.key, found.wish.tab) != (item.key, self.tab):
            return
        shown, self._shown = self._shown, found.wish
        if found.more:
            self._pane.add(found.lines)
        elif found.wish.same(shown) and self.tab != "log":
            self._pane.replace(found.lines)
        else:
            self._pane.show(found.lines)

    def on_said(self, message: Said) -> None:
        if self._list.is_attached:
            self.say(message.text, message.trouble)
