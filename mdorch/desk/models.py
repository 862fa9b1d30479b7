"""What the models of all answers have in common, and the nouns that several of them speak of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mdorch.board.problem import Severity
from mdorch.facts import End, RunState

WatchWord = Literal["inotify", "polling"]
Time = Annotated[
    str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", examples=["2026-11-22T16:40:00.000Z"])
]
Count = Annotated[int, Field(ge=0)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Problem(Model):
    """A finding on the page; `code` is explained in docs/problems.md."""

    code: str
    severity: Severity
    message: str
    hint: str
    line: Count
    column: Count


class Attempt(Model):
    """One run, as it is told elsewhere: nothing of this machine."""

    id: str
    attempt: int
    agent: str
    state: RunState
    started: Time | None
    ended: Time | None
    exit_code: int | None = Field(description="Negative: killed by that signal.")
    branch: str | None
    cost_usd: float | None
    tokens: int | None
    end: End | None
    outcome: str = Field(description="What became of the task, once the result is on the page.")
    detail: str


class Run(Attempt):
    """One attempt. `last_event`, `session`, `branch`, `cost_usd` and `tokens` are null where the agent's
    adapter does not report them."""

    pid: int | None
    last_event: str | None
    session: str | None
