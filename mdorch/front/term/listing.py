"""The list: any number of rows in sections, of which those on the screen are drawn.

Textual asks for one line at a time, and only for lines that are seen (its Line API), so that ten thousand
rows cost what forty do. The cursor holds on to a row, not to a place: when the page changes, it stays with
the task that it was on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from mdorch.front.cli.screen import Ink, Piece
from mdorch.front.term import lines
from mdorch.front.term.lines import MEASURED
from mdorch.front.term.palette import DARK, Palette
from mdorch.front.term.rows import Item, Section
from mdorch.frozen import Frozen

STEPS = {"up,k": -1, "down,j": 1, "home,g": -(10**9), "end,G": 10**9}
MARK, SPACE = "▌ ", "  "


class Place(Frozen):
    section: int
    row: int


class Listing(ScrollView, can_focus=True):
    """Sections of rows with one of them selected."""

    BINDINGS: ClassVar[list[BindingType]] = [  # in place of those that scroll, and of the tab that moves on
        *(Binding(keys, f"app.step({rows})") for keys, rows in STEPS.items()),
        Binding("pageup", "app.page(-1)"),
        Binding("pagedown,space", "app.page(1)"),
        Binding("tab", "app.next_tab(1)"),
        Binding("shift+tab", "app.next_tab(-1)"),
    ]

    class Selected(Message):
        """Another row is selected. `moved`: not by the person at the keys, but because the page changed."""

        def __init__(self, item: Item | None, moved: bool) -> None:
            super().__init__()
            self.item = item
            self.moved = moved

    class Chosen(Message):
        """The selected row was clicked on once more."""

    def __init__(self, id: str) -> None:  # noqa: A002  # Textual's own word
        super().__init__(id=id)
        self.palette: Palette = DARK
        self.sections: Sequence[Section] = ()
        self.at: Place | None = None
        self._starts: list[int] = []  # the line of each section's heading
        self._widths: dict[int, list[int]] = {}

    # What is shown

    def show(self, sections: Sequence[Section], fresh: bool) -> None:
        """Other sections. The cursor stays with its row; where that is gone, or with `fresh`, it goes to the
        nearest or to the first."""
        key = self.item.key if self.item else None
        offset = self._line(self.at) - self.scroll_offset.y if self.at else 0
        before = self.at
        stays = before is not None and self.sections[before.section].stays
        self.sections = sections
        self._place_sections()
        found = None if fresh or key is None else self._find(key, before)
        if found and stays and not sections[found.section].stays:
            found = None
        self.at = found or (self._first() if fresh or before is None else self._near(before))
        if found and before and found != before:  # the row stays where the eye is
            self.scroll_to(y=max(self._line(found) - offset, 0), animate=False, force=True)
        elif fresh:
            self.scroll_to(y=0, animate=False, force=True)
        self.refresh()
        if self.item is None or self.item.key != key:
            self.post_message(self.Selected(self.item, moved=not fresh and before is not None))

    def redrawn(self) -> None:
        """Every visible line again, with the columns measured anew."""
        self._widths.clear()
        self.refresh()

    def tick(self) -> None:
        """Draw the rows again whose times run."""
        for number, section in enumerate(self.sections):
            if section.ticks:
                self._widths.pop(number, None)
                self.refresh_lines(self._starts[number] + 1, len(section.keys))

    def _place_sections(self) -> None:
        self._widths.clear()
        self._starts, line = [], 0
        for section in self.sections:
            self._starts.append(line)
            line += len(section.keys) + 2  # a heading before, an empty line behind
        self.virtual_size = Size(self.scrollable_content_region.width, max(line - 1, 0))

    # The cursor

    @property
    def item(self) -> Item | None:
        """The row that is selected."""
        return self.sections[self.at.section].item(self.at.row) if self.at else None

    def select(self, place: Place | None) -> None:
        if place is None or place == self.at:
            return
        before, self.at = self.at, place
        for one in (before, place):
            if one is not None:
                self.refresh_line(self._line(one))
        self._reveal(place)
        self.post_message(self.Selected(self.item, moved=False))

    def choose(self, key: str) -> bool:
        """Select the first row with this key; whether there is one."""
        found = self._find(key, None)
        self.select(found)
        return found is not None

    def step(self, rows: int) -> None:
        """So many rows down, or up; as far as there are any."""
        if self.at is None:
            self.select(self._first())
            return
        section, row = self.at.section, self.at.row + rows
        while row >= len(self.sections[section].keys):
            following = self._with_rows(range(section + 1, len(self.sections)))
            if following is None:
                row = len(self.sections[section].keys) - 1
                break
            row -= len(self.sections[section].keys)
            section = following
        while row < 0:
            previous = self._with_rows(range(section - 1, -1, -1))
            if previous is None:
                row = 0
                self.scroll_to(y=0, animate=False)
                break
            section = previous
            row += len(self.sections[section].keys)
        self.select(Place(section, row))

    def _with_rows(self, numbers: range) -> int | None:
        return next((number for number in numbers if self.sections[number].keys), None)

    def _first(self) -> Place | None:
        number = self._with_rows(range(len(self.sections)))
        return None if number is None else Place(number, 0)

    def _near(self, before: Place) -> Place | None:
        """What now is where a row was that is gone."""
        if before.section < len(self.sections) and self.sections[before.section].keys:
            return Place(before.section, min(before.row, len(self.sections[before.section].keys) - 1))
        return self._first()

    def _find(self, key: str, near: Place | None) -> Place | None:
        """A row by its key: first in the section in which it was."""
        numbers = list(range(len(self.sections)))
        if near is not None and near.section in numbers:
            numbers.insert(0, near.section)
        for number in numbers:
            keys = self.sections[number].keys
            if key in keys:
                return Place(number, keys.index(key))
        return None

    def _line(self, place: Place | None) -> int:
        return self._starts[place.section] + 1 + place.row if place else 0

    def _reveal(self, place: Place) -> None:
        line = self._line(place)
        top = self._starts[place.section] if place.row == 0 else line  # with its heading
        self.scroll_to_region(Region(0, top, 1, line - top + 1), animate=False, force=True)

    def _place_at(self, line: int) -> Place | None:
        number = bisect_right(self._starts, line) - 1
        row = line - self._starts[number] - 1 if number >= 0 else -1
        return Place(number, row) if number >= 0 and 0 <= row < len(self.sections[number].keys) else None

    # Drawing

    def render_line(self, y: int) -> Strip:
        line, room = y + self.scroll_offset.y, self.scrollable_content_region.width
        place = self._place_at(line)
        if place is not None:
            return self._row(place, room)
        number = bisect_right(self._starts, line) - 1
        if number < 0 or line != self._starts[number]:
            return lines.strip(self.palette, (), room)
        return self._heading(self.sections[number], room)

    def _heading(self, section: Section, room: int) -> Strip:
        count = section.note or (str(len(section.keys)) if section.keys else "")
        pieces: list[Piece] = [SPACE, Ink(section.title, "head"), Ink(f"  {count}", "dim")]
        if section.style != "head":
            pieces[1] = Ink(section.title, f"head-{section.style}")
        return lines.strip(self.palette, pieces, room)

    def _row(self, place: Place, room: int) -> Strip:
        section = self.sections[place.section]
        wide = self._widths.get(place.section)
        if wide is None:
            sample = (section.item(at).cells for at in range(min(len(section.keys), MEASURED)))
            wide = lines.widths(sample, section.columns, room - 4)
            self._widths[place.section] = wide
        cells = lines.row(section.item(place.row).cells, wide, section.columns.rights)
        here = place == self.at
        mark = Ink(MARK, "mark") if here else SPACE
        return lines.strip(self.palette, [mark, *cells], room, "selected" if here else "page")

    def on_resize(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, self.virtual_size.height)
        self.redrawn()
        if self.at is not None:
            self._reveal(self.at)

    # The mouse

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        place = self._place_at(offset.y + self.scroll_offset.y) if offset else None
        if place is None:
            return
        if place == self.at:
            self.post_message(self.Chosen())
        self.select(place)
