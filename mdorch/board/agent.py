"""An `AgentRow`: one row of the Active Agent Orchestration table."""

from __future__ import annotations

from mdorch.frozen import Frozen


class AgentRow(Frozen):
    table: int
    row: int
    line: int  # counts from 1
    agent: str
    task: str
    status: str
    started: str = ""
    dependencies: str = ""
    notes: str = ""
