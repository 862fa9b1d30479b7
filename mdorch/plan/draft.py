"""The working paper of one planning: the board, the facts, and what has been decided so far.

Folding comes first and changes the *effective* statuses; starting then judges by those, so that a
task freed by a completion starts in the same pass and in the same write.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from mdorch.board.agents import is_person
from mdorch.board.board import Board
from mdorch.board.newrows import FIX
from mdorch.board.policy import Policy
from mdorch.board.problem import Problem, Severity
from mdorch.board.sections import AGENTS
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.board.wishes import RemoveAgentRow
from mdorch.facts import End, Facts, Run, RunState
from mdorch.plan.actions import Action, Verdict
from mdorch.plan.advance import NOBODY
from mdorch.plan.choose import Assignment
from mdorch.plan.claims import effective
from mdorch.plan.frame import Frame
from mdorch.plan.programs import judge_programs


def stamp(now: float) -> str:
    """ISO 8601 UTC to the second, as written on the page."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_of(text: str) -> float:
    """Epoch seconds of a time as the page has it; never where it says none."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return float("inf")


class Draft:
    """Mutable only while one plan is being made. Times are epoch seconds."""

    def __init__(
        self, board: Board, facts: Facts, policy: Policy, now: float, frame: Frame | None = None
    ) -> None:
        self.board = board
        self.facts = facts
        self.policy = policy
        self.now = now
        self.assignment = Assignment(policy)
        self.statuses = effective(board, facts)
        self.assigned: dict[int, tuple[str, ...]] = {}  # rows handed on in this pass
        self.actions: list[Action] = []
        self.folds: dict[str, str] = {}  # run → outcome, of the runs folded in this pass
        self.verdicts: dict[int, Verdict] = {}
        self.problems: list[Problem] = []
        self.wakes: list[float] = []
        self.frame = frame or Frame(board)
        self.programs = judge_programs(board, facts, policy)
        self.added: set[str] = set()  # ids of the rows that this plan appends
        self.runs: dict[str, list[Run]] = {}
        for run in facts.runs:
            self.runs.setdefault(run.task, []).append(run)

    def rows(self, task_id: str) -> list[Task]:
        """All rows with exactly this id."""
        return [self.board.tasks[i] for i in self.frame.by_id.get(task_id, ())]

    def row(self, task_id: str) -> Task | None:
        """The one row with this id that may be written; None where there is none, or two, or a draft."""
        rows = self.rows(task_id)
        sound = len(rows) == 1 and not rows[0].draft and not rows[0].read_only
        return rows[0] if sound and task_id not in self.facts.unwritable else None

    def unfolded(self, task_id: str) -> list[Run]:
        return [r for r in self.runs.get(task_id, ()) if r.state is not RunState.FOLDED]

    def round_of(self, task_id: str) -> int:
        seen = self.facts.seen.get(task_id)
        return seen.round if seen else 0

    def launched(self, task_id: str) -> list[Run]:
        """Runs of the task's current round that really began, and count for it."""
        if task_id not in self.runs:
            return []
        current, innocent = self.round_of(task_id), self.programs.innocent
        return [
            r
            for r in self.runs[task_id]
            if r.round == current
            and r.started is not None
            and r.end is not End.UNBEGUN
            and r.id not in innocent
        ]

    def failures(self, task_id: str) -> dict[str, int]:
        """Failed attempts of the current round, by agent; those count too that could not even start.
        Those before the task's fix was completed do not, nor those that only tell of the agent's program."""
        count: dict[str, int] = {}
        fixed = self.fixed_at(task_id) if task_id in self.runs else 0.0
        for run in self.ended_as(task_id, "failed"):
            if run.id not in self.programs.innocent and run.claimed > fixed:
                count[run.agent] = count.get(run.agent, 0) + 1
        return count

    def fixed_at(self, task_id: str) -> float:
        """When the fix task of the task became complete; 0 where there is none, or it is not."""
        seen = self.facts.seen.get(fix_of(task_id))
        return seen.since if seen and seen.status == Status.COMPLETE else 0.0

    def ended_as(self, task_id: str, *outcomes: str) -> list[Run]:
        """Runs of the task's current round with one of these outcomes, folded before or in this pass."""
        if task_id not in self.runs:
            return []
        current = self.round_of(task_id)
        return [
            r
            for r in self.runs[task_id]
            if r.round == current
            and (r.outcome if r.state is RunState.FOLDED else self.folds.get(r.id)) in outcomes
        ]

    def nudged(self, task_id: str) -> Run | None:
        """The run whose session the next one of the task goes on with, because it forgot its handoff."""
        known = (r for r in reversed(self.runs.get(task_id, ())) if r.state is not RunState.CLAIMED)
        last = next((r for r in known if r.outcome not in ("released", "unbegun")), None)
        if last is None or last.round != self.round_of(task_id):
            return None
        outcome = last.outcome if last.state is RunState.FOLDED else self.folds.get(last.id)
        return last if outcome == "nudged" else None

    def answered(self, task: Task, agent: str) -> str:
        """The run of this agent whose question at last got an answer, and after which none was begun; ""."""
        blocks = [h for h in self.board.handoffs if h.task == task.id and h.mark and not h.mark.refused]
        last = blocks[-1] if blocks else None
        if last is None or last.mark is None or not last.answer or last.sender != agent:
            return ""
        run, rule = last.mark.run, self.policy.agent(agent)
        attempt = run.rpartition(".")[2].partition("-")[0]
        newest = attempt == str(self.facts.highest.get(task.id, 0))
        return run if newest and rule is not None and rule.resumes and is_run(run, [task.id]) else ""

    def settled_at(self, task_id: str) -> float:
        """When the row will have been quiet for the settle time; 0 where no hand changed it."""
        seen = self.facts.seen.get(task_id)
        if seen is None or seen.cause != "hand":
            return 0.0
        return seen.changed + self.policy.settle

    def last_word(self, task: Task) -> str:
        """Why the task stands where it stands: its notes, else what its last block or run said."""
        if task.notes:
            return task.notes
        blocks = [h for h in self.board.handoffs if h.task == task.id and h.reason]
        if blocks and task.status is Status.BLOCKED:
            return blocks[-1].reason
        ended = [r for r in self.runs.get(task.id, ()) if r.state is RunState.FOLDED]
        if ended and ended[-1].outcome in ("failed", "lost", "blocked"):
            return ended[-1].ending
        return ""

    def problem(self, code: str, severity: Severity, message: str, task: Task, hint: str = "") -> None:
        self.problems.append(Problem(code, severity, message, hint, task.line, 1, task.id))

    def open_status(self) -> Status:
        """What a task goes back to that may start again: Ready only where the page uses that word."""
        return Status.READY if self.board.uses_ready else Status.WAITING

    def goes_on_with(self, task: Task) -> tuple[str, ...]:
        """Who a task was handed on to, an agent or a person: in this pass or, where the table has no agent
        column to remember it, by the last block that was taken for it in this round; else nobody."""
        if task.index in self.assigned:
            return self.assigned[task.index]
        if "agent" in task.roles:
            return ()
        chain = {r.id for r in self.launched(task.id) if r.outcome in ("handed_on", "partial")}
        chain.add(loose_run(task.id))
        last = next((h for h in reversed(self.board.handoffs) if h.task == task.id and h.mark), None)
        if last is None or last.mark is None or last.mark.run not in chain or last.to.lower() in NOBODY:
            return ()
        return (last.to,) if task.status is Status.PARTIAL or not is_person(last.to) else ()


