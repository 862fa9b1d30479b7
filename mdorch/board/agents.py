"""Rows of the agent table (Active Agent Orchestration, Currently Running)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mdorch.board.agent import AgentRow
from mdorch.board.columns import roles
from mdorch.board.sections import AGENTS, Sections
from mdorch.page import cells
from mdorch.page.outline import Outline, Table


@dataclass(frozen=True, slots=True)
class AgentTable:
    """A live table with an agent and a task column; `index` is its place in the outline."""

    index: int
    table: Table
    columns: Mapping[str, int]


def agent_tables(outline: Outline, sections: Sections) -> list[AgentTable]:
    found = []
    for index, table in enumerate(outline.tables):
        region = sections.at(table.line).region
        if region and region.kind == AGENTS:
            columns = roles(tuple(map(cells.value, table.header.texts)), "agent")
            if "agent" in columns and "task" in columns:
                found.append(AgentTable(index, table, columns))
    return found


def read_agent_rows(tables: list[AgentTable]) -> list[AgentRow]:
    """All rows, the placeholder included; a row that lacks cells says nothing in them."""
    rows = []
    for sheet in tables:
        for number, row in enumerate(sheet.table.rows):
            texts = row.texts
            said = {role: cells.value(texts[i]) for role, i in sheet.columns.items() if i < len(texts)}
            rows.append(AgentRow(sheet.index, number, row.line + 1, **{"agent": "", "task": "", "status": "", **said}))
    return rows
