"""Wishes: what somebody wants changed on the page, in the page's own terms.

Each is carried out by `board.edits` as a careful hand edit would do it; carrying one out twice does
nothing more than once.
"""

from __future__ import annotations

from mdorch.board.status import Status
from mdorch.frozen import Frozen


class SetCell(Frozen):
    """`role` is title, status, agent, priority, requires or notes. With `optional`, a table without
    that column is no error."""

    task: str
    role: str
    value: str | Status
    optional: bool = False


class AddAgentRow(Frozen):
    """Appended to the agent table; nothing where the same row is there already."""

    agent: str
    task: str
    started: str
    dependencies: str = ""
    status: str = "In Progress"


class RemoveAgentRow(Frozen):
    """Exactly the row with these three values; nothing where it is gone."""

    agent: str
    task: str
    started: str


class AppendTask(Frozen):
    """A row at the end of the last task table (or the one under `phase`, or the one of the row `beside`).
    An empty id is made up in the style of the table's own. `notes`, `group`, `domain` and `files` are left
    out where there is no such column; with `optional`, everything but the title is."""

    title: str
    id: str = ""
    status: Status = Status.WAITING
    agent: str = ""
    requires: str = ""
    priority: str = ""
    notes: str = ""
    phase: str = ""
    group: str = ""
    domain: str = ""
    files: str = ""
    beside: str = ""
    optional: bool = False


class AppendHandoff(Frozen):
    """A block in the standard format at the end of the page."""

    sender: str
    to: str
    task: str
    status: str
    deliverables: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


class MarkTaken(Frozen):
    """`key` is `Handoff.key`; `time` ISO 8601 UTC."""

    key: str
    run: str
    time: str
    refused: bool = False


class BringHandoff(Frozen):
    """A block that an agent wrote into its own copy of the page, put at the end of this one with its mark in
    place: what is on the page twice was never on it once. `text` has `head` lines of heading."""

    text: str
    head: int
    digest: str
    run: str
    time: str
    refused: bool = False


class AddAnswer(Frozen):
    """An `**Answer**:` line into the block's questions."""

    key: str
    text: str


class AddIssue(Frozen):
    """What is wrong with a task, into the table below a heading *Known Issues*: nothing where the page has
    none, or where it says so already. `time` is ISO 8601 UTC."""

    task: str
    text: str
    agent: str
    time: str


Wish = (
    SetCell
    | AddAgentRow
    | RemoveAgentRow
    | AppendTask
    | AppendHandoff
    | MarkTaken
    | BringHandoff
    | AddAnswer
    | AddIssue
)
