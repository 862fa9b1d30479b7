"""Cell text and cell value: `value` takes decoration off, `replace` leaves it on.

A cell's *text* is what stands between two separators. Its *value* is what people mean by it: trimmed,
`\\|` read as `|`, `<br>` as a line break, and the decoration of the whole value taken off, at any depth up
to `LAYERS`: emphasis, code ticks, strike-through, link brackets (``**[`T-1`](spec.md)**`` is T-1).
Decoration of a part stays (`**DONE** (9 tests)`), and `[x]` and `[ ]` are no links.

The law is `value(replace(text, v)) == norm(v)` for every text and every v, where `norm(v)` is v
  1. without control characters (C0 and DEL), save that line breaks become LF and tabs spaces; with
     U+FFFD for surrogates that stand for no byte; with `<br>` read as a line break;
  2. without backslashes directly before a `|`: `\\|` already means `|` to whoever writes it, and readers
     do not agree about two backslashes there, so that these are never written;
  3. trimmed and read as a cell is read, so without decoration of its own.
Where the old decoration could not be told from the new value (`**` around `a**b`), the decoration goes,
never the value. Setting a cell and setting it back gives the same bytes: padding is only ever changed
in a way that can be seen from the other cells of the column (see `_pad`).
"""

from __future__ import annotations

import re

BLANK = " \t\v\f"  # what may be padding; no other character that Unicode calls a space
LAYERS = 8

_BREAK = re.compile(r"<br[ \t]*/?>", re.IGNORECASE)
_SEPARATOR = re.compile(r"(?<!\\)\|")
_BEFORE_PIPE = re.compile(r"(?<!\\)\\++(?=\|)")  # from the first of a run of backslashes: once a run
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_STRAY = re.compile(r"[\ud800-\udc7f\udd00-\udfff]")
_OPENING = frozenset("*_~`[")  # what decoration begins with
_MARKS = ("***", "**", "*", "___", "__", "_", "~~")
_LINK = re.compile(
    r"\[((?:[^\[\]\\]++|\\.|\[[^\[\]]*+\])*+)\]"  # text, brackets in it in pairs
    r"(?:\(((?:[^()\\]++|\\.|\([^()]*+\))*+)\)|\[[^\[\]]*+\])?",  # (destination), [reference] or neither
    re.DOTALL,
)
_CHECKBOX = re.compile(r"\[[ xX]?\]")


def split_row(line: str) -> list[tuple[int, int]]:
    """Where the cells of a row are, as (start, end) in characters of the line, padding included.

    A `|` separates unless a backslash stands before it (GFM). One pipe before the first cell and one
    behind the last belong to no cell; neither does the indentation.
    """
    start, cells = _split(line)
    spans = []
    for text in cells:
        spans.append((start, start + len(text)))
        start += len(text) + 1
    return spans


def texts(line: str) -> list[str]:
    """The texts of the cells of a row, padding included."""
    return _split(line)[1]


def _split(line: str) -> tuple[int, list[str]]:
    body = line.lstrip(" \t")
    piped = body.startswith("|")
    if piped:
        body = body[1:]
    start = len(line) - len(body)
    cells = _SEPARATOR.split(body) if "\\" in body else body.split("|")
    last = cells[-1]
    if not last or ((piped or len(cells) > 1) and not last.strip(BLANK)):
        cells.pop()
    return start, cells


def plain(text: str) -> str:
    """The text as a reader of the table sees it: trimmed, `\\|` as `|`, decoration kept."""
    return text.strip(BLANK).replace("\\|", "|")


def value(text: str) -> str:
    """What the cell says: `plain`, with `<br>` as line breaks, the decoration of the whole taken off."""
    core = plain(text)
    if "<" in core:
        core = _BREAK.sub("\n", core)
    start, end = _bare(core)
    return core[start:end]


def norm(new: str) -> str:
    """The value that a cell has after `new` was written into it."""
    return value(encode(new))


def encode(new: str) -> str:
    """Cell text for a value: one line, no separator in it, no `\\\\|`. Decoration is kept as given."""
    return _escape(_clean(new))


