"""Lines of text that may be more than fit: what is said of a task, its log, its tree."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from mdorch.front.term import lines
from mdorch.front.term.lines import Line
from mdorch.front.term.palette import DARK, Palette

KEPT = 5000  # lines of a log


class Pane(ScrollView, can_focus=True):
    """At its end it stays at the end, whatever comes; scrolled up it stays where it is."""

    class Resized(Message):
        """Lines have another length now."""

    def __init__(self, id: str) -> None:  # noqa: A002  # Textual's own word
        super().__init__(id=id)
        self.palette: Palette = DARK
        self.lines: list[Line] = []

    def show(self, shown: Sequence[Line], at_end: bool = False) -> None:
        """These lines, from the first or from the last on."""
        self.lines = list(shown)
        self._measure()
        self.scroll_to(y=self.max_scroll_y if at_end else 0, animate=False, force=True)
        self.refresh()

    def replace(self, shown: Sequence[Line]) -> None:
        """The same said anew: one stays where one reads."""
        if list(shown) != self.lines:
            self.lines = list(shown)
            self._measure()
            self.refresh()

    def add(self, more: Sequence[Line]) -> None:
        """More lines at the end."""
        follows = self.scroll_offset.y >= self.max_scroll_y
        self.lines += more
        gone = max(len(self.lines) - KEPT, 0)
        del self.lines[:gone]
        self._measure()
        if follows:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)
        elif gone:
            self.scroll_to(y=self.scroll_offset.y - gone, animate=False, force=True)
        self.refresh()

    def _measure(self) -> None:
        self.virtual_size = Size(self.room, len(self.lines))

    @property
    def room(self) -> int:
        """Columns for text."""
        return max(self.scrollable_content_region.width - 3, 10)

    def on_resize(self) -> None:
        self._measure()
        self.post_message(self.Resized())

    def render_line(self, y: int) -> Strip:
        at = y + self.scroll_offset.y
        pieces = self.lines[at] if at < len(self.lines) else ()
        return lines.strip(self.palette, ["  ", *pieces], self.scrollable_content_region.width)