def shows(board: Board, run: Run) -> bool:
    """Whether the page shows the run: its agent row stands there. Where a page has none, what is known.

    The page is the witness because the journal cannot be: a crash may come right after the write.
    """
    if not any(section.kind == AGENTS for section in board.sections):
        return run.shown
    names, started = names_of(run), ("", stamp(run.claimed))
    rows = [a for a in board.agents if a.agent == run.agent and a.task in names]
    return any(a.started in started for a in rows)


def shows_later(board: Board, run: Run) -> bool:
    """Whether the page shows a run of the same task that was claimed after this one."""
    names, claimed = names_of(run), stamp(run.claimed)
    return any(row.started > claimed for row in board.agents if row.task in names)


def names_of(run: Run) -> tuple[str, ...]:
    """The ids of the run's task: as it is now, and as it was when the run was claimed."""
    return tuple(dict.fromkeys((run.task, run.id.rpartition(".")[0])))


def loose_run(task_id: str) -> str:
    """What marks the blocks of a task that no run of ours wrote."""
    return f"{task_id}.0"


def is_run(text: str, names: Iterable[str]) -> bool:
    """Whether a text is the id of a run of a task that has, or had, one of these ids."""
    name, _, attempt = text.rpartition(".")
    return name in names and attempt.partition("-")[0].isdecimal()


def agent_rows_of(run: Run) -> list[RemoveAgentRow]:
    """The row that the run's claim wrote, under each name that its task had."""
    return [RemoveAgentRow(run.agent, name, stamp(run.claimed)) for name in names_of(run)]


def fix_of(task_id: str) -> str:
    """The id of the task that is made for fixing this one."""
    return f"{FIX}{task_id}"