def _clean(new: str) -> str:
    if new.isascii() and new.isprintable() and "\\" not in new and "<" not in new:
        return new.strip(" ")  # as nearly all are
    new = new.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    new = _STRAY.sub("\ufffd", _CONTROL.sub("", new))
    new = new.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    return _BEFORE_PIPE.sub("", _BREAK.sub("\n", new)).strip(" \n")


def _escape(clean: str) -> str:
    return clean.replace("|", "\\|").replace("\n", "<br>")


def _bare(core: str) -> tuple[int, int]:
    """The span of the value within its decoration."""
    start, end = 0, len(core)
    for _ in range(LAYERS):
        inner = core[start:end]
        left = len(inner) - len(inner.lstrip(" \n"))
        start, end = start + left, max(end - (len(inner) - len(inner.rstrip(" \n"))), start + left)
        if core[start : start + 1] not in _OPENING:
            break
        layer = _emphasis(core[start:end]) or _code(core[start:end]) or _link(core[start:end])
        if layer is None:
            break
        start, end = start + layer[0], start + layer[1]
    return start, end


def _emphasis(core: str) -> tuple[int, int] | None:
    """The span within emphasis or strike-through around the whole of `core`, None where there is none."""
    for mark in _MARKS:
        if core.startswith(mark):
            inner = core[len(mark) : -len(mark)]
            whole = (
                core.endswith(mark) and inner and mark not in inner and mark[0] not in (inner[0], inner[-1])
            )
            flanked = inner[:1].strip() and inner[-1:].strip() and inner[-1:] != "\\"
            return (len(mark), len(core) - len(mark)) if whole and flanked else None
    return None


def _code(core: str) -> tuple[int, int] | None:
    ticks = len(core) - len(core.lstrip("`"))
    inner = core[ticks:-ticks] if ticks else ""
    if not inner.strip() or not core.endswith("`" * ticks) or inner.endswith("`"):
        return None
    if any(len(run) == ticks for run in re.findall("`+", inner)):
        return None
    return ticks, len(core) - ticks


def _link(core: str) -> tuple[int, int] | None:
    link = _LINK.fullmatch(core)
    if link is None or not link[1].strip() or _CHECKBOX.fullmatch(core):
        return None
    return link.span(1)


def link_target(text: str) -> str:
    """The destination of the first link in a cell, "" where there is none."""
    shown = plain(text)
    for link in _LINK.finditer(shown):
        if link[2] is not None and not shown.endswith("!", 0, link.start()):
            target = link[2].strip()
            if target.startswith("<"):
                return target[1:].partition(">")[0]
            return target.split(maxsplit=1)[0] if target else ""
    return ""


def replace(text: str, new: str, width: int | None = None) -> str:
    """The text of a cell after `new` was put into it: decoration and padding stay.

    `width` is the display width that the *other* cells of the column share, None where they share none:
    so a cell finds back into line after its content was too long for a while. A value that has
    decoration of its own brings it along instead of the old.
    """
    old = text.strip(BLANK)
    clean = _clean(new)
    core = _escape(clean)
    start, end = _bare(old)
    if end - start < len(old) and value(core) == clean:
        decorated = old[:start] + core + old[end:]
        if value(decorated) == clean:
            core = decorated
    return _pad(text, old, core, width)


def _pad(text: str, old: str, core: str, width: int | None) -> str:
    """`core` with the padding of `text`, whose content was `old`.

    What stands before the content always stays. What stands behind it stays too, unless the cell is in
    line with its column, or was until its content grew too long (one space behind it then, if there is
    one before): then it fills the width, as far as it fits. An empty cell of n spaces and a cell with
    one space before and n behind become each other.
    """
    lead, trail = text[: len(text) - len(text.lstrip(BLANK))], text[len(text.rstrip(BLANK)) :]
    if not old:
        lead, trail = text[:1], text
    least = lead[:1]
    have = display_width(text)
    if width is not None and ((have == width and (trail or not lead)) or (have > width and trail == least)):
        if not core:
            return " " * width
        room = width - len(lead) - display_width(core)
        trail = " " * room if room >= len(least) else least
    elif not core:
        return trail or lead
    if core.endswith("\\") and not trail:
        trail = " "
    return lead + core + trail


def display_width(text: str) -> int:
    """Columns that a terminal or an editor gives the text."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth, wcwidth

    width = wcswidth(text)
    return width if width >= 0 else sum(max(wcwidth(char), 0) for char in text)
