"""The `Board`: everything a page says, as plain data.

It holds no bytes and no spans, so it can be kept and read back without the page or a parser.
Rows are addressed by (table, row) of the outline it was read from.
"""

from __future__ import annotations

from collections.abc import Mapping

from mdorch.board.agent import AgentRow
from mdorch.board.handoff import Handoff
from mdorch.board.policy import PagePolicy
from mdorch.board.problem import Problem
from mdorch.board.task import Task
from mdorch.frozen import Frozen, field

ARCHIVE = ".archive.md"  # what the name of a page's archive ends in


class Section(Frozen):
    """A live section: `kind` is one of the names in `board.sections.KINDS`."""

    kind: str
    title: str
    line: int  # of its heading, counts from 1
    end: int  # first line after it


class Board(Frozen):
    """`pools` are the shared member lists of wildcards: indexes into `tasks`, ascending."""

    tasks: tuple[Task, ...] = ()
    agents: tuple[AgentRow, ...] = ()
    handoffs: tuple[Handoff, ...] = ()
    sections: tuple[Section, ...] = ()
    policy: PagePolicy = field(default_factory=PagePolicy)
    problems: tuple[Problem, ...] = ()
    pools: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    bodies: Mapping[str, tuple[int, int]] = field(
        default_factory=dict
    )  # task id -> lines [from, to) of its section
    archived: frozenset[str] = frozenset()  # ids of complete tasks that left the page through our own door
    archived_blocks: frozenset[str] = frozenset()  # digests of handoffs that did
    uses_ready: bool = False  # the page uses both a Waiting and a Ready word
    conflict_line: int = 0  # first merge conflict marker, 0 where there is none
    size: int = 0  # characters

    def rows_of(self, task_id: str) -> list[Task]:
        """All live rows with exactly this id (two is a Problem on both)."""
        return [t for t in self.tasks if t.id == task_id]

    def open_questions(self) -> dict[str, Handoff]:
        """Of each task that asked something the newest handoff whose question has no answer."""
        return {h.task: h for h in self.handoffs if h.questions and not h.answer}
