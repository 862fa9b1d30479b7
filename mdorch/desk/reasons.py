"""The `--json` answers of `plan`, `why` and `deps` as models: what would be done, and what holds the rest."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from mdorch.board.status import Status
from mdorch.desk.models import Count, Model, Problem, Run, Time
from mdorch.plan.actions import Kind, Rule
from mdorch.plan.groups import Formation


class Action(Model):
    kind: Kind
    task: str
    agent: str
    reason: str


class Waiting(Model):
    task: str
    rule: Rule
    reason: str
    until: Time | None
    held_by: list[str] = Field(description="The tasks at work that hold it.")


class Overlap(Model):
    """Two rows that never run together, and a pattern of each that can meet."""

    tasks: Annotated[list[str], Field(min_length=2, max_length=2)]
    files: Annotated[list[str], Field(min_length=2, max_length=2)]


class ForecastRun(Model):
    task: str
    agent: str
    start: Time | None
    end: Time | None
    running: bool


class Never(Model):
    task: str
    rule: Rule
    reason: str


class Forecast(Model):
    """mdorch plan --forecast: times are null while no run was measured."""

    measured: Count = Field(description="Past runs that it rests on.")
    basis: str
    runs: list[ForecastRun]
    critical_path: list[str]
    end: Time | None
    earliest: Time | None
    latest: Time | None
    one_more_slot_saves_s: float | None
    never: list[Never] = Field(description="Open rows that do not come to their turn by themselves.")
    cut: bool = Field(description="There would be more runs than are shown.")


class PlanAnswer(Model):
    """mdorch plan --json"""

    actions: list[Action]
    waiting: list[Waiting]
    overlaps: list[Overlap]
    forecast: Forecast | None = Field(description="With --forecast.")
    problems: list[Problem]


class Prerequisite(Model):
    id: str
    met: bool
    status: Status | Literal["missing"]
    reason: str
    line: Count


class Candidate(Model):
    agent: str
    reason: str
    configured: bool


class Lane(Model):
    """A cap that a task counts against."""

    name: str
    limit: int = Field(description="Agents at once; 0: no limit, -1: none at all.")
    different_domains: bool


class WhyAnswer(Model):
    """mdorch why TASK --json"""

    task: str
    title: str
    status: Status
    status_text: str
    rule: Rule
    reason: str
    until: Time | None
    silent_for: float | None = Field(description="Seconds without output of the run at work.")
    stalled: bool = Field(description="It is silent for longer than run.silence; the reason says so.")
    requires_text: str
    requires: list[Prerequisite]
    unresolved: list[str]
    agents: list[Candidate]
    group: str
    group_limit: Count = Field(description="0: no limit.")
    formation: Formation
    lanes: list[Lane]
    held_by: list[str] = Field(description="The tasks at work that hold it.")
    run: Run | None
    line: Count


class Node(Model):
    """A row of a tree in preorder; a repeated one stands there already, with what hangs on it."""

    id: str
    title: str
    status: Status
    line: Count
    depth: int = Field(ge=1)
    repeated: bool


class DepsAnswer(Model):
    """mdorch deps TASK --json"""

    task: str
    title: str
    status: Status
    line: Count
    needs: list[Node]
    unresolved: list[str]
    needed_by: list[Node]
    critical_path: list[str]
    cycle: str | None


ANSWERS: dict[str, type[BaseModel]] = {"plan": PlanAnswer, "why": WhyAnswer, "deps": DepsAnswer}
