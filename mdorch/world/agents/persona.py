"""An agent's own file, `.claude/agents/NAME.md`: front matter that names it, then its role in words.

What cannot be understood is said with its line, and nothing is launched with it: a program that is given such
a file may work on without role and without tools, and never say a word of that. The front matter is YAML, of
which such files use little; where the programs are lenient (a colon inside a description), so is this.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from mdorch.frozen import Frozen

LARGEST = 200_000  # bytes; a role has some thousand
FENCE = "---"
_KEY = re.compile(r"(?P<key>[A-Za-z_][\w-]*)\s*:(?:\s+(?P<value>.*))?$")
_QUOTED = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*(?:#.*)?$""")
_HANDS = frozenset({"Bash", "Edit", "Write", "MultiEdit"})  # tools, one of which a handoff takes


class Persona(Frozen):
    """`name` is the one in the file, which programs know it by. `tools` is empty where it may use all.

    Where `problem` says what is wrong, at line `line` of the file, the rest is not to be used.
    """

    path: str
    name: str = ""
    text: str = ""
    tools: tuple[str, ...] = ()
    max_turns: int = 0
    description: str = ""
    model: str = ""
    denied: tuple[str, ...] = ()  # tools that it may not use
    skills: tuple[str, ...] = ()
    problem: str = ""
    line: int = 0

    @property
    def fault(self) -> str:
        """What is wrong, with its place; "" where nothing is."""
        return f"{self.path}:{self.line}: {self.problem}" if self.problem else ""

    @property
    def has_hands(self) -> bool:
        """Whether it may do what a handoff takes."""
        return not self.tools or any(tool.partition("(")[0] in _HANDS or tool == "*" for tool in self.tools)


class _Broken(Exception):
    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


def kept_persona(path: Path) -> Persona | None:
    """What the file says, read again only when it has changed; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):  # a link to a terminal would keep us waiting for words
        return Persona(str(path), problem="is no regular file", line=1)
    return _read(path, (found.st_mtime_ns, found.st_size, found.st_ino))


@lru_cache(maxsize=256)
def _read(path: Path, _: tuple[int, int, int]) -> Persona:
    try:
        with path.open("rb") as file:
            return persona(file.read(LARGEST + 1), str(path))
    except OSError as error:
        return Persona(str(path), problem=f"cannot be read: {error.strerror}", line=1)


def persona(data: bytes, path: str) -> Persona:
    """What these bytes say."""
    try:
        if len(data) > LARGEST:
            raise _Broken(1, f"is larger than {LARGEST // 1000} KB")
        lines = _text(data).split("\n")
        end = _end(lines)
        return _described(_fields(lines[1:end]), "\n".join(lines[end + 1 :]), path)
    except _Broken as error:
        return Persona(path, problem=str(error), line=error.line)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise _Broken(data.count(b"\n", 0, error.start) + 1, "is not UTF-8") from None


def _end(lines: list[str]) -> int:
    """The index of the line that closes the front matter."""
    if lines[0].rstrip() != FENCE:
        raise _Broken(1, f"does not begin with front matter: its first line must be {FENCE}")
    end = next((n for n, line in enumerate(lines) if n and line.strip() == FENCE), None)
    if end is None:
        raise _Broken(1, f"its front matter is not closed by a line {FENCE}")
    return end


class _Field(Frozen):
    value: str
    line: int
    items: tuple[str, ...] = ()


def _fields(lines: list[str]) -> dict[str, _Field]:
    """What each key of the front matter says: its own line, and the indented ones or items below it."""
    fields: dict[str, _Field] = {}
    for number, key, said, below in _entries(lines):
        under = [line.strip() for line in below]
        if said[:1] in ("|", ">"):
            fields[key] = _Field("\n".join(under), number)
            continue
        _check(number, key, said, below)
        items = tuple(_bare(line[1:]) for line in under if line.startswith("-"))
        fields[key] = _Field(" ".join([_bare(said), *(() if items else under)]).strip(), number, items)
    return fields


def _entries(lines: list[str]) -> Iterator[tuple[int, str, str, list[str]]]:
    """Line number in the file, key, value and the lines below it, for each key."""
    found: tuple[int, str, str, list[str]] | None = None
    for number, line in enumerate(lines, 2):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] in " \t-" and found is not None:
            found[3].append(line)
            continue
        if found is not None:
            yield found
        said = _KEY.match(line.rstrip())
        if said is None:
            raise _Broken(number, f"“{line.strip()[:60]}” is no `key: value`")
        found = number, said["key"], (said["value"] or "").strip(), []
    if found is not None:
        yield found


def _check(number: int, key: str, value: str, below: list[str]) -> None:
    for line in below:
        if line.startswith("\t"):
            raise _Broken(number, f"{key}: what stands below it is indented by a tab; YAML wants blanks")
    if value[:1] in ('"', "'") and not below and not _QUOTED.match(value):
        raise _Broken(number, f"{key}: its quotes are not closed at the end")
    if value[:1] == "[" and not below and key != "description" and not value.partition(" #")[0].endswith("]"):
        raise _Broken(number, f"{key}: its list is not closed by ]")


def _bare(value: str) -> str:
    """A value without quotes and comment."""
    value = value.strip()
    if value[:1] in ('"', "'"):
        return value.partition(value[0])[2].rpartition(value[0])[0]
    return value.partition(" #")[0].strip() if not value.startswith("#") else ""


def _described(fields: dict[str, _Field], text: str, path: str) -> Persona:
    for key in ("name", "description"):
        if key not in fields or not fields[key].value:
            raise _Broken(fields[key].line if key in fields else 1, f"its front matter has no {key}")
    name = fields["name"]
    if not re.fullmatch(r"[^\W\d][\w .-]*", name.value):
        raise _Broken(name.line, f"name: “{name.value[:60]}” is no name for an agent")
    turns = fields.get("maxTurns")
    if turns and not re.fullmatch("[1-9][0-9]{0,8}", turns.value):
        raise _Broken(turns.line, f"maxTurns: “{turns.value[:20]}” is no number above 0")
    return Persona(
        *(path, name.value, text, _listed(fields.get("tools")), int(turns.value) if turns else 0),
        description=fields["description"].value,
        model=fields["model"].value if "model" in fields else "",
        denied=_listed(fields.get("disallowedTools")),
        skills=_listed(fields.get("skills")),
    )


def _listed(field: _Field | None) -> tuple[str, ...]:
    if field is None:
        return ()
    items = field.items or field.value.strip("[]").split(",")
    return tuple(name for item in items if (name := _bare(item)))
