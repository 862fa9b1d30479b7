"""Lists, as cmark-gfm reads them.

markdown-it-py's own rule gives other answers in two places that matter here. Below an empty item, a line
of spaces that reaches the item's content keeps the item open, so that a table behind it stands in the
list and is not live. And a line that is indented by four columns or more, seen from the container that
it belongs to, starts no block, however deep the list is whose paragraph it goes on with.
"""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock

from mdorch.page.state import State, skip_blank

_MARKER = re.compile(r"(?:[*+-]|([0-9]{1,9})[.)])(?=[ \t]|$)")


def list_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The block rule. Whoever asks has seen that `start` is not indented by four columns or more."""
    assert isinstance(state, State)
    marker = _marker(state, start)
    if marker is None:
        return False
    if silent:
        paragraph = state.parentType == "paragraph" and state.sCount[start] >= state.blkIndent
        return not paragraph or _may_interrupt(state, start, marker)
    parent, state.parentType = state.parentType, "list"
    state.level += 1
    kind = marker[0][-1]
    line = start
    while marker is not None and marker[0][-1] == kind:
        _item(state, line, end, marker.end())
        line = state.line
        indent = state.sCount[line] - state.blkIndent
        if line >= end or not 0 <= indent <= 3 or state.ends_list(state, line, end, True):
            break
        marker = _marker(state, line)
    state.level -= 1
    state.parentType = parent
    return True


def _marker(state: State, line: int) -> re.Match[str] | None:
    """The marker at the start of a line. The last answer is kept, as each is asked for thrice."""
    pos = state.bMarks[line] + state.tShift[line]
    if state.marker_at != pos:
        state.marker_at, state.marker = pos, _MARKER.match(state.src, pos, state.eMarks[line])
    return state.marker


def _may_interrupt(state: State, line: int, marker: re.Match[str]) -> bool:
    """A list ends a paragraph only if it begins with 1 and with an item that is not empty."""
    if marker[1] and int(marker[1]) != 1:
        return False
    return bool(state.src[marker.end() : state.eMarks[line]].strip(" \t"))


def _item(state: State, line: int, end: int, behind: int) -> None:
    """Read the item whose marker ends at `behind`; then `state.line` is behind it and its blank lines."""
    first, saved = line, (state.tShift[line], state.sCount[line])
    stop = state.eMarks[line]
    base = state.sCount[line] + behind - state.bMarks[line] - state.tShift[line]
    text, column = skip_blank(state.src, behind, stop, state.bsCount[line] + base)
    width = column - state.bsCount[line] - base
    indent = base + (width if text < stop and 1 <= width <= 4 else 1)
    state.outer.append(state.blkIndent)
    state.blkIndent = indent
    state.tShift[line], state.sCount[line] = text - state.bMarks[line], max(base + width, indent)
    if text < stop:
        state.block(state, line, end, False)
        line = state.line = state.skipEmptyLines(state.line)
        if line < end and state.sCount[line] >= indent:
            state.md.block.tokenize(state, line, end)
    elif not _closed_by_blank(state, line + 1, end):
        state.md.block.tokenize(state, line, end)
    state.blkIndent = state.outer.pop()
    state.tShift[first], state.sCount[first] = saved


def _closed_by_blank(state: State, line: int, end: int) -> bool:
    """Whether a blank line ends an item that has nothing on its first line; if so, go on behind it."""
    while line < end and state.isEmpty(line):
        if state.sCount[line] < state.blkIndent:
            state.line = state.skipEmptyLines(line)
            return True
        line += 1
    return False
