"""The `--json` answers as models: what tools may rely on, and the source of `schemas/*.json`.

Answers are made as plain dictionaries, because validating them would cost more than making them; a test
holds real answers of every command against these models, strictly and with nothing left over. Times are
ISO 8601 UTC, lines and columns count from 1, and 0 stands for no place.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, RootModel

from mdorch.board.problem import Severity
from mdorch.board.status import Status
from mdorch.desk import checks, figures, roster
from mdorch.desk.models import Count, Model, Time, WatchWord
from mdorch.facts import End, RunState
from mdorch.plan.actions import Kind, Rule
from mdorch.plan.groups import Formation

NeedWord = Literal["question", "review", "failed", "blocked", "lost", "conflict", "budget", "problem"]


class Problem(Model):
    """A finding on the page; `code` is explained in docs/problems.md."""

    code: str
    severity: Severity
    message: str
    hint: str
    line: Count
    column: Count


class FileProblem(Problem):
    file: str


class Run(Model):
    """One attempt. `last_event`, `session`, `branch`, `cost_usd` and `tokens` are null where the agent's
    adapter does not report them."""

    id: str
    attempt: int
    agent: str
    state: RunState
    pid: int | None
    started: Time | None
    ended: Time | None
    exit_code: int | None = Field(description="Negative: killed by that signal.")
    last_event: str | None
    session: str | None
    branch: str | None
    cost_usd: float | None
    tokens: int | None
    end: End | None
    outcome: str = Field(description="What became of the task, once the result is on the page.")
    detail: str


class RunInFolder(Run):
    folder: str


class Task(Model):
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
    run: Run | None


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


ANSWERS: dict[str, type[BaseModel]] = {
    "status": StatusAnswer,
    "plan": PlanAnswer,
    "why": WhyAnswer,
    "deps": DepsAnswer,
    "show": ShowAnswer,
    "history": HistoryAnswer,
    "lint": LintAnswer,
    "tables": TablesAnswer,
    "add": AddAnswer,
    **checks.ANSWERS,
    **figures.ANSWERS,
    **roster.ANSWERS,
}
