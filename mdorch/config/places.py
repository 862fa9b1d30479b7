"""Where the keys of a TOML document stand, which the standard library's reader does not say.

A message that names line and column is worth a small walk over the text. It is only ever asked about
text that `tomllib` has accepted, so it needs no errors of its own: it knows just enough of the grammar
(headers, dotted and quoted keys, strings of all four kinds, arrays, inline tables) to not be misled.
"""

from __future__ import annotations

import re
import tomllib

Path = tuple[str | int, ...]
Place = tuple[int, int]  # line and column, both count from 1, in characters

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*(?:(?P<bare>[A-Za-z0-9_-]+)|(?P<quoted>"(?:[^"\\]|\\.)*"|'[^']*'))[ \t]*""")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


def places(text: str) -> dict[Path, Place]:
    """The place of every table, key and array item of a valid document, by its path of keys and indexes."""
    return _Walk(text).document()


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, Place] = {}
        self.newest: dict[Path, int] = {}  # arrays of tables: index of the last one

    def document(self) -> dict[Path, Place]:
        table: Path = ()
        while self.next():
            if self.next() == "[":
                table = self.header()
            else:
                self.pair(table)
        return self.found

    def next(self) -> str:
        """The next character that means something, "" at the end."""
        self.at = self.end_of(_BLANK)
        return self.text[self.at : self.at + 1]

    def end_of(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.at)
        return found.end() if found else len(self.text)

    def header(self) -> Path:
        start = self.at
        repeated = self.text.startswith("[[", start)
        width = 2 if repeated else 1
        self.at += width
        path: Path = ()
        keys = self.keys()
        self.at += width
        for key in keys[:-1]:
            path = self.inside((*path, key[0]))
        path = (*path, keys[-1][0])
        if repeated:
            self.note(path, start)
            self.newest[path] = self.newest.get(path, -1) + 1
        path = self.inside(path)
        self.note(path, start)
        return path

    def inside(self, path: Path) -> Path:
        return (*path, self.newest[path]) if path in self.newest else path

    def pair(self, table: Path) -> None:
        path = table
        for key, start in self.keys():
            path = (*path, key)
            self.note(path, start)
        self.at += 1  # the equals sign
        self.value(path)

    def keys(self) -> list[tuple[str, int]]:
        """A dotted key: its parts and where each starts; stops at `=` or `]`."""
        parts = []
        while found := _KEY.match(self.text, self.at):
            quoted = found["quoted"]
            key = tomllib.loads(f"key = {quoted}")["key"] if quoted else found["bare"]
            parts.append((key, found.start("quoted" if quoted else "bare")))
            self.at = found.end()
            if self.text[self.at : self.at + 1] != ".":
                break
            self.at += 1
        return parts

    def value(self, path: Path) -> None:
        opening = self.next()
        if opening == "[":
            self.items(path)
        elif opening == "{":
            self.at += 1
            while self.next() not in ("}", ""):
                self.pair(path)
                self.comma()
            self.at += 1
        else:
            self.at = self.end_of(_STRING if opening in "\"'" else _SCALAR)

    def items(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self.next() not in ("]", ""):
            self.note((*path, index), self.at)
            self.value((*path, index))
            self.comma()
            index += 1
        self.at += 1

    def comma(self) -> None:
        if self.next() == ",":
            self.at += 1

    def note(self, path: Path, start: int) -> None:
        before = self.text.rfind("\n", 0, start)
        self.found.setdefault(path, (self.text.count("\n", 0, start) + 1, start - before))
