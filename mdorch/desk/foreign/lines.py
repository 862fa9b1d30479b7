"""Lines of a Markdown file that say something: none of a code fence, a comment or the front matter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mdorch.frozen import Frozen

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_BOX = re.compile(r"(?P<indent>[ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+\[(?P<mark>[ xX~/>-])\][ \t]+(?P<text>\S.*)")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$")


class Line(Frozen):
    """`number` counts from 1. `heading` is the level of one, 0 for any other line."""

    number: int
    text: str
    heading: int = 0


class Box(Frozen):
    """An item with a checkbox. `indent` is its depth in columns, `heading` that which it stands under."""

    number: int
    indent: int
    mark: str
    text: str
    heading: str


def live_lines(text: str) -> Iterator[Line]:
    fence, comment = "", False
    for number, raw in enumerate(text.split("\n"), start=1):
        line, comment = (raw, comment) if fence else _uncommented(raw, comment)
        opened = _FENCE.match(line)
        if fence:
            if opened and opened[1][0] == fence[0] and len(opened[1]) >= len(fence):
                fence = ""
            continue
        if opened:
            fence = opened[1]
            continue
        found = _HEADING.match(line)
        yield Line(number, found[2], len(found[1])) if found else Line(number, line)


def _uncommented(line: str, inside: bool) -> tuple[str, bool]:
    out = ""
    while line:
        mark = "-->" if inside else "<!--"
        before, there, line = line.partition(mark)
        out += "" if inside else before
        if not there:
            break
        inside = not inside
    return out, inside


def boxes(text: str) -> Iterator[Box]:
    """All checkbox items, each with the heading above it."""
    heading = ""
    for line in live_lines(text):
        if line.heading:
            heading = line.text
        elif found := _BOX.match(line.text):
            indent = len(found["indent"].expandtabs(4))
            yield Box(line.number, indent, found["mark"], found["text"].strip(), heading)
