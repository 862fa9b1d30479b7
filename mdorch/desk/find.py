"""A task by its id, forgiving case, with near ones in the message when there is none."""

from __future__ import annotations

from pathlib import Path

from mdorch.board.board import ARCHIVE, Board
from mdorch.board.task import Task
from mdorch.config.errors import Trouble

NOT_SO = 1  # exit code: the thing asked for is not so


def find_task(board: Board, page: Path, task_id: str) -> Task:
    """The first row with this id; by another case where that is unambiguous. Raises Trouble."""
    exact = board.rows_of(task_id)
    if exact:
        return exact[0]
    loose = [t for t in board.tasks if t.id.lower() == task_id.lower()]
    if len({t.id for t in loose}) == 1:
        return loose[0]
    if task_id in board.archived:
        hint = f"{page.stem}{ARCHIVE} has its row; mdorch history {task_id} tells what happened"
        raise Trouble(f"{task_id} is complete, and in the archive", hint, NOT_SO)
    from difflib import get_close_matches

    ids = list(dict.fromkeys(t.id for t in board.tasks if t.id))
    near = [t.id for t in loose] or get_close_matches(task_id, ids, n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}?" if near else "mdorch status lists the tasks of this page"
    raise Trouble(f"there is no task {task_id} on {page}", hint, NOT_SO)
