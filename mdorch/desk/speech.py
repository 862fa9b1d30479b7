"""What an agent has to say of a task: handoffs, questions, notes; and taking a task in hand.

Commands and tools say it in the same way. A run that is over has nothing more to say: it is fenced
(`desk.rail`), and what it says is kept aside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mdorch.board.board import Board
from mdorch.board.handoff import Handoff
from mdorch.board.notes import noted
from mdorch.board.problem import CODES, Severity
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.board.wishes import AppendHandoff, SetCell
from mdorch.config.errors import FAILED, USAGE, Trouble
from mdorch.desk import commands, halt
from mdorch.desk.brief import with_archived
from mdorch.desk.commands import OPEN, Said, spelled
from mdorch.desk.find import NOT_SO, find_task
from mdorch.desk.look import Look
from mdorch.desk.propose import Proposal, Remark, propose
from mdorch.desk.rail import fence
from mdorch.desk.site import Site
from mdorch.plan.graph import Needs
from mdorch.plan.handoffs import lacks
from mdorch.plan.prompt import fenced

NOTES = 500  # characters of a row's notes, beyond which a note goes into the history alone
CLAIMABLE = (*OPEN, Status.PARTIAL, Status.BLOCKED, Status.FAILED, Status.ON_HOLD)


def hand_off(site: Site, environ: Mapping[str, str], wish: AppendHandoff, now: float) -> Handoff:
    """Append the block of a handoff, as it then stands on the page. Raises Trouble."""
    fence(site, environ, commands.block_of(wish))
    sender = wish.sender or environ.get("MDORCH_AGENT", "")
    return propose(site, commands.handoff(site.page, wish, sender, Said()), now).handoffs[-1]


def lacking(block: Handoff) -> list[str]:
    """What `mdorch lint` will warn of: whoever has just written the block can still add it."""
    found = [(lack.text, CODES[lack.code]) for lack in lacks(block)]
    return [f"it {text}: {known.hint}" for text, known in found if known.severity is not Severity.INFO]


def question_on(task: str, question: str, context: Sequence[str]) -> AppendHandoff:
    """A question to a person: the task is blocked until it is answered."""
    return AppendHandoff("", "human", task, "BLOCKED", context=tuple(context), questions=(question,))


def note(site: Site, environ: Mapping[str, str], task_id: str, text: str, now: float) -> bool:
    """Add a line to the notes of a row, and to the history; whether the row had room. Raises Trouble."""
    words = " ".join(text.split())
    if not words:
        raise Trouble("a note needs words", "", USAGE)
    fence(site, environ, words + "\n")
    said = Said()

    def make(board: Board) -> Sequence[Proposal]:
        said.tasks = [find_task(board, site.page, task_id)]
        notes = noted(said.task.notes, words)
        cells: list[Proposal] = [SetCell(said.task.id, "notes", notes, optional=True)]
        return [*(cells if len(notes) <= NOTES else ()), Remark(said.task.id, "note", words)]

    board = propose(site, make, now)
    return any(words in row.notes for row in board.rows_of(said.task.id))


def claim(site: Site, task_id: str, agent: str, now: float) -> Task:
    """Take a task in hand, as somebody does who works on it without a run of ours: its row says *In
    Progress*, and whose it is. Nothing is started for it then. Raises Trouble: it is not to be had."""
    said = Said()

    def make(board: Board) -> Sequence[Proposal]:
        task = find_task(board, site.page, task_id)
        said.tasks = [task]
        _must_be_free(board, task)
        taken: list[Proposal] = [SetCell(task.id, "status", Status.IN_PROGRESS)]
        return [SetCell(task.id, "agent", agent, optional=True), *taken] if agent else taken

    _must_be_idle(site, task_id)
    board = propose(site, make, now)
    _must_be_idle(site, said.task.id)  # one that was claimed before our row was there goes on
    return board.rows_of(said.task.id)[0]


def _must_be_free(board: Board, task: Task) -> None:
    if task.status not in CLAIMABLE:
        hint = f"mdorch why {task.id} says who has it, or had it"
        raise Trouble(f"{task.id} is {spelled(task.status)}: it is not to be taken", hint, NOT_SO)
    unmet = Needs(board, [row.status for row in board.tasks]).unmet(task)
    if unmet:
        more = f" and {len(unmet) - 3} more" if len(unmet) > 3 else ""
        hint = f"mdorch deps {task.id}"
        raise Trouble(f"{task.id} still needs {', '.join(unmet[:3])}{more}", hint, NOT_SO)


def _must_be_idle(site: Site, task: str) -> None:
    runs = halt.live_runs(site, task)
    if runs:
        hint = f"mdorch attach {task} takes it over"
        raise Trouble(f"{runs[0].id} ({runs[0].agent}) is at work on it", hint, FAILED)


def handoffs_on(look: Look, task_id: str) -> tuple[Task, list[Handoff]]:
    """The handoffs on a task, oldest first, also those that have left the page. Raises Trouble."""
    task = find_task(look.board, look.site.page, task_id)
    board = with_archived(look.site, look.board, {task.id})
    return task, [block for block in board.handoffs if block.task == task.id]


def quoted(block: Handoff) -> str:
    """A handoff as data: between fences that it cannot close, cut where it is too long."""
    return fenced(block.text)
