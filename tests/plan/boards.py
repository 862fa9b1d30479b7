"""Small boards from their text, and the facts around them."""

from __future__ import annotations

from collections.abc import Mapping

from mdorch.board.board import Board
from mdorch.board.policy import AgentRule, Policy
from mdorch.board.read import read
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.facts import Cause, End, Facts, Run, RunState, Seen
from mdorch.plan.actions import Plan, Verdict
from mdorch.plan.plan import plan

NOW = 1_000_000.0
HEAD = "| ID | Task | Agent | Depends on | Status | Notes |\n|---|---|---|---|---|---|\n"


def board(rows: str, before: str = "", after: str = "") -> Board:
    """`rows`: lines `id | title | agent | needs | status` (outer pipes and notes may be left off)."""
    lines = [f"| {line} |{' |' * (5 - line.count('|'))}\n" for line in rows.strip().splitlines()]
    table = HEAD + "".join(lines)
    return read(f"{before}\n## Task Queue\n\n{table}\n{after}".encode()).board


def policy(**changes: object) -> Policy:
    values: dict[str, object] = {"agents": {"default": AgentRule("default", 60.0)}, "settle": 5.0, **changes}
    return Policy(**values)  # type: ignore[arg-type]


def run(task: str = "A", attempt: int = 1, **changes: object) -> Run:
    """A run that has ended well unless said otherwise."""
    values: dict[str, object] = {
        "id": f"{task}.{attempt}", "task": task, "attempt": attempt, "agent": "dev", "state": RunState.ENDED,
        "claimed": NOW - 100, "started": NOW - 100, "ended": NOW - 50, "end": End.EXIT, "exit_code": 0,
        "shown": True, **changes,
    }  # fmt: skip
    return Run(**values)  # type: ignore[arg-type]


def folded(task: str, attempt: int, outcome: str, **changes: object) -> Run:
    return run(task, attempt, state=RunState.FOLDED, outcome=outcome, **changes)


def seen(task: str, ago: float, cause: Cause = Cause.HAND, **changes: object) -> Mapping[str, Seen]:
    return {task: Seen(task, {}, "waiting", NOW - ago, cause, **changes)}  # type: ignore[arg-type]


def planned(rows: str, rules: Policy | None = None, facts: Facts | None = None) -> Plan:
    return plan(board(rows), facts or Facts(), rules or policy(), NOW)


def verdict(rows: str, rules: Policy | None = None, facts: Facts | None = None, of: int = 0) -> Verdict:
    return planned(rows, rules, facts).verdicts[of]


def filed(*files: str, name: str = "A") -> Task:
    """A row that names these files."""
    return Task(0, 0, 0, 1, name, "do it", Status.WAITING, "Waiting", files=files)
