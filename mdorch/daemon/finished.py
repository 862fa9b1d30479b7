"""Tasks that have become complete and are still to be listed: kept in the journal from that moment on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from mdorch.board.board import Board
from mdorch.board.entries import Finished
from mdorch.board.status import Status
from mdorch.daemon.state import State
from mdorch.facts import Seen
from mdorch.world.journal import Journal

_FINISHED = "finished"  # in the journal


def note_finished(state: State, board: Board, seen: Iterable[Seen], when: float) -> None:
    """Rows that read so from now on, and otherwise before: which of them have become complete.

    Kept only where somebody asked for a list of completions.
    """
    if state.site.settings.completions is None:
        return
    before = state.seen
    done = [
        s.task
        for s in seen
        if s.status == Status.COMPLETE and s.task in before and before[s.task].status != Status.COMPLETE
    ]
    if not done:
        return
    rows = {task.id: task for task in board.tasks}
    fresh = []
    for name in done:
        runs = [r for r in state.runs.values() if r.task == name and r.started is not None]
        agent = runs[-1].agent if runs else next(iter(rows[name].agents), "")
        fresh.append(Finished(name, rows[name].title, agent, when))
    before_that = [one for one in finished_in(state.journal) if one.task not in done]  # each is listed once
    remember(state.journal, [*before_that, *fresh])


def finished_in(journal: Journal) -> list[Finished]:
    """Oldest first."""
    return [Finished(**one) for one in json.loads(journal.get(_FINISHED, "[]"))]


def remember(journal: Journal, finished: Sequence[Finished]) -> None:
    journal.set(_FINISHED, json.dumps([asdict(one) for one in finished]) if finished else "")
