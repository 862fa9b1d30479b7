"""The wishes behind each command: what it asks of the page, given the page as it is.

Each function answers a `Make`: called again whenever somebody saved meanwhile, so nothing that was
found on an older page is ever written. What is not so raises Trouble with the exit code 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mdorch.board.board import Board
from mdorch.board.notes import unnoted
from mdorch.board.read import read
from mdorch.board.render import handoff_lines
from mdorch.board.signals import read_signal
from mdorch.board.status import Status
from mdorch.board.statuses import DEFAULT_WORD, PLAIN, read_status
from mdorch.board.task import Task
from mdorch.board.wishes import AddAnswer, AppendHandoff, AppendTask, SetCell
from mdorch.config.errors import FAILED, USAGE, Trouble
from mdorch.desk.find import NOT_SO, find_task
from mdorch.desk.propose import Make, NewRound, Proposal, Remark, propose
from mdorch.desk.site import Site
from mdorch.frozen import replace

KEYS = ("status", "agent", "priority", "requires", "notes", "title")
OPEN = (Status.WAITING, Status.READY)
REOPENABLE = (Status.BLOCKED, Status.FAILED, Status.PARTIAL, Status.COMPLETE, Status.ON_HOLD)


@dataclass
class Said:
    """What a wish found on the page, for the message afterwards: the row as it was, by the last try."""

    tasks: list[Task] = field(default_factory=list)

    @property
    def task(self) -> Task:
        return self.tasks[-1]


def status_of(text: str) -> Status | str:
    """What to write for a status. A word that means just the status is written as the page writes it;
    one that says more (`cancelled`, `Done 2026-11-22`) as it was typed. Raises Trouble for an unknown one.
    """
    said = read_status(text)
    if text.strip() and said.known:
        alone = text.strip() == text[said.start : said.end]
        return said.status if alone and said.word in PLAIN else text
    known = ", ".join(DEFAULT_WORD.values())
    raise Trouble(f"“{text}” is no status", f"known ones are: {known}", USAGE)


def pairs(arguments: Iterable[str]) -> dict[str, str]:
    """`KEY=VALUE` arguments. Raises Trouble for an unknown key or no `=`."""
    found: dict[str, str] = {}
    for argument in arguments:
        key, sign, value = argument.partition("=")
        key = key.strip().lower()
        if not sign:
            raise Trouble(f"“{argument}” is no KEY=VALUE", f"keys are: {', '.join(KEYS)}", USAGE)
        if key not in KEYS:
            raise Trouble(f"there is no key {key}", f"keys are: {', '.join(KEYS)}", USAGE)
        found[key] = value
    return found


def set_cells(page: Path, task_id: str, cells: Mapping[str, str], said: Said) -> Make:
    """Any change that a hand could make."""
    values: dict[str, str | Status] = {**cells}
    if "status" in cells:
        values["status"] = status_of(cells["status"])

    def make(board: Board) -> Sequence[Proposal]:
        said.tasks = [find_task(board, page, task_id)]
        return [SetCell(said.task.id, role, value) for role, value in values.items()]

    return make


def add(site: Site, wish: AppendTask, now: float, seen: str = "") -> Task:
    """Append a row; as it then stands on the page. `seen`: as for `propose`. Raises Trouble."""
    if not wish.title.strip():
        raise Trouble("a task needs a title", 'mdorch add "What is to be done"', USAGE)
    before: set[str] = set()

    def make(board: Board) -> Sequence[Proposal]:
        before.clear()
        before.update(task.id for task in board.tasks)
        return [wish]

    board = propose(site, make, now, seen=seen)
    return next(task for task in board.tasks if task.id not in before)


def approve(page: Path, task_id: str, said: Said) -> Make:
    return _from_review(page, task_id, said, Status.COMPLETE, "")


def reject(page: Path, task_id: str, why: str, said: Said) -> Make:
    if not why.strip():
        raise Trouble("say why: the next agent reads it", f"mdorch reject {task_id} WHY", USAGE)
    return _from_review(page, task_id, said, Status.WAITING, why)


def _from_review(page: Path, task_id: str, said: Said, status: Status, why: str) -> Make:
    def make(board: Board) -> Sequence[Proposal]:
        task = find_task(board, page, task_id)
        said.tasks = [task]
        if task.status is not Status.IN_REVIEW:
            hint = f"mdorch set {task.id} status={status.value} writes it all the same"
            raise Trouble(f"{task.id} is not in review: it is {spelled(task.status)}", hint, NOT_SO)
        done: list[Proposal] = [SetCell(task.id, "status", opened(board, status))]
        return [*done, *_noted(task, f"rejected: {why}"), Remark(task.id, "reject", why)] if why else done

    return make


def answer(page: Path, task_id: str, text: str, said: Said) -> Make:
    """The answer goes into the newest question of the task, which leaves the notes, and the task goes on."""
    if not text.strip():
        raise Trouble("an answer needs words", f"mdorch answer {task_id} TEXT", USAGE)

    def make(board: Board) -> Sequence[Proposal]:
        task = find_task(board, page, task_id)
        said.tasks = [task]
        block = board.open_questions().get(task.id)
        if block is None:
            hint = f"mdorch show {task.id} tells what is known of it"
            raise Trouble(f"{task.id} has asked nothing that is still open", hint, NOT_SO)
        wishes: list[Proposal] = [AddAnswer(block.key, text)]
        if task.status is Status.BLOCKED:
            wishes.append(SetCell(task.id, "status", opened(board, Status.WAITING)))
        notes = unnoted(task.notes, block.obstacle)
        if notes != task.notes:
            wishes.append(SetCell(task.id, "notes", notes, optional=True))
        return wishes

    return make


def retry(page: Path, task_id: str, said: Said) -> Make:
    """Open again. A row that is open already stays as it is: its round begins anew."""

    def make(board: Board) -> Sequence[Proposal]:
        task = find_task(board, page, task_id)
        said.tasks = [task]
        if task.read_only:
            raise Trouble(f"the row of {task.id} cannot be written", "mdorch lint says why", FAILED)
        if task.status not in (*OPEN, *REOPENABLE):
            raise _not_reopenable(task)
        fresh = [] if task.status in OPEN else [SetCell(task.id, "status", opened(board, Status.WAITING))]
        return [*fresh, NewRound(task.id)]

    return make


def _not_reopenable(task: Task) -> Trouble:
    if task.status is Status.IN_REVIEW:
        return Trouble(f"{task.id} is in review", f"mdorch reject {task.id} WHY sends it back", NOT_SO)
    hint = f"if nobody does: mdorch set {task.id} status=waiting"
    return Trouble(f"{task.id} is in progress without a run of mdorch: somebody works on it", hint, NOT_SO)


def hold(page: Path, task_id: str, running: bool, said: Said) -> Make:
    """What is complete stays so, unless its run still lives."""

    def make(board: Board) -> Sequence[Proposal]:
        task = find_task(board, page, task_id)
        said.tasks = [task]
        if task.status is Status.COMPLETE and not running:
            raise Trouble(f"{task.id} is complete", f"mdorch retry {task.id} opens it again", NOT_SO)
        return [] if task.status is Status.ON_HOLD else [SetCell(task.id, "status", Status.ON_HOLD)]

    return make


def hold_all(running: frozenset[str], said: Said, only: bool = False) -> Make:
    """Every row that runs or (without `only`) could be launched, now or later, goes on hold. What waits
    for a person, and what a person works on, stays as it is."""
    launchable = () if only else (*OPEN, Status.PARTIAL)

    def make(board: Board) -> Sequence[Proposal]:
        rows = {t.id: t for t in board.tasks if t.startable and t.id and len(board.rows_of(t.id)) == 1}
        said.tasks = [
            t
            for t in rows.values()
            if t.status in launchable or (t.id in running and t.status is not Status.ON_HOLD)
        ]
        return [SetCell(t.id, "status", Status.ON_HOLD) for t in said.tasks]

    return make


def handoff(page: Path, wish: AppendHandoff, sender: str, said: Said) -> Make:
    """A block for `wish.task`. Without a sender it is the agent who has the task, else a person."""
    signal, _ = read_signal(wish.status)
    if signal is None:
        hint = "known ones are: COMPLETE, PARTIAL, BLOCKED, READY_FOR_REVIEW, DISCOVERED_ISSUE"
        raise Trouble(f"“{wish.status}” is no status of a handoff", hint, USAGE)

    def make(board: Board) -> Sequence[Proposal]:
        task = find_task(board, page, wish.task)
        said.tasks = [task]
        return [replace(wish, task=task.id, sender=sender or (task.agents[0] if task.agents else "human"))]

    return make


def block_of(wish: AppendHandoff) -> str:
    """The block as it would stand on the page."""
    return "\n".join(handoff_lines(wish)) + "\n"


def handoff_from(task: str, data: bytes) -> AppendHandoff:
    """What a text says: a whole block, the parts of one, or plain lines, which are context."""
    blocks = read(data).board.handoffs
    if not blocks:
        parts = b"" if b"\n#" in b"\n" + data else b"### Context for Next Agent\n"
        blocks = read(b"## Agent Handoff Signal\n\n" + parts + data).board.handoffs
    block = blocks[-1]
    to = block.to or ("-" if block.signal else "")
    said = (block.deliverables, block.context, block.artifacts, block.questions)
    return AppendHandoff(block.sender, to, task, block.status_text, *said)


def opened(board: Board, status: Status) -> Status:
    """Where the page uses both words, what may start is Ready."""
    return Status.READY if status is Status.WAITING and board.uses_ready else status


def _noted(task: Task, text: str) -> list[Proposal]:
    """The text behind the notes of the row, where its table has such a column."""
    return [SetCell(task.id, "notes", f"{task.notes}; {text}" if task.notes else text, optional=True)]


def spelled(status: Status) -> str:
    return status.value.replace("_", " ")


CELLS = ("status_text", "agent_text", "priority", "requires_text", "notes", "title")


def changes(said: Said, board: Board) -> Iterator[tuple[Task, list[tuple[str, str, str]]]]:
    """The rows that a wish was about, as they are now, with the cells that differ: (role, before, after)."""
    for old in said.tasks:
        new = next(iter(board.rows_of(old.id)), old)
        cells = ((name.removesuffix("_text"), getattr(old, name), getattr(new, name)) for name in CELLS)
        yield new, [cell for cell in cells if cell[1] != cell[2]]
