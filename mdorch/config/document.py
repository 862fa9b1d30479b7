"""A configuration file as a document: its bytes, its text, our table in it, and where its TOML is broken."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mdorch.config.errors import FAILED, USAGE, Trouble

OWN = "mdorch.toml"
SHARED = "pyproject.toml"
TABLE = ("tool", "mdorch")

_SAID = r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)"


def prefix(path: Path) -> tuple[str, ...]:
    """The keys under which the configuration stands in this file."""
    return TABLE if path.name == SHARED else ()


def shown(path: Path) -> str:
    """A path as messages have it: relative where it is below the current folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def read(path: Path) -> bytes:
    """The file's bytes, or Trouble."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Trouble(f"{shown(path)}: cannot be read: {error.strerror or error}", exit_code=FAILED) from None


def parse(path: Path, content: bytes) -> tuple[str, dict[str, Any]]:
    """The text and what TOML makes of it, or Trouble; a byte order mark is not held against it."""
    import tomllib

    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise Trouble(f"{shown(path)}:{line}:{column}: not UTF-8", "save it as UTF-8", USAGE) from None
    try:
        return text, tomllib.loads(text)
    except RecursionError:
        raise Trouble(f"{shown(path)}: not TOML: nested too deeply", exit_code=USAGE) from None
    except ValueError as error:  # TOMLDecodeError, and numbers too long to be read
        raise _syntax(path, text, str(error)) from None


def table(path: Path, document: dict[str, Any]) -> dict[str, Any]:
    """Our part of the document, empty if there is none."""
    found: Any = document
    for key in prefix(path):
        found = found.get(key, {}) if isinstance(found, dict) else {}
    if not isinstance(found, dict):
        raise Trouble(f"{shown(path)}: {'.'.join(TABLE)} is not a table", f"write [{'.'.join(TABLE)}]", USAGE)
    return found


def speaks_to_us(path: Path) -> bool:
    """Whether a `pyproject.toml` exists and has our table."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    if TABLE[-1].encode() not in content:
        return False
    try:
        tool = parse(path, content)[1].get("tool")
    except Trouble:
        # Somebody else's file, and broken: ours to complain about only if it surely means us.
        return re.search(rb"^\s*\[\s*tool\s*\.\s*mdorch\b", content, re.MULTILINE) is not None
    return isinstance(tool, dict) and TABLE[-1] in tool


def _syntax(path: Path, text: str, error: str) -> Trouble:
    """What the TOML reader said, with its place in front and the line it stumbled over as the hint."""
    said = re.fullmatch(_SAID, error)
    if said is None:
        return Trouble(f"{shown(path)}: not TOML: {error}", exit_code=USAGE)
    lines = text.split("\n")
    line = int(said["line"] or len(lines))
    column = int(said["column"] or len(lines[-1]) + 1)
    what = said["what"][:1].lower() + said["what"][1:]
    culprit = lines[line - 1].strip() if line <= len(lines) else ""
    culprit = "".join(c for c in culprit if c.isprintable())[:80]
    return Trouble(
        f"{shown(path)}:{line}:{column}: not TOML: {what}", f"in: {culprit}" if culprit else "", USAGE
    )
