"""An `AgentRow` of the Active Agent Orchestration table, and what a cell that names agents says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from mdorch.board.words import is_none
from mdorch.page import cells


@dataclass(frozen=True, slots=True)
class AgentRow:
    table: int
    row: int
    line: int  # counts from 1
    agent: str
    task: str
    status: str
    started: str = ""
    dependencies: str = ""
    notes: str = ""


_ARROW = r"(?:→|⇒|⟶|->|=>|➡\ufe0f?|➜)"
_STRUCK = re.compile(rf"~~[^~]*~~\s*+{_ARROW}?\s*+")
_SEPARATOR = re.compile(rf"[,;/+&、，\n]|{_ARROW}|<br ?/?>|\s(?:and|or|then)\s")
_REMARK = re.compile(r"\([^()]*\)$")
_CHOOSE = frozenset({"auto", "tbd", "tba", "any", "unassigned", "?"})
_PEOPLE = frozenset({"human", "me", "person", "user", "manual", "maintainer"})


@dataclass(frozen=True, slots=True)
class AgentCell:
    """`names` in order of choice, empty where the policy chooses; `person`: somebody human is meant."""

    names: tuple[str, ...]
    person: bool


def read_agents(text: str) -> AgentCell:
    """The agents that a cell value names, struck ones left out."""
    return _read(text) if len(text) <= 200 else _read.__wrapped__(text)


@lru_cache(maxsize=4096)
def _read(text: str) -> AgentCell:
    kept = _STRUCK.sub("", text).strip() or text
    names: list[str] = []
    for part in _SEPARATOR.split(_REMARK.sub("", kept)):
        name = cells.value(part.strip())
        if not is_none(name) and name.casefold() not in _CHOOSE and name not in names:
            names.append(name)
    person = any(name.startswith("@") or name.casefold() in _PEOPLE for name in names)
    return AgentCell(tuple(names), person)
