"""What is remembered of the rows, kept up with the page; the history tells what others changed."""

from __future__ import annotations

from mdorch.board.board import Board
from mdorch.board.changes import rows_of
from mdorch.board.task import Task
from mdorch.daemon.finished import note_finished
from mdorch.daemon.observe import Observed, described, observe
from mdorch.daemon.state import State
from mdorch.daemon.voice import Voice
from mdorch.desk.look import MET
from mdorch.facts import Cause


class Rows:
    """Most rows read as they did, and are known to: `alike` are those, as they were read last."""

    def __init__(self, state: State, voice: Voice) -> None:
        self._state = state
        self._voice = voice
        self._board: Board | None = None  # as it was looked at last
        self._alike: dict[str, Task] = {}

    def observe(self, board: Board, when: float, cause: Cause, first: bool = False) -> None:
        """Remember how the rows are now. `when` is in epoch seconds; `first`: nobody looked until then."""
        state = self._state
        wished = state.announced(when)
        if board is self._board and not wished:
            return
        found = observe(state.seen, board, wished, (when, cause), self._alike)
        if found.changes or found.seen:
            self._remember(found, board, when, first)
        self._board = board
        rows, doubled = rows_of(board)
        self._alike = {name: task for name, task in rows.items() if name not in doubled} if doubled else rows

    def _remember(self, found: Observed, board: Board, when: float, first: bool) -> None:
        state = self._state
        with state.journal.loosely(), state.journal.batch():  # what is lost is found again
            for old, new in found.renamed:
                state.rename(old, new)
            state.journal.forget(found.gone)
            state.journal.see(found.seen)
            note_finished(state, board, found.seen, when)
            state.answer({change.task for change, by in found.changes if by is not Cause.MDORCH})
            if first and not state.seen:
                state.journal.set(MET, repr(when))
            if first:
                state.overtake(change for change, _ in found.changes)
            for change, by in found.changes:
                if by is not Cause.MDORCH and not first:
                    self._voice.say("change", described(change), task=change.task)
                    state.journal.note(self._voice.now, f"by {by}", change.task, text=described(change))
        for task in found.gone:
            state.seen.pop(task, None)
        state.seen.update({s.task: s for s in found.seen})
        if any(one.round for one in found.seen):
            state.prune()
