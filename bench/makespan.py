"""How good the order of deployment is: the makespan over its lower bound, played with the real plan.

Sixty tasks of 0.2 to 1.0 seconds with random dependencies in four slots. The lower bound is the longer one
of the critical path and the work divided by the slots; nothing can be faster. Time is an argument of the
plan, so nothing sleeps here: what is measured is the order alone, not what a run costs beside its work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from random import Random
from statistics import mean

from bench.harness import Table
from mdorch.board.board import Board
from mdorch.board.policy import AgentRule, Policy
from mdorch.board.status import Status
from mdorch.board.task import Need, NeedKind, Task
from mdorch.facts import Duration, Facts, Run, RunState
from mdorch.plan.actions import Kind
from mdorch.plan.memo import Memo
from mdorch.plan.plan import plan

BOARDS, TASKS, SLOTS = 20, 60, 4
GOAL = 1.02


@dataclass(frozen=True)
class Work:
    """Tasks by their place: how long each takes, in seconds, and which it needs."""

    seconds: Sequence[float]
    needs: Sequence[Sequence[int]]

    @property
    def bound(self) -> float:
        """No order is faster than this in `SLOTS` slots."""
        ends: list[float] = []
        for took, needs in zip(self.seconds, self.needs, strict=True):
            ends.append(took + max((ends[n] for n in needs), default=0.0))
        return max(*ends, sum(self.seconds) / SLOTS)

    def board(self) -> Board:
        return Board(tuple(_task(n, needs) for n, needs in enumerate(self.needs)))


def work(seed: int) -> Work:
    """Sixty tasks, each of which needs up to two of those before it."""
    random = Random(seed)
    seconds = [random.uniform(0.2, 1.0) for _ in range(TASKS)]
    needs = [random.sample(range(n), min(n, random.choice((0, 0, 1, 1, 2)))) for n in range(TASKS)]
    return Work(seconds, needs)


def weeks() -> Work:
    """The controller document's Week 5–6 plan: four, four, then one after another; all equally long."""
    needs: list[list[int]] = [[] for _ in range(4)]
    needs += [list(range(4)) for _ in range(4)]
    needs += [list(range(4, 8)), *([n] for n in range(8, 11))]
    return Work([1.0] * 12, needs)


def played(given: Work, known: bool) -> float:
    """The makespan under the real plan. `known`: whether the durations of past runs are."""
    board, now, memo = given.board(), 0.0, Memo()
    past = tuple(Duration(str(n), "dev", s) for n, s in enumerate(given.seconds)) if known else ()
    policy = Policy(
        agents={"default": AgentRule("default", 60.0)}, max_parallel=SLOTS, launches_per_hour=TASKS
    )
    runs: dict[str, Run] = {}
    ends: list[tuple[float, str]] = []
    while True:
        found = plan(board, Facts(runs=tuple(runs.values()), past=past), policy, now, memo)
        for action in [a for a in found.actions if a.kind is Kind.START]:
            run = Run(action.run, action.task, 1, "dev", RunState.STARTED, now, started=now)
            runs[action.task] = run
            board = _marked(board, int(action.task), Status.IN_PROGRESS)
            heappush(ends, (now + given.seconds[int(action.task)], action.task))
        if not ends:
            return now
        now, done = heappop(ends)
        del runs[done]
        board = _marked(board, int(done), Status.COMPLETE)


def in_page_order(given: Work) -> float:
    """What comes first on the page starts first: how a queue without a critical path does it."""
    now, ends, done = 0.0, list[tuple[float, int]](), set[int]()
    waiting = list(range(len(given.needs)))
    while waiting or ends:
        for n in [n for n in waiting if done.issuperset(given.needs[n])][: SLOTS - len(ends)]:
            waiting.remove(n)
            heappush(ends, (now + given.seconds[n], n))
        now, ended = heappop(ends)
        done.add(ended)
    return now


def _task(n: int, needs: Sequence[int]) -> Task:
    wanted = tuple(Need(NeedKind.TASK, str(m), str(m)) for m in needs)
    return Task(n, 0, n, n + 1, str(n), "do it", Status.WAITING, "Waiting", wanted, agents=("dev",))


def _marked(board: Board, n: int, status: Status) -> Board:
    tasks = list(board.tasks)
    tasks[n] = replace(tasks[n], status=status)
    return replace(board, tasks=tuple(tasks))


def tables() -> Iterator[Table]:
    boards = [work(seed) for seed in range(BOARDS)]
    ways: dict[str, Callable[[Work], float]] = {
        "the plan, durations known": lambda given: played(given, known=True),
        "the plan, nothing known yet": lambda given: played(given, known=False),
        "in the order of the page": in_page_order,
    }
    table = Table(
        f"Makespan over its lower bound, {SLOTS} slots",
        ("", "mean", "worst", "Week 5–6"),
        f"{BOARDS} seeded boards of {TASKS} tasks; goal {GOAL} once durations are known, and 1.01 for the "
        "Week 5–6 plan with equal durations.",
    )
    for name, way in ways.items():
        ratios = [way(given) / given.bound for given in boards]
        weekly = way(weeks()) / weeks().bound
        table.add(name, f"{mean(ratios):.3f}", f"{max(ratios):.3f}", f"{weekly:.3f}")
    yield table
