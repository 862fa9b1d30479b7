"""Cell text and cell value: `get` takes decoration off, `put` leaves it on.

A cell's *text* is what stands between two separators. Its *value* is what people mean by it: trimmed,
`\\|` read as `|`, `<br>` as a line break, and the decoration of the whole value taken off, at any depth:
emphasis, code ticks, strike-through, link brackets (`**[`T-1`](spec.md)**` is T-1). Decoration of a part
of the value stays (`**DONE** (9 tests)`).

The law is `value(replace(text, v)) == norm(v)` for every text and every v, where `norm(v)` is v
  1. with line breaks as LF, tabs as spaces, other control characters (C0 and DEL) dropped,
     surrogates that stand for no byte replaced, `<br>` read as a line break;
  2. without backslashes directly before a `|`: `\\|` already means `|` to whoever writes it, and
     no reader agrees with another about `\\\\|`, so that it is never written;
  3. trimmed, and read as a cell is read: without its own decoration.
Where the decoration of the old cell could not be told from the new value (`**` around `a**b`), the old
decoration goes, never the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

BLANK = " \t\v\f"  # what cmark-gfm trims from a cell; no other character that Unicode calls a space

_BREAK = re.compile(r"<br[ \t]*/?>", re.IGNORECASE)
_SEPARATOR = re.compile(r"(?<!\\)\|")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_STRAY = re.compile(r"[\ud800-\udc7f\udd00-\udfff]")
_LINK = re.compile(r"\[((?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\](?:\(((?:[^()\\]|\\.|\([^()]*\))*)\)|\[[^\[\]]*\])?", re.DOTALL)
_CHECKBOX = re.compile(r"\[[ xX]?\]")


def split_row(line: str) -> list[tuple[int, int]]:
    """Where the cells of a row are, as (start, end) in characters of the line, padding included.

    A `|` separates unless a backslash stands before it (GFM). One pipe before the first cell and one
    behind the last belong to no cell; neither does the indentation.
    """
    stop = len(line)
    start = stop - len(line.lstrip(" \t"))
    if line.startswith("|", start):
        start += 1
    first = start
    spans = []
    for pipe in _SEPARATOR.finditer(line, start):
        spans.append((start, pipe.start()))
        start = pipe.end()
    if line[start:].strip(BLANK) or (start == first and line[first - 1 : first] != "|" and start < stop):
        spans.append((start, stop))
    return spans


def plain(text: str) -> str:
    """The text as a reader of the table sees it: trimmed, `\\|` as `|`, decoration kept."""
    return text.strip(BLANK).replace("\\|", "|")


def value(text: str) -> str:
    """What the cell says: `plain`, `<br>` as line breaks, decoration of the whole taken off."""
    return _peel(_BREAK.sub("\n", plain(text)))[1]


def norm(new: str) -> str:
    """The value that a cell has after `new` was written into it."""
    return value(encode(new))


def encode(new: str) -> str:
    """Cell text for a value: one line, no separator in it, no `\\\\|`. Decoration is kept as given."""
    return _escape(_clean(new))


def _clean(new: str) -> str:
    new = _BREAK.sub("\n", new.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    new = _STRAY.sub("\ufffd", _CONTROL.sub("", new))
    new = new.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    return re.sub(r"\\+(?=\|)", "", new).strip(" \n")


def _escape(clean: str) -> str:
    return clean.replace("|", "\\|").replace("\n", "<br>")


def _peel(core: str) -> tuple[str, str, str]:
    """(decoration before, bare value, decoration after)."""
    before, after = "", ""
    while found := _layer(core):
        start, end = found
        before, after = before + core[:start], core[end:] + after
        core = core[start:end]
        inner = core.strip(" \n")
        if inner != core:
            at = core.index(inner) if inner else len(core)
            before, after = before + core[:at], core[at + len(inner) :] + after
            core = inner
    return before, core, after


def _layer(core: str) -> tuple[int, int] | None:
    """The span of what the outermost decoration is around, None where there is none."""
    for mark in ("***", "___", "**", "__", "*", "_", "~~"):
        n = len(mark)
        if core.startswith(mark) and core.endswith(mark) and len(core) > 2 * n:
            inner = core[n:-n]
            if mark[0] not in inner.strip(mark[0]) or (n == 1 and mark * 2 in inner):
                pass
            if mark not in inner and inner.strip() == inner and not inner.endswith("\\") and inner[0] != mark[0]:
                return n, len(core) - n
    if core.startswith("`"):
        ticks = len(core) - len(core.lstrip("`"))
        inner = core[ticks:-ticks]
        if len(core) > 2 * ticks and core.endswith("`" * ticks) and inner.strip() and inner[-1] != "`":
            runs = re.findall(r"`+", inner)
            if all(len(run) != ticks for run in runs):
                return ticks, len(core) - ticks
    if core.startswith("["):
        link = _LINK.fullmatch(core)
        if link and link[1].strip() and not _CHECKBOX.fullmatch(core):
            return link.span(1)
    return None


def link_target(text: str) -> str:
    """The destination of the first link in a cell, "" where there is none."""
    for link in _LINK.finditer(plain(text)):
        if link[2] is not None:
            target = link[2].strip()
            if target.startswith("<"):
                return target[1:].partition(">")[0]
            return re.split(r"\s", target, maxsplit=1)[0]
    return ""


def replace(text: str, new: str, width: int | None = None) -> str:
    """The text of a cell after `new` was put into it: decoration and padding stay.

    `width` is the display width that the other cells of the column share, None where they share none:
    it is kept while the value fits. A value with decoration of its own brings it along.
    """
    old = text.strip(BLANK)
    before, _, after = _peel(_BREAK.sub("\n", old))
    clean = _clean(new)
    core = _escape(clean)
    if norm(new) == clean and (before or after):
        wrapped = before + core + after
        if "\n" not in before + after and value(wrapped) == norm(new):
            core = wrapped
    return _pad(text, old, core, width)


def _pad(text: str, old: str, core: str, width: int | None) -> str:
    lead, trail = _pads(text, old)
    if width is not None and _keeps_width(text, lead, trail, width):
        if not core:
            return " " * width
        room = width - len(lead) - display_width(core)
        trail = " " * room if room >= len(lead[:1]) else lead[:1]
    elif not core:
        return trail or lead
    if core.endswith("\\") and not trail:
        trail = " "
    return lead + core + trail


def _pads(text: str, old: str) -> tuple[str, str]:
    if not old:
        return text[:1], text
    at = text.index(old)
    return text[:at], text[at + len(old) :]


def _keeps_width(text: str, lead: str, trail: str, width: int) -> bool:
    """Whether the cell is in line with its column, or as wide as its value made it."""
    have = display_width(text)
    return have == width or (have > width and trail == lead[:1])


def padded_width(texts: Iterable[str]) -> int | None:
    """The display width that all these cell texts share, None where they differ or are fewer than two."""
    shared, count = None, 0
    for text in texts:
        width = display_width(text)
        if shared is not None and width != shared:
            return None
        shared, count = width, count + 1
    return shared if count > 1 else None


def display_width(text: str) -> int:
    """Columns that a terminal or an editor gives the text."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth, wcwidth

    width = wcswidth(text)
    return width if width >= 0 else sum(max(wcwidth(char), 0) for char in text)
