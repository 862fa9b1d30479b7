"""Front matter: the part of YAML that task files are written in.

Keys with a plain, quoted or folded text, a list in brackets, or a list of lines with dashes. What is nested
deeper belongs to a key that nobody here asks for, and is passed over. Anchors and tags are no values.
"""

from __future__ import annotations

import re
from pathlib import Path

from mdorch.desk.foreign.found import bad

Value = str | list[str]
_KEY = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:(?:[ \t]+(.*))?$")
_ITEM = re.compile(r"[ \t]*-[ \t]+(.*)$|[ \t]*-$")
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}


def front_matter(path: Path, text: str) -> tuple[dict[str, Value], str] | None:
    """Keys and values, and what stands behind; None where the file has none. Raises Trouble with a place."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return None
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        raise bad(path, 1, 1, "the front matter is never closed", "it ends with a line of three dashes")
    return _Reader(path, lines[:end]).read(), "\n".join(lines[end + 1 :])


class _Reader:
    def __init__(self, path: Path, lines: list[str]) -> None:
        self.path = path
        self.lines = lines
        self.at = 1

    def read(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            key = _KEY.match(line)
            if key is None:
                column = len(line) - len(line.lstrip()) + 1
                raise bad(self.path, self.at, column, "this is no line `key: value`", "it is YAML")
            if key[1] in found:
                raise bad(self.path, self.at, 1, f"the key {key[1]} stands here twice")
            found[key[1]] = self._value(key[2] or "", key.start(2) + 1)
        return found

    def _value(self, text: str, column: int) -> Value:
        text = _uncommented(text)
        if text.startswith("["):
            return self._brackets(text, column)
        if text[:1] in ("|", ">"):
            return (" " if text[0] == ">" else "\n").join(map(str.strip, self._deeper())).strip()
        if text:
            more = [] if text[0] in "\"'" else self._deeper()
            return " ".join([self._plain(text, column), *map(str.strip, more)])
        return self._dashes()

    def _deeper(self) -> list[str]:
        """The lines that are indented, or empty, from here on."""
        start = self.at
        while self.at < len(self.lines) and self.lines[self.at][:1] in ("", " ", "\t"):
            self.at += 1
        return self.lines[start : self.at]

    def _dashes(self) -> Value:
        items: list[str] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            found = _ITEM.match(line)
            if found is None and line.strip() and line[0] not in " \t":
                break
            self.at += 1
            if found and found[1]:
                items.append(self._plain(_uncommented(found[1]), found.start(1) + 1))
        return items

    def _brackets(self, text: str, column: int) -> list[str]:
        while "]" not in _QUOTED.sub("", text) and self.at < len(self.lines):
            text += " " + self.lines[self.at].strip()
            self.at += 1
        if not text.endswith("]"):
            raise bad(self.path, self.at, max(column, 1), "this list is never closed", "it ends with `]`")
        parts = re.findall(rf"(?:{_QUOTED.pattern}|[^,])+", text[1:-1])
        return [self._plain(part.strip(), column) for part in parts if part.strip()]

    def _plain(self, text: str, column: int) -> str:
        if text[:1] not in ("'", '"'):
            return text
        if not _QUOTED.fullmatch(text):
            what = "this quotation is never closed, or something stands behind it"
            raise bad(self.path, self.at, max(column, 1), what)
        if text[0] == "'":
            return text[1:-1].replace("''", "'")
        return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text[1:-1])


def _uncommented(text: str) -> str:
    quoted = _QUOTED.match(text)
    head = quoted.end() if quoted else 0
    return (text[:head] + re.split(r"(?:^|\s)#", text[head:])[0]).strip()
