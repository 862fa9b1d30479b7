"""The `State` of one scan: markdown-it-py's marks, made fast, and without what an outline does not need.

markdown-it-py's own state copies the content of every block, and keeps a token for each list item and
each paragraph at any depth. An outline has places alone, and those of the top level alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

LOOKS = 20_000  # lines that quotes may look at on any page, however short: see `quotes`

Rule = Callable[[StateBlock, int, int, bool], bool]


class State(StateBlock):
    """`src` is the page with LF for every ending and U+FFFD for NUL; `lines` are its lines."""

    def __init__(self, src: str, lines: Sequence[str], md: MarkdownIt) -> None:
        self.src = src
        self.md = md
        self.env = {}
        self.tokens = []
        self._mark(src, lines)
        self.blkIndent = self.line = self.level = 0
        self.ddIndent = self.listIndent = -1
        self.tight = False
        self.parentType = "root"
        self.result = ""
        self._code_enabled = True
        self._spare = Token("", "", 0)
        self.block, self.ends_list, self._starts_anew = (
            md.block.ruler.getRules(chain)[0] for chain in ("", "list", "anew")
        )
        self.marker_at = -1  # where list markers were last looked for, and what was found
        self.marker: re.Match[str] | None = None
        self.outer: list[int] = []  # `blkIndent` of the lists around the one being read, innermost last
        self.found: list[tuple[str, int, int]] = []  # blocks of the top level: kind, first line, line after
        self.near: list[tuple[int, str]] = []  # what looks like a table: line of its header, reason
        self.looks_left = max(LOOKS, len(src) // 2)

    def _mark(self, src: str, lines: Sequence[str]) -> None:
        """Where lines begin and end, and how far they are indented; one more entry stands for the end."""
        count = len(lines)
        self.eMarks = [n + used for n, used in enumerate(accumulate(map(len, lines)))]
        self.bMarks = [0, *(end + 1 for end in self.eMarks)]
        self.bMarks[-1] = len(src)
        self.eMarks.append(len(src))
        self.tShift, self.sCount, self.bsCount = [0] * (count + 1), [0] * (count + 1), [0] * (count + 1)
        self.lineMax = count
        for n, line in enumerate(lines):
            if line and line[0] in " \t":
                blank = line[: len(line) - len(line.lstrip(" \t"))]
                self.tShift[n] = len(blank)
                self.sCount[n] = len(blank.expandtabs(4))

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:  # noqa: ARG002
        """No token: the rules that are markdown-it-py's own write on one that nobody reads."""
        return self._spare

    def getLines(self, begin: int, end: int, indent: int, keepLastLF: bool) -> str:  # noqa: ARG002
        """No content: it is read from the page, by those who want it."""
        return ""

    def note(self, kind: str, start: int, end: int) -> None:
        """Record a block of the lines from `start` to before `end`, and go on there."""
        if self.level == 0:
            self.found.append((kind, start, end))
        self.line = end

    def first(self, line: int) -> str:
        """The first character of a line that is not empty, behind indentation and container markers."""
        return self.src[self.bMarks[line] + self.tShift[line]]

    def content(self, line: int) -> str:
        """A line without its indentation and the markers of its containers."""
        return self.src[self.bMarks[line] + self.tShift[line] : self.eMarks[line]]

    def starts_anew(self, line: int, end: int) -> bool:
        """Whether `line` starts a block, seen from the innermost container that it belongs to by its indent.

        For lines that can go on with no paragraph of that container: lazy ones, and those below a table.
        """
        indent = self.sCount[line]
        if indent < self.blkIndent:
            indent -= max(outer for outer in self.outer if outer <= indent)
        else:
            indent -= self.blkIndent
        return indent < 4 and self._starts_anew(self, line, end, True)


def skip_blank(src: str, pos: int, stop: int, column: int) -> tuple[int, int]:
    """Where spaces and tabs from `pos` on end, and the column there; `column` is that of `pos`."""
    while pos < stop:
        char = src[pos]
        if char == " ":
            column += 1
        elif char == "\t":
            column += 4 - column % 4
        else:
            break
        pos += 1
    return pos, column
