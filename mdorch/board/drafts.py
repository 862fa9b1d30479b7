"""Rows of task tables before they are tasks: where each stands, and what its cells say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import repeat

from mdorch.board.columns import TASK_ROLES
from mdorch.board.memory import Memory, Said, kind_of
from mdorch.board.sheets import Sheet
from mdorch.board.status import Status
from mdorch.board.statuses import read_status
from mdorch.board.words import is_blank, is_none, words
from mdorch.frozen import Frozen, many
from mdorch.page import cells
from mdorch.page.source import Source

_STARTS = frozenset({Status.WAITING, Status.READY})
_STRUCK = re.compile(r"[*_]*~~[^~]+~~[*_]*")
_TEMPLATE = re.compile(r"\[[^\[\]()]*\s[^\[\]()]*\]|<[^<>]*>|\{[^{}]*\}|[A-Za-z]+-(?:#+|X{2,}|N{2,})")


class Draft(Frozen):
    """A row on its way to a `Task`: where it stands, and what it says."""

    sheet: Sheet
    row: int
    line: int
    core: Said

    @property
    def said(self) -> dict[str, str]:
        return self.core.cells

    @property
    def id(self) -> str:
        return self.core.id


_PLACES = frozenset(name for names in TASK_ROLES.values() for name in names)  # `[Description]` and the like


def drafts_of(sheet: Sheet, memory: Memory, before: Memory | None) -> list[Draft]:
    kind = kind_of(sheet)
    known = before.rows.get(kind, {}) if before else {}
    said = memory.rows.setdefault(kind, {})
    memory.shape.append((kind, len(sheet.table.rows)))
    count, first = len(sheet.table.rows), sheet.table.line + 2
    lines = sheet.table.header.source.lines[first : first + count]
    for text in lines:
        if text not in said:
            said[text] = known.get(text) or _said(sheet, cells.texts(text))
    cores = [said[text] for text in lines]
    memory.said += cores
    return many(Draft, count, repeat(sheet), range(count), range(first, first + count), cores)


def _said(sheet: Sheet, texts: Sequence[str]) -> Said:
    have, status_at = len(texts), sheet.columns["status"]
    columns = sheet.columns.items()
    said = {role: _value(texts[at]) if at < have else "" for role, at in columns if role != "status"}
    if sheet.more:
        said["requires"] = _all_required(
            said["requires"], [_value(texts[at]) for at in sheet.more if at < have]
        )
    name = said["id"]
    if is_blank(name) or _is_template(texts[sheet.columns["id"]]):
        name = ""
    status_text = cells.plain(texts[status_at]) if status_at < have else ""
    status = read_status(status_text)
    others = [texts[sheet.columns[role]] for role in ("title", "agent") if said.get(role)]
    open_ = any(text.strip(cells.BLANK).startswith(("[", "<", "{")) and _is_template(text) for text in others)
    if status.status in _STARTS:
        named = [texts[sheet.columns[role]] for role in ("id", "title") if said.get(role)]
        open_ = open_ or any(map(_is_struck, [*named, status_text]))
    width = sheet.table.columns
    broken = "" if have == width and sheet.index >= 0 else _broken(sheet, texts)
    return Said(said, name, status, status_text, have < width or open_, broken)


def _is_struck(text: str) -> bool:
    """Whether the whole of a cell is struck through: nobody wants what it says any more."""
    return bool(_STRUCK.fullmatch(text.strip(cells.BLANK)))


def _all_required(first: str, others: Sequence[str]) -> str:
    """The prerequisites of a row that names them in several columns (`Depends on`, `Blocked by`)."""
    named = [text for text in others if not is_none(text)]
    return "\n".join([first, *named] if not is_none(first) else named) or first


def _is_template(text: str) -> bool:
    """Whether a cell is a placeholder that nobody filled in: `[Task ID]`, `<id>`, `TASK-###`, `[Title]`."""
    plain = cells.plain(text)
    if len(plain) > 80 or plain.rstrip("]>}")[-1:].isdigit():
        return False
    bracketed = plain[:1] == "[" and plain[-1:] == "]"
    return bool(_TEMPLATE.fullmatch(plain)) or (bracketed and words(plain) in _PLACES)


def _broken(sheet: Sheet, texts: Sequence[str]) -> str:
    have, width = len(texts), sheet.table.columns
    if sheet.index < 0:
        return "the line under the header has another number of cells"
    if have < width:
        return f"the row has {have} cells, the header {width}"
    if any(map(str.strip, texts[width:])):
        return f"the row has {have} cells, the header {width}; is a `|` in a text not escaped?"
    return ""


def _value(text: str) -> str:
    """`cells.value`, quicker for the many cells that carry no decoration at all."""
    text = text.strip(cells.BLANK)
    if text and (text[0] in "*_~`[" or "\\" in text or "<" in text):
        return cells.value(text)
    return text


def place_of(source: Source, draft: Draft, role: str) -> tuple[int, int]:
    """Line and column (from 1) where the value of a cell begins; of the row where there is no cell."""
    column = draft.sheet.columns.get(role)
    spans = cells.split_row(source.line(draft.line))
    if column is None or column >= len(spans):
        return draft.line + 1, 1
    start, end = spans[column]
    text = source.line(draft.line)[start:end]
    blank = len(text) - len(text.lstrip(cells.BLANK))
    return draft.line + 1, start + (blank if blank < len(text) else 0) + 1
