"""A `Task`: one row of a task table, as the page says it."""

from __future__ import annotations

from enum import StrEnum

from mdorch.board.status import Status
from mdorch.frozen import Frozen


class NeedKind(StrEnum):
    """How one part of a prerequisites cell is to be met."""

    TASK = "task"  # one id: complete in every copy
    POOL = "pool"  # a wildcard over a shared list of rows: `All`, `TEST-*`, `Phase 2`
    ABOVE = "above"  # every row above this one in its section
    UNRESOLVED = "unresolved"  # text that names nothing: never met, never guessed


class Need(Frozen):
    """One prerequisite.

    `text` is the part of the cell as written. For TASK `id` is the id that is needed. For POOL `id`
    is a key of `Board.pools`. For ABOVE `id` is the key of the pool that holds the section's rows in
    page order; only members with a smaller index than the row itself count. A row never needs
    itself through a wildcard, and wildcards leave out cancelled and skipped rows.
    `inverse` marks an edge that another row's `blocks` cell made. `archived`: where the page has no row
    with the id of a TASK, the archive has a complete one.
    """

    kind: NeedKind
    text: str
    id: str = ""
    inverse: bool = False
    archived: bool = False


class Task(Frozen):
    """One row. Texts are cell values: trimmed, unescaped, decoration of the whole value taken off."""

    index: int  # place among `Board.tasks`
    table: int  # index into the outline's tables
    row: int  # index of the row in its table
    line: int  # counts from 1
    id: str
    title: str
    status: Status
    status_text: str  # the cell as written, trimmed, decoration kept
    needs: tuple[Need, ...] = ()
    requires_text: str = ""
    agents: tuple[str, ...] = ()  # primary first; empty: chosen by policy
    agent_text: str = ""
    person: bool = False  # the agent cell names a human: never launched
    priority: str = ""
    rank: int = 50  # smaller runs first; made from `priority`
    group: str = ""  # the group/phase cell
    phase: str = ""  # words of the sub-heading the table stands under, "" directly in the section
    domain: str = ""
    files: tuple[str, ...] = ()
    notes: str = ""
    details: str = ""
    check: str = ""
    review: str = ""
    link: str = ""  # target of a link in the id or title cell
    draft: bool = False  # half-typed: shown, never launched
    read_only: bool = False  # a duplicate id or a broken row: never launched, never written
    cancelled: bool = False  # on hold by a word that means never: left out of wildcards
    status_known: bool = True
    roles: tuple[str, ...] = ()  # columns that the table has

    @property
    def startable(self) -> bool:
        """Whether the row, by itself, could ever be launched."""
        return not (self.draft or self.read_only or self.person) and self.status_known
