"""The answer of `mdorch health --json` as models (see `answers`)."""

from __future__ import annotations

from pydantic import BaseModel, Field

from mdorch.desk.models import Count, Model, Time, WatchWord
from mdorch.plan.checkup import Level


class Check(Model):
    """`ok` is false where somebody should do something; `command` is what helps, where anything does."""

    ok: bool
    level: Level
    text: str
    evidence: list[str]
    command: str


class Checks(Model):
    """First what the work rests on, then the controller document's five rules and its five checks."""

    daemon: Check
    page: Check
    writing: Check
    watch: Check
    journal: Check
    disk: Check
    programs: Check
    notices: Check
    rule_1: Check
    rule_2: Check
    rule_3: Check
    rule_4: Check
    rule_5: Check
    agents_responsive: Check
    tasks_progressing: Check
    no_circular_deps: Check
    handoffs_working: Check
    claude_md_updated: Check


class Working(Model):
    running: bool
    pid: int | None
    since: Time | None
    last_pass: Time | None = Field(description="When it last looked at everything.")
    trouble: str = Field(description="What keeps it from working; empty where nothing does.")


class Writing(Model):
    """How the page is written: by a write lease, by exchange of whole files, or not at all."""

    way: str = Field(examples=["lease", "exchange", "none"])
    reason: str


class Watching(Model):
    kind: WatchWord | None = Field(description="Null where no daemon watches.")
    text: str


class Disk(Model):
    path: str
    free_bytes: Count
    size_bytes: Count


class Service(Model):
    """The systemd user unit of this page."""

    unit: str
    installed: bool


class HealthAnswer(Model):
    """mdorch health --json"""

    page: str
    healthy: bool = Field(description="No check is bad.")
    checks: Checks
    daemon: Working
    writing: Writing
    watch: Watching
    held: str = Field(
        description="Why the page is not acted upon; empty where it is. mdorch resume accepts it."
    )
    paused: str = Field(description="Why nothing new starts; empty where it may.")
    disk: list[Disk]
    service: Service


ANSWERS: dict[str, type[BaseModel]] = {"health": HealthAnswer}
