"""The `--json` answers as models: what tools may rely on, and the source of `schemas/*.json`.

Answers are made as plain dictionaries, because validating them would cost more than making them; a test
holds real answers of every command against these models, strictly and with nothing left over. Times are
ISO 8601 UTC, lines and columns count from 1, and 0 stands for no place.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, RootModel

from mdorch.board.status import Status
from mdorch.desk import checks, figures, reasons, roster
from mdorch.desk.models import Attempt, Count, Model, Problem, Run, Time, WatchWord
from mdorch.desk.reasons import WhyAnswer
from mdorch.plan.actions import Rule

NeedWord = Literal["question", "review", "failed", "blocked", "lost", "conflict", "budget", "problem"]


class FileProblem(Problem):
    file: str


class RunInFolder(Run):
    folder: str


class Row(Model):
    """A row of a task table, and the one rule that holds it."""

    id: str
    title: str
    status: Status
    status_text: str = Field(description="The cell as written.")
    agent: str
    requires: list[str]
    unmet: list[str]
    priority: str
    group: str
    files: list[str]
    notes: str
    line: Count
    read_only: bool
    rule: Rule
    reason: str
    until: Time | None = Field(description="When the rule lifts by itself.")


class Task(Row):
    run: Run | None


class ExportedTask(Row):
    run: Attempt | None


class Need(Model):
    """What only a person can move on, and the command that helps."""

    task: str
    kind: NeedWord
    text: str
    since: Time | None
    command: str


class Daemon(Model):
    running: bool
    pid: int | None
    since: Time | None
    watch: WatchWord | None = Field(description="How it learns of saves; null where none runs, or not yet.")
    trouble: str = Field(description="What keeps it from working; empty where nothing does.")


class Spend(Model):
    today_usd: float
    budget_usd: float


class Slots(Model):
    used: Count
    max: Count


class AgentRow(Model):
    agent: str
    task: str
    status: str
    started: str
    line: Count


class Handoff(Model):
    """An Agent Handoff Signal block; `from` and `to` are empty where it names nobody."""

    from_: str = Field(alias="from")
    to: str
    task: str
    status: str
    deliverables: list[str]
    context: list[str]
    artifacts: list[str]
    line: Count
    taken: bool


class Done(Model):
    task: str
    at: Time


class StatusAnswer(Model):
    """mdorch status --json"""

    page: str
    daemon: Daemon
    paused: bool
    held: str = Field(description="Why the page is not acted upon; empty where it is.")
    spend: Spend
    slots: Slots
    needs: list[Need]
    tasks: list[Task]
    agents: list[AgentRow]
    handoffs: list[Handoff]
    problems: list[Problem]
    since: Time | None
    done: list[Done]
    size: Count = Field(description="Characters of the page.")


class LintAnswer(Model):
    """mdorch lint --json"""

    problems: list[FileProblem]


class Table(Model):
    """Cells are trimmed, with `\\|` read as `|`; every row has as many as the header."""

    line: Count
    section: str | None
    header: list[str]
    rows: list[list[str]]


class TablesAnswer(RootModel[list[Table]]):
    """mdorch tables --json"""


class Event(Model):
    """`kind` says what happened, or who did it."""

    time: Time
    kind: str
    task: str
    run: str
    text: str


class PageVersion(Model):
    """What the page was. `gone` and `new` count the lines that it would lose and get by going back."""

    version: str
    time: Time
    by: Literal["saved", "mdorch", "old buffer", "not believed"]
    size: Count
    gone: Count
    new: Count
    page: bool = Field(description="Whether this is what the page says now.")


class HistoryAnswer(Model):
    """mdorch history --json"""

    history: list[Event] = Field(default=[], description="Oldest first.")
    versions: list[PageVersion] = Field(default=[], description="With --versions, newest first.")


class ShowAnswer(Model):
    """mdorch show TASK --json"""

    task: Task
    agent_text: str
    requires_text: str
    details: str
    check: str
    domain: str
    why: WhyAnswer
    runs: list[RunInFolder]
    handoffs: list[Handoff]
    history: list[Event]


class AddAnswer(Model):
    """mdorch add TITLE --json"""

    task: str
    line: Count


class ExportAnswer(Model):
    """mdorch export --json, which is --format json: nothing of this machine, and secrets masked."""

    mdorch: str = Field(description="Its version.")
    page: str = Field(description="Folder and name.")
    time: Time
    tasks: list[ExportedTask]
    arrows: list[Annotated[list[Count], Field(min_length=2, max_length=2)]] = Field(
        description="Indexes into tasks: what comes first, and what waits for it."
    )
    arrows_cut: bool = Field(description="There are more arrows than are told.")
    critical: list[str] = Field(description="The longest chain of open work.")
    needs: list[Need]
    agents: list[AgentRow]
    handoffs: list[Handoff]
    problems: list[Problem]
    spend: Spend


class ImportedTask(Model):
    id: str
    title: str
    status: Status
    agent: str
    requires: str
    priority: str
    notes: str


class ImportAnswer(Model):
    """mdorch import FILE|FOLDER --json"""

    form: str
    written: bool = Field(description="Not so with --dry-run.")
    tasks: list[ImportedTask] = Field(description="What was, or would be, appended.")
    there: list[str] = Field(description="Ids of what was on the page already.")
    left: list[str] = Field(description="What could not be carried over, in words.")


class Notice(Model):
    time: Time
    ways: list[str]
    failed: dict[str, str] = Field(description="Way: why it did not take the notice.")


class NotifyAnswer(Model):
    """mdorch notify --json"""

    ways: list[str] = Field(description="How people are told; none: nobody is.")
    on: list[str] = Field(description="Of what.")
    last: Notice | None = Field(description="The last notice; with --test the one that was just sent.")


ANSWERS: dict[str, type[BaseModel]] = {
    "status": StatusAnswer,
    "show": ShowAnswer,
    "history": HistoryAnswer,
    "lint": LintAnswer,
    "tables": TablesAnswer,
    "add": AddAnswer,
    "export": ExportAnswer,
    "import": ImportAnswer,
    "notify": NotifyAnswer,
    **reasons.ANSWERS,
    **checks.ANSWERS,
    **figures.ANSWERS,
    **roster.ANSWERS,
}
