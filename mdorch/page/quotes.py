"""Block quotes, read in time that is in proportion to the page.

A quote is the lines with a `>` and the *lazy* lines, which have none but go on with a paragraph inside.
Which they are is known only after the inside was read, so markdown-it-py first takes every line that
might be lazy, and gives back what the inside did not want. On an ordinary page that costs nothing.
It goes wrong twice, and both are mended here:

  - Nested quotes each look at all lazy lines again. A run of them that an outer quote has found is
    lazy for the inner ones too, and they jump over it.
  - `> # a` and `b` by turns: each quote looks at the rest of the page and keeps one line of it. So looks
    are counted; when there were more than half as many as the page has characters (and `LOOKS`), a quote
    keeps all lines that it looked at. They are then not live, though cmark-gfm would have ended the quote
    before: in doubt, nothing is launched. No page that people wrote gets anywhere near.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from markdown_it.rules_block import StateBlock

from mdorch.page.state import State, skip_blank


@dataclass(slots=True)
class _Quote:
    """The lines of one quote while it is read: the first after it, and the marks to restore."""

    end: int
    cut: bool = False  # another block ends it: no paragraph inside may look further
    saved: list[tuple[int, int, int, int, int]] = field(default_factory=list)

    def save(self, state: State, line: int) -> None:
        marks = state.bMarks[line], state.tShift[line], state.sCount[line], state.bsCount[line]
        self.saved.append((line, *marks))


def quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The block rule. Whoever asks has seen the `>` and no indentation of four columns or more."""
    assert isinstance(state, State)
    if silent:
        return True
    limit, parent, indent, outer = state.lineMax, state.parentType, state.blkIndent, state.outer
    state.parentType = "blockquote"
    found = _gather(state, start, end)
    if found.cut:
        state.lineMax = found.end
    state.blkIndent, state.outer = 0, []
    state.level += 1
    state.looks_left -= found.end - start
    if state.looks_left < 0:
        state.line = found.end
    else:
        state.md.block.tokenize(state, start, found.end)
    state.level -= 1
    state.lineMax, state.parentType, state.blkIndent, state.outer = limit, parent, indent, outer
    for line, *marks in found.saved:
        state.bMarks[line], state.tShift[line], state.sCount[line], state.bsCount[line] = marks
    return True


def _gather(state: State, start: int, end: int) -> _Quote:
    """Take the markers off all lines with one, and mark those that may be lazy by an indent of -1."""
    found = _Quote(start)
    while found.end < end and not state.isEmpty(found.end):
        line = found.end
        if 0 <= state.sCount[line] - state.blkIndent <= 3 and state.first(line) == ">":
            found.save(state, line)
            _strip_marker(state, line)
            found.end += 1
        elif state.isEmpty(line - 1):
            break
        elif state.sCount[line] < 0:
            found.end = state.lazy_until[line]
        else:
            _take_lazy(state, found, end)
            if found.end == line:
                found.cut = True
                break
    return found


def _take_lazy(state: State, found: _Quote, end: int) -> None:
    """Take the run of lines that start no block of their own."""
    first = found.end
    while found.end < end and not state.isEmpty(found.end):
        line = found.end
        if state.sCount[line] < 0:
            found.end = state.lazy_until[line]
        elif state.starts_anew(line, end):
            break
        else:
            found.save(state, line)
            state.sCount[line] = -1
            found.end += 1
    state.lazy_until[first] = found.end


def _strip_marker(state: State, line: int) -> None:
    """Move the start of `line` behind its `>` and the one column of space that belongs to it.

    A tab there is eaten by one column only; the others are indentation of what follows.
    """
    src, stop = state.src, state.eMarks[line]
    pos = state.bMarks[line] + state.tShift[line] + 1
    column = state.bsCount[line] + state.sCount[line] + 1  # absolute, behind the marker
    base = column
    if pos < stop and src[pos] in " \t":
        base += 1
        if src[pos] == " " or column % 4 == 3:
            pos += 1
            column += 1
    text, column = skip_blank(src, pos, stop, column)
    state.bMarks[line], state.tShift[line] = pos, text - pos
    state.sCount[line], state.bsCount[line] = column - base, base
