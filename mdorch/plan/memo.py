"""What one plan leaves for the next one: what need not be decided again.

A plan answers for every row of a page; after one change nearly all of the answers are the same. The memo
keeps, for each row, the verdict that it got before slots and limits were asked, and names the rows for
which it may no longer hold: those that changed, that need one that changed, whose runs, block, history or
clock moved. Everything that all rows depend on (policy, pause, hold) forgets everything.

A plan with a memo is the plan without one: `tests/plan/test_memo.py` holds them together over random changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from mdorch.board.board import Board
from mdorch.board.task import Task
from mdorch.facts import RunState, Seen
from mdorch.plan.actions import Verdict
from mdorch.plan.choose import Candidate
from mdorch.plan.draft import Draft
from mdorch.plan.frame import Frame
from mdorch.plan.order import Heights

# What a verdict, before slots and limits, can depend on in its own row; the first three also in others'.
_READ = attrgetter(
    "id", "needs", "cancelled", "index", "status", "status_text", "title", "agents", "agent_text", "person",
    "notes", "draft", "read_only", "status_known", "roles",
    "check", "group", "phase",
)  # fmt: skip
_FRAME = 3

Held = tuple[Verdict | None, Candidate | None]  # the verdict, or the agent that a row may start with


class Memo:
    """Belongs to one caller, who gives it to every plan of one page."""

    def __init__(self) -> None:
        self._frame: Frame | None = None
        self._tasks: Sequence[Task] = ()
        self._pools: object = None
        self._changed: list[int] | None = None
        self._held: dict[int, Held] = {}
        self._statuses: list[Any] = []
        self._common: tuple[Any, ...] = ()
        self._seen: dict[str, Seen] = {}
        self._runs: dict[str, Any] = {}
        self._handoffs: Sequence[Any] = ()
        self.heights = Heights()
        self.given: dict[int, Verdict] = {}  # every row's verdict, as it was last given

    def frame(self, board: Board) -> Frame:
        """The frame of this board: the one of the board before it, where that fits."""
        before, self._tasks = self._tasks, board.tasks
        self._changed = None
        if self._frame is not None and len(before) == len(board.tasks) and self._pools == board.pools:
            pairs = enumerate(zip(before, board.tasks, strict=True))
            others = [(i, _READ(old), _READ(new)) for i, (old, new) in pairs if old is not new]
            changed = [(i, old, new) for i, old, new in others if old != new]
            if all(old[:_FRAME] == new[:_FRAME] for _, old, new in changed):
                self._changed = [i for i, _, _ in changed]
                return self._frame
        self._frame, self._pools = Frame(board), board.pools
        return self._frame

    def kept(self, draft: Draft, adding: bool) -> dict[int, Held]:
        """The verdicts that still hold, by row."""
        common = self._common_of(draft, adding)
        before, self._common = self._common, common
        stale = None if self._changed is None or before != common else self._stale(draft, self._changed)
        self._statuses, self._seen = list(draft.statuses), dict(draft.facts.seen)
        self._runs, self._handoffs = draft.runs, draft.board.handoffs
        held, self._held = self._held, {}
        if stale is None:
            return {}
        for index in stale:
            held.pop(index, None)
        return held

    def keep(self, held: dict[int, Held]) -> None:
        """Remember what was found, but for what time may change."""
        self._held = {i: h for i, h in held.items() if h[0] is None or h[0].until is None}

    def _common_of(self, draft: Draft, adding: bool) -> tuple[Any, ...]:
        facts, programs = draft.facts, draft.programs
        return (
            *(draft.policy, facts.hold, facts.paused, facts.only, dict(facts.unwritable), adding),
            *(programs.paused, programs.limited, programs.innocent, facts.cleared),
        )

    def _stale(self, draft: Draft, changed: list[int]) -> set[int]:
        statuses = draft.statuses
        moved = [i for i, (a, b) in enumerate(zip(self._statuses, statuses, strict=True)) if a is not b]
        by_id = draft.frame.by_id
        old, new = self._seen, draft.facts.seen
        names = {n for n, seen in new.items() if old.get(n) is not seen and old.get(n) != seen}
        names |= old.keys() - new.keys()
        stale = {*changed, *moved, *(i for n in names for i in by_id.get(n, ()))}
        stale |= draft.frame.dependents(stale)
        before, now = self._runs, draft.runs
        names = {n for n, runs in now.items() if before.get(n) != runs} | (before.keys() - now.keys())
        names |= {run.task for run in draft.facts.runs if run.state is RunState.ENDED}
        if self._handoffs != draft.board.handoffs:
            names |= {block.task for block in (*self._handoffs, *draft.board.handoffs)}
        for name in names:
            stale.update(by_id.get(name, ()))
        return stale | draft.assigned.keys()
