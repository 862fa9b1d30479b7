"""One line of Recent Completions, written as the newest one there is written.

What an entry says is read from its left: a sign or a ticked box, a tag in brackets, the task's id, its
agent and a date, in whatever order and decoration; then the title, and behind it a date or an agent. A
new entry has the same parts; the id, where the old one has none, stands before the title.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from mdorch.board.read import Reading
from mdorch.board.render import one_line
from mdorch.board.words import VARIATION, is_sign
from mdorch.frozen import Frozen

ITEM = re.compile(r"(\s{0,3}(?:[-*+]|\d{1,9}[.)])\s+)(.*)", re.DOTALL)
_BOX = re.compile(r"\[[ xX]\]\s+")
_TAG = re.compile(
    r"(?P<open>[*_`]{0,3}\[)(?P<value>[^\[\]]+)(?P<close>\][*_`]{0,3})(?!\()(?P<gap>[:—–|-]?\s+)"
)
_DATE = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d)?"
_DATED = re.compile(
    rf"(?P<open>[*_`(]{{0,3}})(?P<value>{_DATE})(?P<close>[*_`)]{{0,3}})(?P<gap>\s*[:—–|-]?\s+)"
)
_NAME = re.compile(
    r"(?P<open>[*_`]{0,3})(?P<value>@?[\w#][\w.#-]*)(?P<close>:?[*_`]{0,3})(?P<gap>:?\s+(?:[—–|→-]\s+)?|$)"
)
_ID = re.compile(r"#\d+|[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-?\d+(?:[.-]\d+)*")
_TAIL = re.compile(r"(?P<open>\s*\(|\s+[—–-]\s+)(?P<value>[^()]*)(?P<close>\)?[*_`.]{0,3})$")
UNIT = re.compile(r"(Week|Phase|Sprint|Stage|Milestone|Day) [\w.-]+", re.IGNORECASE)


class Finished(Frozen):
    """A task that became complete at `when` (epoch seconds)."""

    task: str
    title: str
    agent: str
    when: float
    group: str = ""


def entry(reading: Reading, newest: str, one: Finished) -> str:
    """A line like the newest entry."""
    found = ITEM.fullmatch(newest)
    marker, text = (found[1], found[2]) if found else ("- ", newest)
    lead, at = _lead(text)
    parts: list[str] = []
    named = False
    while slot := _slot(reading, text, at):
        kind, match = slot
        value = _value(kind, match["value"], one)
        named = named or value == one.task
        if value:
            parts.append(match["open"] + value + match["close"] + match["gap"])
        at = match.end()
    tail, said = _tail(reading, text[at:], one)
    named = named or said
    title = one_line(one.title)
    title = title if named else f"{one.task} {title}"
    return (marker + lead + "".join(parts) + title + tail).rstrip()


def _lead(text: str) -> tuple[str, int]:
    """The signs that an entry begins with, a ticked box among them, and where they end."""
    box = _BOX.match(text)
    at = box.end() if box else 0
    while at < len(text) and (is_sign(text[at]) or text[at] in VARIATION or (text[at] == " " and at)):
        at += 1
    return ("[x] " + text[box.end() : at] if box else text[:at]), at


def _slot(reading: Reading, text: str, at: int) -> tuple[str, re.Match[str]] | None:
    """The part of an entry that begins here, if it is none of the title."""
    for kind, pattern in (("tag", _TAG), ("date", _DATED)):
        found = pattern.match(text, at)
        if found:
            return kind, found
    found = _NAME.match(text, at)
    if found is None or found.end() >= len(text):
        return None
    kind = _kind(reading, found["value"].rstrip(":"))
    if kind == "agent" and ":" not in found["close"] + found["gap"] and not found["gap"].strip():
        kind = ""  # a word of the title that happens to be a name
    return (kind, found) if kind else None


def _kind(reading: Reading, value: str) -> str:
    board = reading.board
    if _ID.fullmatch(value) or value in board.archived or any(t.id == value for t in board.tasks):
        return "id"
    if value.startswith("@") or re.fullmatch(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", value):
        return "agent"
    return "date" if re.fullmatch(_DATE, value) else ""


def _value(kind: str, old: str, one: Finished) -> str:
    if kind == "date":
        return date_like(old, one.when)
    if kind == "tag":
        if re.fullmatch(_DATE, old):
            return date_like(old, one.when)
        return one.group if UNIT.match(old) and one.group else one.task
    return one.task if kind == "id" else one.agent


def _tail(reading: Reading, text: str, one: Finished) -> tuple[str, bool]:
    """What stands behind the title: a date, an agent, an id; and whether the id is there."""
    found = _TAIL.search(text)
    if found is None:
        return "", False
    values = [part.strip() for part in found["value"].split(",")]
    kinds = [_kind(reading, value.strip("*_`")) for value in values]
    if not all(kinds) or not values:
        return "", False
    said = [_value(kind, value, one) for kind, value in zip(kinds, values, strict=True)]
    kept = ", ".join(filter(None, said))
    return (found["open"] + kept + found["close"] if kept else ""), one.task in said


def date_like(like: str, when: float) -> str:
    """The time in UTC, as exact and in the form of the other one."""
    full = datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M")
    found = re.search(_DATE, like)
    if found is None or len(found[0]) == 10:
        return full[:10]
    return full if "T" in found[0] else full.replace("T", " ")


def is_entry(text: str, one: Finished) -> bool:
    """Whether an entry is about this completion: it says its id and title and, if any date, its own."""
    named = re.search(rf"(?<![\w-]){re.escape(one.task)}(?![\w-])", text) and one_line(one.title) in text
    dated = re.search(_DATE, text) is None or date_like("", one.when) in text
    return bool(named) and dated
