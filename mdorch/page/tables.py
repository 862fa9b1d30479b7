"""What a table is: cmark-gfm's rules, on markdown-it-py's state.

markdown-it-py's own table rule emits a dozen tokens a cell, stops after 65,536 cells that it had to
fill in, wants a pipe in the header, and takes `| a |` above `---` for a table. As in cmark-gfm, here a
delimiter row makes a table of the line above it, when that is the last line of an open paragraph and
both have as many cells; this is tried once a paragraph. A row is any further line that starts no other
block and has a cell. (cmark-gfm's own limits, 65,535 columns and 524,288 filled-in cells, are not kept.)
"""

from __future__ import annotations

import re

from mdorch.page.cells import BLANK, texts
from mdorch.page.state import State

_MARK = r"[ \t\v\f]*:?-+:?[ \t\v\f]*"
_ODD = BLANK + "\n|"  # what does not yet make the line a row
_DELIMITER = re.compile(rf"\|?{_MARK}(?:\|{_MARK})*\|?[ \t\v\f]*")


def is_delimiter(state: State, line: int) -> bool:
    start = state.bMarks[line] + state.tShift[line]
    return _DELIMITER.fullmatch(state.src, start, state.eMarks[line]) is not None


def columns_agree(state: State, line: int) -> bool:
    """Whether the line above the delimiter row at `line` has as many cells. If not, it is a near table."""
    header, delimiter = state.content(line - 1), state.content(line)
    have, want = len(texts(header)), len(texts(delimiter))
    if have != want and have and state.level == 0 and "|" in header and "|" in delimiter:
        state.near.append((line - 1, f"the header has {have} cells, the delimiter row below it {want}"))
    return have == want


def table(state: State, start: int, end: int) -> None:
    """Record the table whose header is line `start`."""
    parent, state.parentType = state.parentType, "table"
    line = start + 2
    src, begins, indents, indent = state.src, state.bMarks, state.sCount, state.blkIndent
    while line < end:
        begin = begins[line]
        usual = indents[line] == indent and src[begin : begin + 2] == "| "
        if not (usual and src[begin + 2 : begin + 3] not in _ODD) and not _is_row(state, line, end):
            break
        line += 1
    state.note("table", start, line)
    state.parentType = parent


def _is_row(state: State, line: int, end: int) -> bool:
    indent = state.sCount[line] - state.blkIndent
    if not 0 <= indent <= 3 or state.isEmpty(line):
        return False
    if state.first(line) == "|":
        return bool(state.content(line)[1:].strip(BLANK))
    return not state.starts_anew(line, end)
