"""Block quotes, read in time that is in proportion to the page.

A quote is the lines with a `>` and the *lazy* lines, which have none but go on with a paragraph inside.
Which they are is known only after the inside was read, so, like markdown-it-py, the rule first takes
every line that might be lazy, and gives back what the inside did not want. On an ordinary page that
costs nothing. But in `> # a` and `b` by turns each quote looks at the rest of the page and keeps one
line of it, and nested quotes look at the same lazy lines once a level. So looks are counted; when
there were more than half as many as the page has characters (and `LOOKS`), a quote keeps all lines that
it looked at. They are then not live, though cmark-gfm would have ended the quote before: in doubt,
nothing is launched. No page that people wrote gets anywhere near.
"""

from __future__ import annotations

from markdown_it.rules_block import StateBlock

from mdorch.page.state import State, skip_blank

Marks = tuple[int, int, int, int, int]  # a line, and what `bMarks`, `tShift`, `sCount`, `bsCount` say of it


def quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The block rule. Whoever asks has seen the `>` and no indentation of four columns or more."""
    assert isinstance(state, State)
    if silent:
        return True
    parent, indent, outer = state.parentType, state.blkIndent, state.outer
    saved: list[Marks] = []
    state.parentType = "blockquote"
    after = _gather(state, start, end, saved)
    state.blkIndent, state.outer = 0, []
    state.level += 1
    state.looks_left -= after - start
    if state.looks_left < 0:
        state.line = after
    else:
        state.md.block.tokenize(state, start, after)
    state.level -= 1
    state.parentType, state.blkIndent, state.outer = parent, indent, outer
    for line, *marks in saved:
        state.bMarks[line], state.tShift[line], state.sCount[line], state.bsCount[line] = marks
    return True


def _gather(state: State, start: int, end: int, saved: list[Marks]) -> int:
    """Take the markers off all lines with one, and give those that may be lazy an indent of -1.

    Returns the first line that is neither; `saved` is what to put back.
    """
    line = start
    while line < end and not state.isEmpty(line):
        marks = line, state.bMarks[line], state.tShift[line], state.sCount[line], state.bsCount[line]
        if 0 <= state.sCount[line] - state.blkIndent <= 3 and state.first(line) == ">":
            _strip_marker(state, line)
            saved.append(marks)
        elif state.isEmpty(line - 1):
            break
        elif state.sCount[line] >= 0:
            if state.starts_anew(line, end):
                break
            state.sCount[line] = -1
            saved.append(marks)
        line += 1
    return line


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
        if src[pos] == " ":
            pos += 1
            column += 1
    text, column = skip_blank(src, pos, stop, column)
    state.bMarks[line], state.tShift[line] = pos, text - pos
    state.sCount[line], state.bsCount[line] = column - base, base
