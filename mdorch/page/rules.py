"""The block rules: markdown-it-py's machine, with cmark-gfm's idea of what a table is.

markdown-it-py drives the scan (its `ParserBlock`, its state, its rules for lists, fences, code, HTML
blocks and link references). Everything here is about three things that it does not do for us.

*Tables.* It would emit a dozen tokens a cell, stop after 65,536 cells that it had to fill in, ask for a
pipe in the header and take `| a |` above `---` for a table. Ours emits one token a table and follows
cmark-gfm: while a paragraph is read, a delimiter row makes a table of the paragraph's last line, if both
have as many cells; that is tried once a paragraph. A row is any line that starts no other block and has
at least one cell.

*Time.* No content is copied, tokens below the top level are not kept, and one look at a line's first
character spares most rules. A quote here looks at every line once a level: markdown-it-py looks again
and again at the lazy lines of nested quotes, and at the rest of the page for each quote that ends at a
lazy line. The latter cannot be known beforehand, so the looks are counted: on a page that would
need more of them than it has characters, a quote takes all the lines that it has looked at. Such lines
are then not live though cmark-gfm might have ended the quote before: in doubt nothing is launched.

*Depth.* markdown-it-py's `maxNesting` lets a container that is too deep swallow the rest of the page.
Here, below `DEPTH`, a further quote or list marker is text (cmark-gfm does that for lists at 100).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, code, fence, html_block, list_block, reference
from markdown_it.rules_block.html_block import HTML_SEQUENCES
from markdown_it.token import Token

from mdorch.page.cells import split_row

DEPTH = 100  # levels of nesting; a quote is one, a list two
LOOKS = 200_000  # lines that quotes may look at on any page, however short

Rule = Callable[[StateBlock, int, int, bool], bool]

_DELIMITER = re.compile(r"\|?[ \t\v\f]*:?-+:?[ \t\v\f]*(?:\|[ \t\v\f]*:?-+:?[ \t\v\f]*)*\|?[ \t\v\f]*")
_ATX = re.compile(r"#{1,6}(?=[ \t]|$)")


class State(StateBlock):
    """The state of one scan: markdown-it-py's marks, made at the speed of `str.split`."""

    def __init__(self, src: str, lines: Sequence[str], md: MarkdownIt) -> None:
        self.src = src
        self.md = md
        self.env = {}
        self.tokens = []
        self.eMarks = [n + used for n, used in enumerate(accumulate(map(len, lines)))]
        self.bMarks = [0, *(end + 1 for end in self.eMarks)]
        self.eMarks.append(len(src))
        self.bMarks[-1] = len(src)
        self.lineMax = len(lines)
        self.tShift = [0] * (self.lineMax + 1)
        self.sCount = [0] * (self.lineMax + 1)
        self.bsCount = [0] * (self.lineMax + 1)
        for n, line in enumerate(lines):
            if line and line[0] in " \t":
                blank = line[: len(line) - len(line.lstrip(" \t"))]
                self.tShift[n] = len(blank)
                self.sCount[n] = len(blank.expandtabs(4))
        self.blkIndent = self.line = self.level = 0
        self.ddIndent = self.listIndent = -1
        self.tight = False
        self.parentType = "root"
        self.result = ""
        self._code_enabled = True
        self.near: list[tuple[int, str]] = []
        self.lazy_until: dict[int, int] = {}
        self.looks_left = max(LOOKS, len(src))
        self._spare = Token("", "", 0)

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        """Only the opening tokens of the top level are kept: nobody asks for others."""
        if nesting < 0:
            self.level -= 1
        token = self._spare
        if self.level == 0 and nesting >= 0:
            token = Token(ttype, tag, nesting)
            self.tokens.append(token)
        if nesting > 0:
            self.level += 1
        return token

    def getLines(self, begin: int, end: int, indent: int, keepLastLF: bool) -> str:
        """Contents are never needed: the outline has places, and the page has the text."""
        return ""

    def note(self, kind: str, start: int, end: int) -> None:
        """Record a block of lines `start` to `end`, and go on behind it."""
        if self.level == 0:
            token = Token(kind, "", 0)
            token.map = [start, end]
            self.tokens.append(token)
        self.line = end

    def content(self, line: int) -> str:
        """A line without the indentation and the markers of its containers."""
        return self.src[self.bMarks[line] + self.tShift[line] : self.eMarks[line]]


