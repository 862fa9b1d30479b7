"""The one way in which commands print: lines of pieces, each cleaned, then painted and aligned.

A piece is a text, or a text with a style (`Ink`). Because cleaning happens here and styles are added
afterwards, no command can let a control character of the page through, whatever it prints.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from mdorch.front.text import clean, clean_lines, fit, narrowed, width, wrap
from mdorch.frozen import Frozen

STYLES: Mapping[str, Mapping[str, Any]] = {
    "head": {"bold": True},
    "bold": {"bold": True},
    "dim": {"dim": True},
    "good": {"fg": "green"},
    "bad": {"fg": "red"},
    "warn": {"fg": "yellow"},
    "live": {"fg": "cyan"},
    "command": {"fg": "cyan"},
}

# What a terminal that knows Unicode shows, and what any other shows instead.
SIGNS = {
    "run": ("▶", ">"), "done": ("✓", "+"), "bad": ("✗", "x"), "ask": ("?", "?"), "wait": ("·", "."),
    "soon": ("◔", "~"), "hold": ("‖", "="), "on": ("●", "*"), "off": ("○", "o"), "to": ("→", "->"),
    "full": ("━", "#"), "empty": ("╌", "-"), "more": ("…", "..."), "dot": ("·", "|"), "review": ("◇", "?"),
}  # fmt: skip


class Ink(Frozen):
    """A text in a style of `STYLES`."""

    text: str
    style: str = ""


Piece = str | Ink


class ReaderGone(Exception):
    """Nobody reads what is printed any more. No OSError, because click has ways of its own with those."""


class Screen:
    """Where a command prints to. `columns` is None where lines may be of any length (a pipe or a file)."""

    def __init__(self, file: TextIO | None = None, environ: Mapping[str, str] | None = None) -> None:
        self.file = file or sys.stdout
        environ = os.environ if environ is None else environ
        self.terminal = self.file.isatty()
        plain = bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"
        self.colour = self.terminal and not plain
        self._encoding = getattr(self.file, "encoding", None) or "ascii"
        self.unicode = self._encoding.lower().startswith("utf")
        self.columns = self._columns(environ)

    def _columns(self, environ: Mapping[str, str]) -> int | None:
        named = environ.get("COLUMNS", "")
        if named.isdecimal() and int(named) > 0:
            return max(int(named), 20)
        if not self.terminal:
            return None
        try:
            return max(os.get_terminal_size(self.file.fileno()).columns or 80, 20)
        except (OSError, ValueError):
            return 80

    def sign(self, name: str) -> str:
        return SIGNS[name][0 if self.unicode else 1]

    def paint(self, piece: Piece, columns: int | None = None, padded: bool = False) -> str:
        """A piece as it is written: cleaned, cut and padded to `columns`, painted."""
        text = clean(piece if isinstance(piece, str) else piece.text)
        if columns is None and not self.colour:
            return text
        if columns is not None:
            text = fit(text, columns, self.sign("more"))
        spaces = " " * (columns - width(text)) if padded and columns is not None else ""
        if self.colour and isinstance(piece, Ink) and piece.style and text:
            import click

            text = click.style(text, **STYLES[piece.style])
        return text + spaces

    def write(self, text: str) -> None:
        """Clean text as it is; what the terminal's encoding has no character for becomes `?`."""
        if not self.unicode:
            text = text.encode(self._encoding, "replace").decode(self._encoding)
        try:
            self.file.write(text)
        except BrokenPipeError:
            raise ReaderGone from None

    def line(self, *pieces: Piece) -> None:
        """One line, however long."""
        self.write("".join(map(self.paint, pieces)) + "\n")

    def short(self, *pieces: Piece) -> None:
        """One line, cut where the terminal ends."""
        room, out = self.columns, []
        for piece in pieces:
            out.append(self.paint(piece, room))
            if room is not None:
                room -= width(clean(piece if isinstance(piece, str) else piece.text))
                if room <= 0:
                    break
        self.write("".join(out) + "\n")

    def paragraph(self, text: str, indent: int = 0, style: str = "") -> None:
        """A text on as many lines as it needs."""
        text = clean(text)
        lines = wrap(text, self.columns - indent) if self.columns else [text]
        for line in lines:
            self.line(" " * indent, Ink(line, style))

    def block(self, text: str) -> None:
        """A text of several lines, kept as it is except for control characters."""
        self.write(clean_lines(text) + ("" if text.endswith("\n") else "\n"))

    def rows(
        self,
        rows: Sequence[Sequence[Piece]],
        indent: int = 2,
        flexible: Mapping[int, int] | None = None,
        wrapped: bool = False,
    ) -> None:
        """Rows with aligned columns, two spaces between them.

        `flexible` maps columns that may be cut, in the order in which they give way, to the least width
        that they keep; `wrapped`: what is too long in the last cell goes on below. Empty columns take none.
        """
        count = max(map(len, rows), default=0)
        widths = [max((_width(row[c]) for row in rows if c < len(row)), default=0) for c in range(count)]
        kept = [c for c in range(count) if widths[c]]
        if self.columns is not None:
            narrowed(widths, kept, self.columns - indent, flexible or {})
        for row in rows:
            cells = [(row[c] if c < len(row) else "", widths[c]) for c in kept]
            while cells and not _width(cells[-1][0]):
                cells.pop()
            self._row(cells, indent, wrapped)

    def _row(self, cells: list[tuple[Piece, int]], indent: int, wrapped: bool) -> None:
        if not cells:
            self.write("\n")
            return
        *head, (last, room) = cells
        start = " " * indent + "".join(
            self.paint(piece, columns, padded=True) + "  " for piece, columns in head
        )
        text, style = (last, "") if isinstance(last, str) else (last.text, last.style)
        lines = wrap(clean(text), room) if wrapped and self.columns is not None else [text]
        gap = " " * (indent + sum(columns + 2 for _, columns in head))
        for number, line in enumerate(lines):
            self.write((gap if number else start) + self.paint(Ink(line, style), room) + "\n")

    def raw(self, data: bytes) -> None:
        """Bytes as they are; for pipes and files alone."""
        self.flush()
        try:
            self.file.buffer.write(data)
        except BrokenPipeError:
            raise ReaderGone from None
        self.flush()

    def flush(self) -> None:
        try:
            self.file.flush()
        except BrokenPipeError:
            raise ReaderGone from None


def _width(piece: Piece) -> int:
    return width(clean(piece if isinstance(piece, str) else piece.text))
