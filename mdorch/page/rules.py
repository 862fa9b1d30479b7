"""The block rules: markdown-it-py's machine, with cmark-gfm's answers.

markdown-it-py drives the scan (`ParserBlock`, `StateBlock`) and reads fences, indented code, HTML blocks
and link references. Tables, quotes and lists have files of their own, which say why. A paragraph, a
setext heading, a table and the references that a paragraph begins with are one rule here, `text`, since
all of them begin alike: as in cmark-gfm, it is the line that ends them which tells.

The first character of a line spares most rules. markdown-it-py's `maxNesting` lets a container that is
nested too deep swallow the rest of the page; here, below `DEPTH` of them, a further quote or list
marker is text, as in cmark-gfm for lists.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, code, fence, html_block, reference
from markdown_it.rules_block.html_block import HTML_SEQUENCES

from mdorch.page.lists import list_block
from mdorch.page.quotes import quote
from mdorch.page.state import Rule, State
from mdorch.page.tables import columns_agree, is_delimiter, table

DEPTH = 100

_ATX = re.compile(r"#{1,6}(?=[ \t]|$)")
_RULE_OFF = re.compile(r"([*_-])[ \t]*+(?:\1[ \t]*+){2,}+$")


class Reader(MarkdownIt):
    """markdown-it-py with these rules alone. It follows no link, so none is bad."""

    def __init__(self) -> None:
        super().__init__("commonmark")
        self.options["maxNesting"] = DEPTH + 1
        ruler = self.block.ruler
        ruler.disable(ruler.get_all_rules())
        ruler.push("block", block)  # always matches: the others are only ever asked to interrupt
        ruler.push("starts_anew", starts_anew, {"alt": ["anew"]})
        ruler.push("ends_list", ends_list, {"alt": ["list"]})

    def normalizeLink(self, url: str) -> str:
        return url

    def validateLink(self, url: str) -> bool:  # noqa: ARG002
        return True


def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read the block that starts at line `start`."""
    assert isinstance(state, State)
    if state.sCount[start] - state.blkIndent >= 4:
        code(state, start, end, silent)
        state.note("code", start, state.line)
        return True
    for rule in _rules(state, start):
        if rule(state, start, end, silent):
            state.note(_KIND[rule], start, state.line)
            return True
    text(state, start, end)
    return True


def interrupts(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: ARG001
    """Whether `line` starts a block where the paragraph that it follows might have gone on."""
    assert isinstance(state, State)
    rules = _rules(state, line)
    if not rules or state.sCount[line] - state.blkIndent >= 4:
        return False
    for rule in rules:  # noqa: SIM110 - a generator would cost as much as the rules
        if rule(state, line, end, True):
            return True
    return False


def starts_anew(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """The same where there is no such paragraph: then any HTML tag starts a block, too."""
    assert isinstance(state, State)
    if state.first(line) == "<":
        content = state.content(line)
        return any(opening.search(content) for opening, _, _ in HTML_SEQUENCES)
    return interrupts(state, line, end, silent)


def ends_list(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: ARG001
    """Whether `line` is a thematic break where the next item of a list might have stood."""
    return rule_off(state, line, end, True)


def _rules(state: State, line: int) -> tuple[Rule, ...]:
    rules = _BY_FIRST.get(state.src[state.bMarks[line] + state.tShift[line]], ())
    if rules and state.level >= DEPTH:
        rules = tuple(rule for rule in rules if rule not in (quote, list_block))
    return rules


def rule_off(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: ARG001
    """Thematic break."""
    if not _RULE_OFF.match(state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start]):
        return False
    if not silent:
        state.line = start + 1
    return True


def heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: ARG001
    """ATX heading."""
    if not _ATX.match(state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start]):
        return False
    if not silent:
        state.line = start + 1
    return True


def text(state: State, start: int, end: int) -> None:
    """Read a paragraph, or what its last line makes of it: a setext heading or a table."""
    parent, state.parentType = state.parentType, "paragraph"
    body = _paragraph(state, start, end)
    if body is not None:
        line = state.line
        _note_from(state, "paragraph", body, _after_references(state, body, line), line)
    state.parentType = parent


def _paragraph(state: State, start: int, end: int) -> int | None:
    """The first line of the paragraph, its end in `state.line`; None if it turned out to be something else.

    An underline that has only link references above it becomes the first line, as in cmark-gfm.
    """
    line = start + 1
    try_table = True
    while line < end and not state.isEmpty(line):
        first = state.first(line)
        indent = state.sCount[line] - state.blkIndent if first in _TELLING else 4
        if indent < 0:
            if state.sCount[line] >= 0 and state.starts_anew(line, end):
                break
        elif indent < 4:
            if first in "=-" and _is_underline(state, line):
                body = _after_references(state, start, line)
                _note_from(state, "setext", start, body, line + 1 if body < line else body)
                if body < line:
                    return None
                start = line
            elif interrupts(state, line, end, True):
                break
            elif first in "|-:\v\f" and try_table and is_delimiter(state, line):
                try_table = False
                if columns_agree(state, line):
                    _cut_off_table(state, start, line - 1, end)
                    return None
        line += 1
    state.line = line
    return start


def _cut_off_table(state: State, start: int, header: int, end: int) -> None:
    if start < header:
        state.note("paragraph", start, header)
    table(state, header, end)


def _is_underline(state: State, line: int) -> bool:
    underline = state.content(line).rstrip(" \t")
    return not underline.strip(underline[0])


def _after_references(state: State, start: int, end: int) -> int:
    """The line after the link references that the paragraph of lines `start` to before `end` begins with."""
    limit, state.lineMax = state.lineMax, end
    while start < end and state.first(start) == "[" and reference(state, start, end, False):
        start = state.line
    state.lineMax = limit
    return start


def _note_from(state: State, kind: str, start: int, body: int, end: int) -> None:
    """Record the references before line `body`, and what stands behind them."""
    if start < body:
        state.note("reference", start, body)
    if body < end:
        state.note(kind, body, end)


_KIND: dict[Rule, str] = {
    fence: "fence",
    quote: "quote",
    rule_off: "rule",
    list_block: "list",
    html_block: "html",
    heading: "heading",
}
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
    **dict.fromkeys("0123456789", (list_block,)),
}
_TELLING = frozenset(_BY_FIRST) | frozenset("=|:\v\f")  # no other character tells anything of a paragraph