class Reader(MarkdownIt):
    """markdown-it-py with the rules below. Every link is a link: the outline follows none."""

    def __init__(self) -> None:
        super().__init__("commonmark")
        self.options["maxNesting"] = 1 << 30
        ruler = self.block.ruler
        ruler.disable(ruler.get_all_rules())
        ruler.push("block", block)  # always matches, so that those behind it are only ever asked to interrupt
        ruler.push("interrupts", interrupts, {"alt": ["paragraph", "reference", "blockquote"]})
        ruler.push("interrupts_list", interrupts_list, {"alt": ["list"]})

    def normalizeLink(self, url: str) -> str:
        return url

    def validateLink(self, url: str) -> bool:
        return True


def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read the block that starts at line `start`."""
    assert isinstance(state, State)
    if state.sCount[start] - state.blkIndent >= 4:
        return code(state, start, end, silent)
    first = state.src[state.bMarks[start] + state.tShift[start]]
    for rule in _BY_FIRST.get(first, ()):
        if (rule is quote or rule is list_block) and state.level >= DEPTH:
            continue
        if rule(state, start, end, silent):
            return True
    return text(state, start, end)


def interrupts(state: StateBlock, line: int, end: int, silent: bool = True) -> bool:
    """Whether `line` starts a block of its own where a paragraph (or a table) might have gone on."""
    first = state.src[state.bMarks[line] + state.tShift[line]]
    rules = _BY_FIRST.get(first)
    if rules is None or state.is_code_block(line):
        return False
    deep = state.level >= DEPTH
    return any(rule(state, line, end, True) for rule in rules if not (deep and rule in (quote, list_block)))


def interrupts_list(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """The rules that end a list where its next item might have stood."""
    first = state.src[state.bMarks[line] + state.tShift[line]]
    if first in "`~":
        return fence(state, line, end, True)
    return first == ">" or (first in "*-_" and rule_off(state, line, end, True))


def rule_off(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Thematic break."""
    assert isinstance(state, State)
    line = state.content(start)
    if line.count(line[0]) < 3 or line.strip(line[0] + " \t"):
        return False
    if not silent:
        state.note("rule", start, start + 1)
    return True


def heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """ATX heading."""
    assert isinstance(state, State)
    if not _ATX.match(state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start]):
        return False
    if not silent:
        state.note("heading", start, start + 1)
    return True


def text(state: State, start: int, end: int) -> bool:
    """Paragraph, setext heading, link references, or table: known when the paragraph's end is found."""
    parent, state.parentType = state.parentType, "paragraph"
    line = start + 1
    table_tried = False
    try:
        while line < end and not state.isEmpty(line):
            indent = state.sCount[line] - state.blkIndent
            if indent > 3 or state.sCount[line] < 0:
                line += 1
                continue
            first = state.src[state.bMarks[line] + state.tShift[line]]
            if indent >= 0 and first in "=-" and _setext(state, start, line):
                return True
            if interrupts(state, line, end):
                break
            if indent >= 0 and first in "|-:" and not table_tried and _is_delimiter(state, line):
                table_tried = True
                if _columns_agree(state, line):
                    if start < line - 1:
                        state.note("paragraph", start, line - 1)
                    table(state, line - 1, end)
                    return True
            line += 1
    finally:
        state.parentType = parent
    _paragraph(state, start, line)
    return True


def _paragraph(state: State, start: int, end: int) -> None:
    body = _after_references(state, start, end)
    if body > start:
        state.note("reference", start, body)
    if body < end:
        state.note("paragraph", body, end)


def _after_references(state: State, start: int, end: int) -> int:
    """The first line after the link reference definitions that lines `start` to `end` begin with."""
    limit, state.lineMax = state.lineMax, end
    while start < end and state.content(start).startswith("[") and reference(state, start, end, False):
        start = state.line
    state.lineMax = limit
    return start


def _setext(state: State, start: int, line: int) -> bool:
    """Record a setext heading if `line` underlines the paragraph that began at `start`."""
    underline = state.content(line).rstrip(" \t")
    if underline.strip(underline[0]):
        return False
    body = _after_references(state, start, line)
    if body == line:
        return False
    if body > start:
        state.note("reference", start, body)
    state.note("setext", body, line + 1)
    return True


def _is_delimiter(state: State, line: int) -> bool:
    return _DELIMITER.fullmatch(state.src, state.bMarks[line] + state.tShift[line], state.eMarks[line]) is not None


def _columns_agree(state: State, line: int) -> bool:
    header, delimiter = state.content(line - 1), state.content(line)
    have, want = len(split_row(header)), len(split_row(delimiter))
    if have != want and have and state.level == 0 and "|" in header and "|" in delimiter:
        state.near.append((line - 1, f"the header has {have} cells, the delimiter row below it has {want}"))
    return have == want


