"""A `Source`: the bytes of one version of a page, decoded, cut into lines, with exact offsets.

Two coordinates are in use and never mixed. *Bytes* are what splices are made of: they are exact even
where the page is not valid UTF-8. *(line, column)* is what rules and people speak of: lines count
from 0 here, columns count characters of the decoded line. Both views agree on where lines end, since
the bytes of CR and LF stand for nothing else in UTF-8 and are never part of a broken sequence.

Text is decoded as UTF-8 with `surrogateescape`, so every byte string is a page and encoding any slice
of the text gives its bytes back. A byte order mark belongs to `data` but not to `text`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

BOM = b"\xef\xbb\xbf"
_ENDING = re.compile(rb"\r\n|\r|\n")


class Source:
    """One version of a page; immutable. A last line that is empty and has no ending is not counted."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.bom = data.startswith(BOM)

    @cached_property
    def text(self) -> str:
        """The page without its byte order mark, endings as written."""
        body = self.data[len(BOM) :] if self.bom else self.data
        return body.decode("utf-8", "surrogateescape")

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hex."""
        from hashlib import sha256

        return sha256(self.data).hexdigest()

    @cached_property
    def normal(self) -> str:
        """The text with every line ending as LF: the same lines, each of the same length."""
        if "\r" not in self.text:
            return self.text
        return self.text.replace("\r\n", "\n").replace("\r", "\n")

    @cached_property
    def lines(self) -> list[str]:
        """All lines without their endings. Not to be changed."""
        lines = self.normal.split("\n")
        if not lines[-1]:
            lines.pop()
        return lines

    @property
    def line_count(self) -> int:
        return len(self.lines)

    @cached_property
    def _bounds(self) -> tuple[list[int], list[int]]:
        """Byte offsets where lines start, and where their endings start; the starts have one more."""
        data, first = self.data, len(BOM) if self.bom else 0
        if b"\r" in data:
            found = [m.span() for m in _ENDING.finditer(data)]
            starts, ends = [first, *(e for _, e in found)], [s for s, _ in found]
        else:
            after = accumulate((len(part) + 1 for part in data.split(b"\n")), initial=0)
            starts = list(after)[:-1]
            ends = [start - 1 for start in starts[1:]]
            starts[0] = first
        if starts[-1] < len(data):
            ends.append(len(data))
            starts.append(len(data))
        return starts, ends

    def line(self, n: int) -> str:
        """Line `n` without its ending."""
        return self.lines[n]

    def ending(self, n: int) -> str:
        """The ending of line `n`: LF, CR LF, CR, or "" where the page ends without one."""
        return self.data[self.line_end(n) : self.next_line_start(n)].decode("ascii")

    def line_start(self, n: int) -> int:
        """Byte offset of the first character of line `n` (after the byte order mark, for line 0)."""
        return self._bounds[0][n]

    def line_end(self, n: int) -> int:
        """Byte offset of the ending of line `n`."""
        return self._bounds[1][n]

    def next_line_start(self, n: int) -> int:
        """Byte offset after the ending of line `n`."""
        return self._bounds[0][n + 1]

    def offset(self, line: int, column: int) -> int:
        """Byte offset of character `column` of line `line`; `column` may be the line's length."""
        start, text = self.line_start(line), self.lines[line]
        if self.line_end(line) - start == len(text):
            return start + column
        return start + len(text[:column].encode("utf-8", "surrogateescape"))

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of a byte offset, both counting from 1, the column in characters."""
        starts, ends = self._bounds
        n = max(bisect_right(starts, offset) - 1, 0)
        if n and ends[n - 1] == starts[n]:  # the last line has no ending: its end is no line of its own
            n -= 1
        before = self.data[starts[n] : max(offset, starts[n])]
        return n + 1, len(before.decode("utf-8", "surrogateescape")) + 1

    @cached_property
    def newline(self) -> str:
        """The ending for new lines: the one used most, LF where there is none."""
        pairs = self.data.count(b"\r\n")
        used = {"\n": self.data.count(b"\n") - pairs, "\r\n": pairs, "\r": self.data.count(b"\r") - pairs}
        return max(used, key=lambda ending: used[ending])
