"""The answers of `mdorch metrics --json` and `mdorch archive --json` as models (see `answers`)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from mdorch.desk.models import Count, Model, Time

Share = Annotated[float, Field(ge=0, le=1)]
Dollars = Annotated[float, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]


class Entry(Model):
    """One task of the monitor. Null where it is not known: a task that a person did has no start."""

    task: str
    agent: str
    started: Time | None
    ended: Time | None
    duration: Seconds | None = Field(description="Seconds.")
    notes: str
    tokens: Count | None = Field(description="Of all its runs, as far as their programs say.")
    cost_usd: Dollars | None


class Agent(Model):
    agent: str
    tasks: Count = Field(description="Tasks that a run of it completed.")
    runs: Count
    succeeded: Count
    failed: Count
    success_rate: Share | None
    average_duration: Seconds | None = Field(description="Of one run, in seconds.")
    tokens: Count | None
    cost_usd: Dollars | None


class Day(Model):
    """What the runs that were started on one day here have used up."""

    day: str = Field(examples=["2026-11-29"])
    runs: Count
    tokens: Count | None
    cost_usd: Dollars | None


class Counts(Model):
    """What the ratios are made of."""

    tasks: Count
    completed: Count
    blocked: Count
    active: Count
    runs: Count
    handoffs: Count
    handoffs_taken: Count


class MetricsAnswer(Model):
    """mdorch metrics --json"""

    page: str
    since: Time | None
    parallel_efficiency: Annotated[float, Field(ge=0)] | None = Field(
        description="Time that agents worked, added up, over the time in which at least one did."
    )
    handoff_success_rate: Share | None
    task_completion_rate: Share | None
    average_task_duration: Seconds | None = Field(description="Seconds.")
    blocked_task_ratio: Share | None
    tokens: Count | None = Field(description="As far as programs say; null where none does.")
    cost_usd: Dollars | None
    days: list[Day] = Field(description="Oldest first.")
    counts: Counts
    active: list[Entry]
    completed: list[Entry] = Field(description="Oldest first.")
    blocked: list[Entry]
    agents: list[Agent]


class ArchiveAnswer(Model):
    """mdorch archive --json"""

    archive: str
    tasks: list[str] = Field(description="Rows that went.")
    handoffs: list[str] = Field(description="The tasks of the handoffs that went.")
    busy: list[str] = Field(description="Complete rows that stay until their run is over.")


ANSWERS: dict[str, type[BaseModel]] = {"metrics": MetricsAnswer, "archive": ArchiveAnswer}