def table(state: State, start: int, end: int) -> None:
    """Header at `start`, delimiter row below it, then all lines that are rows."""
    state.parentType = "table"
    line = start + 2
    while line < end and _is_row(state, line, end):
        line += 1
    state.note("table", start, line)


def _is_row(state: State, line: int, end: int) -> bool:
    if not 0 <= state.sCount[line] - state.blkIndent <= 3 or state.isEmpty(line):
        return False
    first = state.src[state.bMarks[line] + state.tShift[line]]
    if first == "|":
        return bool(state.content(line)[1:].strip(" \t\v\f"))
    if first == "<" and any(opens.search(state.content(line)) for opens, _, _ in HTML_SEQUENCES):
        return False
    return not interrupts(state, line, end)


def quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Block quote: the lines with a marker, and those that a paragraph inside may lazily go on with."""
    assert isinstance(state, State)
    if silent:
        return True
    saved: list[tuple[int, int, int, int, int]] = []
    after, hard = _gather(state, start, end, saved)
    limit, parent, indent = state.lineMax, state.parentType, state.blkIndent
    if hard:
        state.lineMax = after
    state.parentType, state.blkIndent = "blockquote", 0
    token = state.push("quote", "", 1)
    state.looks_left -= after - start
    if state.looks_left < 0:
        state.line = after
    else:
        state.md.block.tokenize(state, start, after)
    state.push("quote", "", -1)
    token.map = [start, state.line]
    state.lineMax, state.parentType, state.blkIndent = limit, parent, indent
    for line, *marks in saved:
        state.bMarks[line], state.tShift[line], state.sCount[line], state.bsCount[line] = marks
    return True


def _gather(
    state: State, start: int, end: int, saved: list[tuple[int, int, int, int, int]]
) -> tuple[int, bool]:
    """Take the markers off. The first line after the quote, and whether another block ends it there."""
    state_parent, state.parentType = state.parentType, "blockquote"
    try:
        line = start
        while line < end and not state.isEmpty(line):
            indent = state.sCount[line] - state.blkIndent
            marked = 0 <= indent <= 3 and state.src[state.bMarks[line] + state.tShift[line]] == ">"
            if marked:
                saved.append(_marks(state, line))
                _strip_marker(state, line)
                line += 1
                continue
            if state.isEmpty(line - 1):
                return line, False
            if state.sCount[line] < 0:
                line = state.lazy_until.get(line, line + 1)
                continue
            first = line
            while line < end and _is_lazy(state, line, end):
                saved.append(_marks(state, line))
                state.sCount[line] = -1
                line += 1
            if line == first:
                return line, True
            state.lazy_until[first] = line
        return line, False
    finally:
        state.parentType = state_parent


def _is_lazy(state: State, line: int, end: int) -> bool:
    return state.sCount[line] >= 0 and not state.isEmpty(line) and not interrupts(state, line, end)


def _marks(state: State, line: int) -> tuple[int, int, int, int, int]:
    return line, state.bMarks[line], state.tShift[line], state.sCount[line], state.bsCount[line]


def _strip_marker(state: State, line: int) -> None:
    """Move the start of `line` behind its `>` and the one column of space that belongs to it."""
    src, stop = state.src, state.eMarks[line]
    pos = state.bMarks[line] + state.tShift[line] + 1
    base = state.bsCount[line] + state.sCount[line] + 1  # absolute column behind the marker
    width = 0
    if pos < stop and src[pos] in " \t":
        width = 1 if src[pos] == " " else 4 - base % 4
    if width == 1:
        pos += 1
    base += 1 if width else 0
    rest = src[pos:stop]
    blank = rest[: len(rest) - len(rest.lstrip(" \t"))]
    column = base - 1 if width > 1 else base  # a wider tab is eaten by one column only
    for char in blank:
        column += 4 - column % 4 if char == "\t" else 1
    state.bMarks[line], state.tShift[line] = pos, len(blank)
    state.sCount[line], state.bsCount[line] = column - base, base


_BY_FIRST: dict[str, tuple[Rule, ...]] = {
    "`": (fence,),
    "~": (fence,),
    ">": (quote,),
    "*": (rule_off, list_block),
    "-": (rule_off, list_block),
    "_": (rule_off,),
    "+": (list_block,),
    "<": (html_block,),
    "#": (heading,),
    **{digit: (list_block,) for digit in "0123456789"},
}
