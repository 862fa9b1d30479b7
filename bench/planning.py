"""What deciding costs: 10,000 rows with dependencies, groups and files, from nothing and after one change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from bench.harness import Table, against, in_turn, median, timed
from mdorch.board.board import Board
from mdorch.board.policy import AgentRule, Policy
from mdorch.board.read import read
from mdorch.facts import Facts, Seen
from mdorch.plan.memo import Memo
from mdorch.plan.plan import plan

ROWS, ROUNDS = 10_000, 5
FRESH, AGAIN = 0.3, 0.05  # seconds: the goals
HEAD = "| ID | Task | Agent | Depends on | Status | Files | Group |\n|--|--|--|--|--|--|--|\n"


def page(rows: int) -> bytes:
    """A third complete; each row needs up to two before it, and may touch a folder that others touch too."""
    random = Random(1)
    lines = []
    for n in range(rows):
        verb = random.choice(("Find", "Create", "Test", "Review", "Fix"))
        needs = ", ".join(f"T-{random.randrange(n)}" for _ in range(random.randrange(3))) if n else ""
        files = f"src/m{random.randrange(400)}/**, tests/test_{n}.py" if random.random() < 0.7 else ""
        cells = (
            f"T-{n}",
            f"{verb} thing {n}",
            random.choice(("dev", "auto", "qa")),
            needs or "None",
            "Complete" if n < rows // 3 else "Waiting",
            files,
            random.choice(("", "Discovery", "lane")),
        )
        lines.append(f"| {' | '.join(cells)} |\n")
    return f"## Task Queue\n\n{HEAD}{''.join(lines)}".encode()


def tables() -> Iterator[Table]:
    board = read(page(ROWS)).board
    policy = Policy(agents={"default": AgentRule("default", 60.0)}, max_parallel=8)
    facts = Facts(seen={t.id: Seen(t.id, {}, t.status.value, 0.0) for t in board.tasks})
    tasks = list(board.tasks)
    tasks[ROWS // 2] = replace(tasks[ROWS // 2], title="Find another thing")
    boards = [board, replace(board, tasks=tuple(tasks))]
    memo = Memo()

    def again() -> None:
        boards.reverse()
        plan(boards[0], facts, policy, 1e6, memo)

    spent = in_turn(
        {"from nothing": timed(lambda: _fresh(board, facts, policy)), "after a change": timed(again)}, ROUNDS
    )
    table = Table(f"Planning {ROWS:,} rows", ("", "CPU", "goal"))
    for name, goal in (("from nothing", FRESH), ("after a change", AGAIN)):
        seconds = median(spent[name])
        table.add(name, f"{seconds * 1e3:.0f} ms", against(seconds * 1e3, goal * 1e3))
    yield table


def _fresh(board: Board, facts: Facts, policy: Policy) -> None:
    plan(board, facts, policy, 1e6)
