"""`mdorch top`: what its keys and the mouse do."""

from __future__ import annotations

import subprocess
import time
from typing import ClassVar

from textual import events
from textual.app import SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.widgets import Input

from mdorch.config.errors import Trouble
from mdorch.front.term.details import TABS
from mdorch.front.term.dialogs import Keys
from mdorch.front.term.editor import Editing, editing
from mdorch.front.term.listing import Listing
from mdorch.front.term.palette import DARK, LIGHT, PLAIN, TERMINAL
from mdorch.front.term.sections import VIEWS
from mdorch.front.term.stage import Stage

MOVED = 0.5  # seconds in which no key acts on a row that took another one's place by itself
DEEDS = {
    "w": "answer", "y": "approve", "n": "reject", "r": "retry", "s": "stop", "c": "complete", "a": "assign",
    "h": "hand_off",
}  # fmt: skip
RESTORE = "mdorch history --restore"
NEXT = {DARK.name: LIGHT, LIGHT.name: TERMINAL, TERMINAL.name: DARK, PLAIN.name: PLAIN}


class Top(Stage):
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"deed('{name}')") for key, name in DEEDS.items()),
        *(Binding(str(number), f"view('{name}')") for number, name in enumerate(VIEWS, 1)),
        Binding("left_square_bracket", "scroll_pane(-1)"),
        Binding("right_square_bracket", "scroll_pane(1)"),
        Binding("enter", "full"),
        Binding("escape", "back"),
        Binding("slash", "find"),
        Binding("l", "log"),
        Binding("e", "edit"),
        Binding("p", "pause"),
        Binding("plus", "add"),
        Binding("t", "colours"),
        Binding("question_mark", "keys"),
        Binding("q", "quit"),
        Binding("ctrl+c", "quit", priority=True),
    ]

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.MouseDown):
            self._looker.used()
        await super().on_event(event)

    # Moving

    def action_step(self, rows: int) -> None:
        if self._is_full:
            self._pane.scroll_relative(y=rows, animate=False, force=True)
        else:
            self._list.step(rows)

    def action_page(self, pages: int) -> None:
        if self._is_full:
            self.action_scroll_pane(pages)
        else:
            self._list.step(pages * max(self._list.size.height - 2, 1))

    def action_scroll_pane(self, pages: int) -> None:
        self._pane.scroll_relative(y=pages * max(self._pane.size.height - 1, 1), animate=False, force=True)

    def action_view(self, name: str) -> None:
        if name != self.view:
            self.view = name
            self._show(fresh=True)

    def action_tab(self, name: str) -> None:
        self.tab = name
        self._bar("tabs")
        self._want()

    def action_next_tab(self, step: int) -> None:
        self.action_tab(TABS[(TABS.index(self.tab) + step) % len(TABS)])

    def action_log(self) -> None:
        self.action_tab("log")

    @property
    def _is_full(self) -> bool:
        return self._body.has_class("full")

    def action_full(self) -> None:
        """What is said of the row on the whole screen."""
        if self._list.item is not None:
            self._body.add_class("full")

    async def action_back(self) -> None:
        """Out of the whole screen, else out of the search."""
        if self._is_full:
            self._body.remove_class("full")
        else:
            self._find.value = ""
            self._close_find()

    def on_listing_chosen(self) -> None:
        self.action_full()

    def on_listing_selected(self, event: Listing.Selected) -> None:
        if event.moved:
            self._moved = time.monotonic()
        self._bar("tabs", "keys")
        self._want()

    # Finding

    def action_find(self) -> None:
        """Among all rows: what is on the first view is only a part of them."""
        if self.view == VIEWS[0]:
            self.action_view("board")
        self._find.add_class("shown")
        self._find.focus()

    def _close_find(self) -> None:
        self._find.remove_class("shown")
        self._list.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input is self._find and event.value != self.words:
            self.words = event.value
            self._show(fresh=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input is self._find:
            self._close_find()

    # Deciding

    def action_deed(self, name: str) -> None:
        item, scene = self._list.item, self.scene
        if item is not None and name == "retry" and item.command.startswith(RESTORE):
            self._commands.restore(item.command.removeprefix(RESTORE).strip())
        elif item is None or scene is None or not item.task:
            self.say("", Trouble("no task is selected"))
        elif time.monotonic() - self._moved < MOVED:
            self.say("", Trouble("the row that was here has just moved", "look, and press again"))
        else:
            self._commands.carry_out(name, item, scene)

    def action_pause(self) -> None:
        if self.scene is not None:
            self._commands.pause(self._list.item, self.scene)

    def action_add(self) -> None:
        if self.scene is not None:
            self._commands.add(self.scene)

    def action_press(self, key: str) -> None:
        """A key of the last line was clicked on."""
        self.simulate_key({"/": "slash", "?": "question_mark", "⏎": "enter", "+": "plus"}.get(key, key))

    def action_keys(self) -> None:
        self.push_screen(Keys())

    def action_colours(self) -> None:
        self.palette = NEXT[self.palette.name]
        self._paint()

    def action_edit(self) -> None:
        """The page in the user's editor, at the line of the selected row."""
        item = self._list.item
        try:
            found = editing(self._environ, self._site.page, item.line if item else 0)
            self._edit(found)
        except Trouble as trouble:
            self.say("", trouble)

    def _edit(self, found: Editing) -> None:
        """Where it wants the terminal it gets it, until it ends."""
        try:
            if found.windowed:
                subprocess.Popen(
                    found.argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
                self.say(f"{found.argv[0]} opens {self._site.page.name}")
                return
            try:
                with self.suspend():
                    code = subprocess.run(found.argv, check=False).returncode
            except SuspendNotSupported:
                code = subprocess.run(found.argv, check=False).returncode
        except OSError as error:
            raise Trouble(f"{found.argv[0]}: {error.strerror}") from None
        if code:
            raise Trouble(f"{found.argv[0]} ended with {code}")
