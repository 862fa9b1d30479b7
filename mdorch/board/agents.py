"""What cells that name agents say, and the rows of the agent table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from mdorch.board.agent import AgentRow
from mdorch.board.columns import roles
from mdorch.board.sections import AGENTS, Sections, is_completions
from mdorch.board.words import drop_signs, is_none, is_sign
from mdorch.frozen import Frozen
from mdorch.page import cells
from mdorch.page.outline import Outline, Table

_ARROW = r"(?:→|⇒|⟶|->|=>|➡\ufe0f?|➜)"
_STRUCK = re.compile(rf"~~[^~]*~~\s*+{_ARROW}?\s*+")
_SEPARATOR = re.compile(rf"[,;/+&、，\n]|{_ARROW}|<br ?/?>|\s(?:and|or|then)\s")
_REMARK = re.compile(r"\([^()]*\)$")
_CHOOSE = frozenset({"auto", "tbd", "tba", "any", "unassigned", "?"})
PEOPLE = frozenset({"human", "me", "person", "user", "manual", "maintainer"})
_HUMAN = re.compile(  # `Human review`, `Human: Ann`, `the user`, `Ann (human)`, but no `human-factors`
    rf"\W*+(?:the\s++)?+human(?![\w-])|the\s++(?:{'|'.join(PEOPLE)})$|[^()]*+\((?:@[^()]*|{'|'.join(PEOPLE)})\)$",
    re.IGNORECASE,
)


class AgentCell(Frozen):
    """`names` in order of choice, empty where the policy chooses; `person`: somebody human is meant."""

    names: tuple[str, ...]
    person: bool


def read_agents(text: str) -> AgentCell:
    """The agents that a cell value names, struck ones left out."""
    return _read(text) if len(text) <= 200 else _read.__wrapped__(text)


@lru_cache(maxsize=4096)
def _read(text: str) -> AgentCell:
    kept = _STRUCK.sub("", text).strip() or text
    if is_none(kept):
        return AgentCell((), False)
    names: list[str] = []
    for part in _SEPARATOR.split(_unremarked(kept)):
        name = cells.value(part.strip())
        if name and is_sign(name[0]):
            name = drop_signs(name).strip() or name
        if not is_none(name) and name.casefold() not in _CHOOSE and name not in names:
            names.append(name)
    return AgentCell(tuple(names), any(map(is_person, names)))


def _unremarked(text: str) -> str:
    """The text without a remark in parentheses behind it, unless that is all, or says who is meant."""
    bare = _REMARK.sub("", text).strip() or text.strip("() ")
    return bare if is_person(bare) or not is_person(text) else text


def is_person(name: str) -> bool:
    """Whether the name is that of somebody human, whoever else there is."""
    return name.startswith("@") or name.casefold() in PEOPLE or _HUMAN.match(name) is not None


class AgentTable(Frozen):
    """A live table with an agent and a task column; `index` is its place in the outline."""

    index: int
    table: Table
    columns: Mapping[str, int]


def agent_tables(outline: Outline, sections: Sections) -> list[AgentTable]:
    found = []
    for index, table in enumerate(outline.tables):
        place = sections.at(table.line)
        region = place.region
        listed = any(map(is_completions, place.headings))
        if region and region.kind == AGENTS and not listed:
            columns = roles(tuple(map(cells.value, table.header.texts)), "agent")
            if "agent" in columns and "task" in columns:
                found.append(AgentTable(index, table, columns))
    return found


def read_agent_rows(tables: Iterable[AgentTable]) -> list[AgentRow]:
    """All rows, the placeholder included; a row that lacks cells says nothing in them."""
    rows = []
    for sheet in tables:
        for number, row in enumerate(sheet.table.rows):
            texts = row.texts
            said = {role: cells.value(texts[i]) for role, i in sheet.columns.items() if i < len(texts)}
            rows.append(
                AgentRow(sheet.index, number, row.line + 1, **{"agent": "", "task": "", "status": "", **said})
            )
    return rows
