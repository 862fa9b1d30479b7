"""Text for terminals: nothing that a terminal would obey, and widths as eyes see them.

Cell texts come from a file that anybody writes. An escape sequence in one could rewrite what stands on
the screen, and a bidirectional override could make a command read as another one; so no control
character ever gets through `clean`, and everything that is printed goes through it (see `screen`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mdorch.page.cells import display_width

_SPACES = dict.fromkeys((9, 10, 11, 12, 13, 133, 8232, 8233), " ")
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
_DIRECTIONS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SURROGATES = range(0xD800, 0xE000)
_MARK = "\ufffd"
_HARMLESS = dict.fromkeys((*_CONTROLS, *_DIRECTIONS, *_SURROGATES), _MARK) | _SPACES
_SUSPECT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """One line without control characters (C0, DEL, C1), bidirectional controls and lone surrogates.

    Breaks and tabs become spaces; of anything else a replacement character tells that it was there.
    """
    return text.translate(_HARMLESS) if _SUSPECT.search(text) else text


def clean_lines(text: str) -> str:
    """The same for a text of several lines: line feeds and tabs stay."""
    return "\n".join(
        "\t".join(map(clean, line.split("\t"))) for line in text.replace("\r\n", "\n").split("\n")
    )


def width(text: str) -> int:
    """Columns of a terminal that the text takes; it must be clean."""
    return display_width(text)


def fit(text: str, columns: int, more: str = "…") -> str:
    """The text, cut so that it takes at most so many columns; `more` then stands at its end."""
    if columns <= 0:
        return ""
    if width(text) <= columns:
        return text
    low, high = 0, min(len(text), 2 * columns + 8)
    while low < high:  # the longest beginning that leaves room for `more`
        middle = (low + high + 1) // 2
        if width(text[:middle]) <= columns - width(more):
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + more


def narrowed(widths: list[int], kept: Sequence[int], room: int, flexible: Mapping[int, int]) -> None:
    """Take from the columns `kept`, two spaces between them, until they fit; the last gives what is missing.

    `flexible` maps columns that give way, in that order, to the least width that they keep.
    """
    over = sum(widths[c] for c in kept) + 2 * max(len(kept) - 1, 0) - room
    for column, least in flexible.items():
        if over > 0 and column in kept:
            given = max(min(over, widths[column] - least), 0)
            widths[column] -= given
            over -= given
    if over > 0 and kept:
        widths[kept[-1]] = max(widths[kept[-1]] - over, 8)


def pad(text: str, columns: int) -> str:
    """The text with spaces behind it, up to so many columns."""
    return text + " " * max(columns - width(text), 0)


def wrap(text: str, columns: int) -> list[str]:
    """The words of a text on lines of at most so many columns; a longer word is cut into pieces."""
    lines, line = [], ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if width(joined) <= columns:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, columns)
        lines += full
    return [*lines, line] if line or not lines else lines


def _pieces(word: str, columns: int) -> list[str]:
    pieces = []
    while width(word) > columns and (head := fit(word, columns, "")):
        pieces.append(head)
        word = word[len(head) :]
    return [*pieces, word]


_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and cursor movements
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links and other strings
    r"|\x1b[ -/]*[0-~]"
)


def without_escapes(text: str) -> str:
    """A program's output without the sequences that move, colour or rename; a carriage return ends a line."""
    return re.sub(r"\r+\n?", "\n", _ESCAPES.sub("", text))
