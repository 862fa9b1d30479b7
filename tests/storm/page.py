"""The page of a storm: everything on it can be checked, so that half a version never passes.

Fixed lines stand in a fixed order; text of ours carries its own checksum (`seal`); whatever the daemon
may write (status words, agent rows, marks) has a form. A line that is none of these was torn.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from zlib import crc32

NOTES = b"## Notes\n"
FIRST, LAST = "<!-- storm: first line -->", "<!-- storm: last line -->"
FILLER = 90  # lines that nobody changes, so that a version is larger than one block of a disk
OPEN, DONE = "Waiting", "Complete"
_NOTED = re.compile(r"(?:(?:^|; )(?:lost|exit 7|timed out))+$")  # what a daemon may write into the notes

_AGENTS = ("| Agent | Task | Status | Started | Dependencies |", "|---|---|---|---|---|")
_TASKS = ("| ID | Task | Agent | Depends on | Status | Notes |", "|---|---|---|---|---|---|")
_ROW = re.compile(
    r"\| (?P<id>B-\d+) \| (?P<title>[^|]+) \| dev \| None "
    r"\| (?P<status>[A-Za-z ]+)(?: \(\w+\))? \| (?P<notes>[^|]*?) *\|"
)
_AGENT_ROW = re.compile(r"\| dev \| (B-\d+) \| In Progress \| [0-9TZ: -]+ \| (None|-)? ?\|")
_TAG = re.compile(r"- (?P<tag>\S+) ~(?P<sum>[0-9a-f]{8})")
_MARK = re.compile(r"<!-- mdorch: (taken|refused) (?P<run>\S+) [0-9a-f]{8} [0-9TZ:-]+ -->")
_BLOCK_START, _BLOCK_END = "## Agent Handoff Signal", "## More"
_BY = re.compile(r"- by (?P<run>\S+)")
_BLOCK_LINE = re.compile(
    r"\*\*From\*\*: dev|\*\*To\*\*: -|\*\*Task\*\*: B-\d+|\*\*Status\*\*: COMPLETE|### Deliverables"
)


def seal(text: str) -> str:
    """The text with its checksum behind it."""
    return f"{text} ~{crc32(text.encode()):08x}"


def is_sealed(text: str) -> bool:
    return seal(text.rpartition(" ~")[0]) == text


def tag_line(tag: str) -> bytes:
    return f"- {seal(tag)}\n".encode()


def row_id(number: int) -> str:
    return f"B-{number:02d}"


def make_page(rows: int) -> bytes:
    """A page with `rows` rows that may start at once."""
    lines = [*_fixed(rows)]
    spaced = [f"{line}\n" if line.startswith(("#", "<!--")) else line for line in lines]
    return ("\n".join(spaced) + "\n").encode().replace(b"## Notes\n\n", NOTES)


def _fixed(rows: int) -> Iterator[str]:
    """What must be there, in order: whole lines, and for rows their first two cells."""
    yield from (FIRST, "# Storm", "## Active Agents", *_AGENTS, "## Task Queue", *_TASKS)
    for number in range(rows):
        yield f"| {row_id(number)} | {seal(f'busy {number}')} | dev | None | {OPEN} |  |"
    yield "## Text"
    yield from (seal(f"line {number} of text that nobody changes") for number in range(FILLER))
    yield from ("## Notes", LAST)


@dataclass(slots=True)
class Seen:
    """One version of the page. `flaws` says what is torn in it; nothing, if it is whole."""

    flaws: list[str] = field(default_factory=list)
    status: dict[str, str] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)  # row -> tag in its notes
    tags: Counter[str] = field(default_factory=Counter)
    blocks: Counter[str] = field(default_factory=Counter)  # runs whose handoff stands here
    taken: dict[str, str] = field(default_factory=dict)  # run -> the run named by the mark on its block
    agents: list[str] = field(default_factory=list)


def look(data: bytes, rows: int) -> Seen:
    """Read a version of a page that `make_page(rows)` began."""
    seen = Seen()
    if not data.endswith(b"\n"):
        seen.flaws.append("the last line has no end")
    expected = list(_fixed(rows))
    found: list[str] = []
    mark = ""
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
        if not line.strip():
            continue
        if line == _BLOCK_START:
            mark = ""
        elif marked := _MARK.fullmatch(line):
            mark = marked["run"]
        elif by := _BY.fullmatch(line):
            seen.blocks[by["run"]] += 1
            seen.taken[by["run"]] = mark
        elif not (_understand(line, seen, found) or line == _BLOCK_END or _BLOCK_LINE.fullmatch(line)):
            found.append(line)
            if line not in expected:
                seen.flaws.append(f"line {number}: {line[:70]!r}")
    keys = [_key(line) for line in found]
    wanted = [_key(line) for line in expected]
    if keys != wanted:
        seen.flaws.append(f"fixed lines: {_difference(wanted, keys)}")
    return seen


def _understand(line: str, seen: Seen, found: list[str]) -> bool:
    """Take in a line that may change; False for all others."""
    if row := _ROW.fullmatch(line):
        found.append(line)
        seen.status[row["id"]] = row["status"]
        notes = _NOTED.sub("", row["notes"])
        if is_sealed(notes):
            seen.cells[row["id"]] = notes.rpartition(" ~")[0]
        elif notes:
            seen.flaws.append(f"{row['id']}: notes {row['notes'][:60]!r}")
        return True
    if tag := _TAG.fullmatch(line):
        if is_sealed(line[2:]):
            seen.tags[tag["tag"]] += 1
            return True
        return False
    if agent := _AGENT_ROW.fullmatch(line):
        seen.agents.append(agent[1])
        return True
    return False


def _key(line: str) -> str:
    row = _ROW.fullmatch(line)
    return f"{row['id']} {row['title']}" if row else line


def _difference(wanted: list[str], found: list[str]) -> str:
    gone = list((Counter(wanted) - Counter(found)).elements())
    more = list((Counter(found) - Counter(wanted)).elements())
    return f"{len(gone)} gone {gone[:2]}, {len(more)} too many {more[:2]}" if gone or more else "out of order"


def set_notes(data: bytes, row: str, tag: str) -> bytes:
    """The page with this tag in the notes of a row; unchanged where the row is not whole."""
    pattern = rb"(?m)^(\| " + row.encode() + rb" \|(?:[^|\n]*\|){4})[^|\n]*\|$"
    return re.sub(pattern, rb"\1 " + seal(tag).encode() + rb" |", data, count=1)


def reopen(data: bytes, word: str) -> bytes:
    """All rows that are complete may start again: somebody typed so, and this word that was never there.

    (Rows that only say again what they said before would look like an old buffer that was saved.)
    """
    pattern = rb"\| dev \| None \| " + DONE.encode() + rb"(?: \(\w+\))? \|"
    return re.sub(pattern, f"| dev | None | {OPEN} ({word}) |".encode(), data)


def drop_tags(data: bytes, tags: set[str]) -> bytes:
    return b"".join(line for line in data.splitlines(True) if not _is_one_of(line, tags))


def _is_one_of(line: bytes, tags: set[str]) -> bool:
    found = _TAG.fullmatch(line.decode("utf-8", "replace").rstrip("\n"))
    return bool(found and found["tag"] in tags)


def drop_taken_blocks(data: bytes, is_old: Callable[[str], bool] = bool) -> tuple[bytes, list[str]]:
    """The page without handoffs that were acted upon, and whose they were: somebody cleans up.

    `is_old` is asked about each run.
    """
    pattern = re.compile(
        rb"\n## Agent Handoff Signal\n+<!-- mdorch: taken \S+ \S+ \S+ -->\n"
        rb"(?:(?!#)[^\n]*\n)*### Deliverables\n- by (\S+)\n+## More\n"
    )
    runs: list[str] = []

    def dropped(found: re.Match[bytes]) -> bytes:
        if not is_old(found[1].decode()):
            return found[0]
        runs.append(found[1].decode())
        return b""

    return pattern.sub(dropped, data), runs
