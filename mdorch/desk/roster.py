"""The answer of `mdorch agents --json` as models (see `answers`)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from mdorch.desk.models import Model


class Agent(Model):
    """One agent of this page. `role` is its own file, null without one; `command` what a task of it would be
    started with; `problem` why nothing would, empty where something would."""

    name: str
    configured: bool = Field(description="By its own section; else as agents.default says.")
    cli: str = Field(description="The built-in adapter; empty for a command.")
    program: str | None
    command: list[str]
    role: str | None
    strict: bool
    timeout: Annotated[float, Field(gt=0)] = Field(description="Seconds for one attempt.")
    problem: str
    warning: str
    mcp: bool = Field(description="It is given the tools of mdorch.")
    stop_hook: bool = Field(description="It is asked for a missing handoff before it ends.")


class Cli(Model):
    """One agent program that there is a built-in adapter for."""

    name: str
    path: str | None
    version: str | None = Field(description="As its package says; with check, as it says itself.")
    works: bool | None = Field(description="With check: whether it answered; null where it was not asked.")
    problem: str
    resumes: bool = Field(description="Can be asked again in the same session.")
    priced: bool = Field(description="Says what it costs.")
    roles: bool = Field(description="Has a place for the agent's own file; else it goes before the prompt.")
    mcp: bool = Field(description="Takes an MCP server at its start.")
    stop_hook: bool = Field(description="Takes a Stop hook at its start.")


class AgentsAnswer(Model):
    """mdorch agents --json"""

    agents: list[Agent]
    clis: list[Cli]


ANSWERS: dict[str, type[BaseModel]] = {"agents": AgentsAnswer}
