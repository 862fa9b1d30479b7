"""Lines of the screen: pieces of text, each cleaned, cut to its column and painted.

As in `cli.screen`, cleaning happens here and nowhere else, so that no text of a page reaches the terminal as
anything but text. Nothing is ever parsed as markup: strips are made of plain segments.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from mdorch.front.cli.screen import STYLES, Ink, Piece, Screen
from mdorch.front.term.palette import Palette, style_of
from mdorch.front.text import clean, fit, narrowed, width, wrap
from mdorch.frozen import Frozen

MEASURED = 200  # rows of a section that its columns are made to fit
Line = Sequence["Piece | Button"]


class Button(Frozen):
    """A text that does something when it is clicked on: `action` as Textual names it."""

    text: str
    style: str
    action: str


class Columns(Frozen):
    """How the columns of a section share a line: see `Screen.rows`. `stretch` is the one that takes what is
    left, -1 where none does; `rights` are set to the right; `spared` is left out, -1 for none, where it would
    have less than its least width."""

    flexible: Mapping[int, int]
    stretch: int = -1
    rights: frozenset[int] = frozenset()
    spared: int = -1


def strip(palette: Palette, pieces: Line, columns: int, ground: str = "page") -> Strip:
    """One line, of exactly so many columns."""
    segments, room = [], columns
    for piece in pieces:
        text, style = (piece, "text") if isinstance(piece, str) else (piece.text, piece.style or "text")
        text = fit(clean(text), room)
        room -= width(text)
        painted = style_of(palette.name, style, ground)
        if isinstance(piece, Button):
            painted += Style(meta={"@click": piece.action})
        segments.append(Segment(text, painted))
        if room <= 0:
            break
    return Strip(segments).adjust_cell_length(columns, style_of(palette.name, "text", ground))


def between(left: Line, right: Line, columns: int) -> list[Piece | Button]:
    """Pieces to the left and to the right of a line, which give way in this order: the left ones are cut."""
    room = max(columns - _length(right) - 2, 0)
    kept: list[Piece | Button] = []
    for piece in left:
        text = fit(clean(piece if isinstance(piece, str) else piece.text), room)
        kept.append(_with(piece, text))
        room -= width(text)
        if room <= 0:
            break
    return [*kept, " " * (room + 2), *right]


def _with(piece: Piece | Button, text: str) -> Piece | Button:
    match piece:
        case Button():
            return Button(text, piece.style, piece.action)
        case Ink():
            return Ink(text, piece.style)
    return text


def _length(pieces: Line) -> int:
    return sum(width(clean(p if isinstance(p, str) else p.text)) for p in pieces)


def widths(rows: Iterable[Sequence[Piece]], columns: Columns, room: int) -> list[int]:
    """The widths of the columns of rows that share `room`; an empty column has 0."""
    found: list[int] = []
    for row in rows:
        found += [0] * (len(row) - len(found))
        for at, piece in enumerate(row):
            found[at] = max(found[at], _length([piece]))
    if 0 <= columns.spared < len(found) and found[columns.spared]:
        others = sum(wide + 2 for at, wide in enumerate(found) if wide and at != columns.spared)
        if room - others < min(columns.flexible[columns.spared], found[columns.spared]):
            found[columns.spared] = 0
    kept = [at for at, wide in enumerate(found) if wide]
    gaps = 2 * max(len(kept) - 1, 0)
    narrowed(found, kept, room, columns.flexible)
    left = room - gaps - sum(found[at] for at in kept)
    if left > 0 and columns.stretch in kept:
        found[columns.stretch] += left
    return found


def row(cells: Sequence[Piece], wide: Sequence[int], rights: frozenset[int]) -> list[Piece]:
    """The cells of a row, each as wide as its column, two spaces between them."""
    found: list[Piece] = []
    for at, (piece, columns) in enumerate(zip(cells, wide, strict=False)):
        if not columns:
            continue
        text, style = (piece, "") if isinstance(piece, str) else (piece.text, piece.style)
        text = fit(clean(text), columns)
        gap = " " * (columns - width(text))
        found.append(Ink(f"{gap}{text}  " if at in rights else f"{text}{gap}  ", style))
    return found


class Sheet(Screen):
    """A screen that keeps what is printed as lines of pieces: what a command says can be shown here."""

    def __init__(self, columns: int) -> None:
        self._written = io.StringIO()
        super().__init__(self._written, {"COLUMNS": str(columns)})
        self.terminal = self.colour = self.unicode = True
        self._encoding = "utf-8"

    def lines(self) -> list[list[Piece]]:
        """What was printed since this was asked last."""
        text = self._written.getvalue()
        self._written.seek(0)
        self._written.truncate()
        room = self.columns or 80
        return [part for line in text.splitlines() for part in _parts(line, room)]


_PAINTED = re.compile("\x1b\\[(\\d+)m")
_CODES = {"1": "bold", "2": "dim", "32": "good", "31": "bad", "33": "warn", "36": "live"}
assert len(_CODES) == len({str(look) for look in STYLES.values()})


def _parts(line: str, room: int) -> list[list[Piece]]:
    """A printed line as lines of pieces. One that is longer than the screen goes on below."""
    if "\x1b" not in line:
        return [[part] for part in (wrap(line, room) if width(clean(line)) > room else [line])]
    pieces: list[Piece] = []
    style = ""
    for at, part in enumerate(_PAINTED.split(line)):
        if at % 2:
            style = _CODES.get(part, "")
        elif part:
            pieces.append(Ink(part, style))
    return [pieces]
