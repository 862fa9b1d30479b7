"""A daemon of the pure core alone: pages are edited for real, runs are numbers, time is an argument."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from mdorch.board.board import Board
from mdorch.board.edits import edit
from mdorch.board.policy import AgentRule, Policy
from mdorch.board.read import Reading, read
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.facts import Cause, Duration, End, Facts, Run, RunState, Seen
from mdorch.plan.actions import Kind, Plan
from mdorch.plan.advance import Outcome
from mdorch.plan.memo import Memo
from mdorch.plan.plan import plan, wishes_of

HEAD = (
    "| ID | Task | Agent | Depends on | Status | Files | Group | Domain | Priority | Notes |\n"
    "|--|--|--|--|--|--|--|--|--|--|\n"
)
FILES = ("", "", "src/a.py", "src/b.py", "src/", "docs/x.md", "docs/, src/a.py")
GROUPS = ("", "", "Discovery", "Validation", "Emergency", "lane")
TITLES = ("Find it all", "Create it", "Test it", "Hum a tune", "Fix that")
HEADINGS = ("Phase {}", "Phase {}: Validation (Sequential)", "Phase {}: Building (Domain Parallel)")
LIMITS = "\n## Parallel Group Limits\n\n- **Discovery**: 2\n- **Lane**: {}\n"
STEPS = 800


class Broken(AssertionError):
    """A law does not hold."""


class Future:
    """One random board, played until nothing more is to be done."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.now = 1_000_000.0
        self.page = self._made().encode()
        self.runs: dict[str, Run] = {}
        self.ends: dict[str, float] = {}
        self.seen: dict[str, Seen] = {}
        self.past: list[Duration] = []
        self.memo = Memo()
        self.launched: dict[str, int] = {}
        choice = self.random.choice
        self.policy = Policy(
            agents={n: AgentRule(n, 60.0, program=f"the {n}") for n in ("default", "qa")},
            known=frozenset({"qa"}),
            max_parallel=choice((1, 2, 4, 9)),
            attempts=choice((1, 2)),
            settle=0.0,
            backoff=choice((0.0, 1.0, 100.0)),
            parallel_groups=choice((0, 0, 1, 2)),
            launches_per_hour=100_000,
            fix_tasks=True,
            auto_fix=choice((True, True, False)),
        )
        self.poison = {f"T-{n}" for n in range(12) if self.random.random() < 0.25}
        self.dead = self.random.random() < 0.2  # one program dies without a word

    def _made(self) -> str:
        choice = self.random.choice
        parts, number = [], 0
        for phase in range(1, choice((1, 2, 3)) + 1):
            rows = []
            for _ in range(choice((2, 4))):
                rows.append(self._row(f"T-{number}", number, phase))
                number += 1
            heading = choice(HEADINGS).format(phase)
            parts.append(f"\n### {heading}\n\n{HEAD}{''.join(rows)}")
        return "## Task Queue\n" + "".join(parts) + LIMITS.format(choice(("1", "2", "0", "who knows")))

    def _row(self, name: str, number: int, phase: int) -> str:
        choice = self.random.choice
        above = [f"T-{n}" for n in range(number)]
        needs = choice(("None", "None", "None", *above[-3:], ", ".join(above[-2:]) or "None", "All above"))
        if phase > 1 and self.random.random() < 0.2:
            needs = f"Phase {phase - 1}"
        needs = "None" if needs == "All above" and not number else needs
        cells = (
            *(name, choice(TITLES), choice(("dev", "qa", "dev, qa")), needs, "Waiting", choice(FILES)),
            *(choice(GROUPS), choice(("", "ML", "UI")), choice(("", "high", "low")), ""),
        )
        return f"| {' | '.join(cells)} |\n"

    def play(self) -> Board:
        """To the end. Raises Broken."""
        for _ in range(STEPS):
            reading = read(self.page)
            self._see(reading.board)
            found = self._planned(reading.board)
            if found.actions:
                self._carry_out(reading, found)
                continue
            moments = [*self.ends.values(), *([found.wake] if found.wake else [])]
            if not moments:
                self._at_the_end(reading.board, found)
                return reading.board
            self.now = max(self.now, min(moments))
            self._end_runs()
        raise Broken("it never becomes quiet")

    def _planned(self, board: Board) -> Plan:
        facts = Facts(
            runs=tuple(self.runs.values()),
            seen=self.seen,
            past=tuple(self.past),
            highest={r.task: r.attempt for r in self.runs.values()},
        )
        found = plan(board, facts, self.policy, self.now, self.memo)
        need(found == plan(board, facts, self.policy, self.now), "the memo makes another plan")
        return found

    def _carry_out(self, reading: Reading, found: Plan) -> None:
        for action in found.actions:
            if action.kind is Kind.FOLD:
                run = self.runs[action.run]
                self.runs[run.id] = replace(run, state=RunState.FOLDED, outcome=action.outcome)
                if action.outcome == Outcome.COMPLETE and run.started and run.ended:
                    self.past.append(Duration(run.task, run.agent, run.ended - run.started))
        self.page = edit(reading, wishes_of(found.actions))
        board = read(self.page).board
        for action in found.actions:
            if action.kind is Kind.START:
                self._start(board, action.run, action.task, action.agent)

    def _start(self, board: Board, name: str, task: str, agent: str) -> None:
        need(name not in self.runs, f"{name} starts twice")
        row = next(t for t in board.tasks if t.id == task)
        self._may_start(board, row)
        self.launched[task] = self.launched.get(task, 0) + 1
        attempt = int(name.rpartition(".")[2])
        run = Run(name, task, attempt, agent, RunState.STARTED, self.now, started=self.now, shown=True)
        self.runs[name] = run
        self.ends[name] = self.now + self.random.choice((0.5, 1.0, 3.0))

    def _may_start(self, board: Board, row: Task) -> None:
        """What must hold at every instant, said as naively as possible."""
        beside = [t for r in self._live() for t in board.tasks if t.id == r.task]
        need(len(beside) < self.policy.max_parallel, f"{row.id} starts beside {len(beside)}")
        for want in row.needs:
            members = board.pools.get(want.id) if want.kind != "task" else None
            rows = [board.tasks[i] for i in members] if members else board.rows_of(want.id)
            rows = [t for t in rows if t is not row and (want.kind != "above" or t.index < row.index)]
            done = bool(rows or members) and all(t.status is Status.COMPLETE for t in rows)
            need(done, f"{row.id} starts, {want.text} is not complete")
        for other in beside:
            need(not naive_meet(row.files, other.files), f"{row.id} and {other.id} share files")
        if "Emergency" in (row.group,) or "Emergency" in (t.group for t in beside):
            return
        lifted = "parallel" in row.phase  # the heading says that its rows need not be one after another
        for group, most in (("Discovery", 2), *([] if lifted else [("Validation", 1)])):
            same = [t for t in beside if t.group == group]
            need(row.group != group or len(same) < most, f"{row.id} is one too many in {group}")
        sequential = "sequential" in row.phase and [t for t in beside if t.phase == row.phase]
        need(not sequential, f"{row.id} is not alone under {row.phase}")

    def _end_runs(self) -> None:
        for name in [n for n, end in self.ends.items() if end <= self.now]:
            run = self.runs[name]
            bad = run.task in self.poison or (run.task.startswith("FIX-") and self.random.random() < 0.5)
            dead = self.dead and run.agent == "dev"
            code = 1 if bad or dead or self.random.random() < 0.1 else 0
            ended = replace(run, state=RunState.ENDED, ended=self.now, end=End.EXIT, exit_code=code)
            self.runs[name] = replace(ended, silent=dead, detail="" if dead else "said something")
            del self.ends[name]

    def _live(self) -> list[Run]:
        return [run for run in self.runs.values() if run.id in self.ends]

    def _see(self, board: Board) -> None:
        """What the daemon remembers of each row; after a run's fold or start it is our own write."""
        for task in board.tasks:
            old = self.seen.get(task.id)
            if old is None or old.status != task.status:
                self.seen[task.id] = Seen(task.id, {}, task.status, self.now, Cause.MDORCH, since=self.now)

    def _at_the_end(self, board: Board, found: Plan) -> None:
        """Everything that can run has run; what has failed is bounded; nothing waits for room alone."""
        rules = {v.rule.value for v in found.verdicts.values()}
        need(not rules & {"slots", "group-limit", "scope", "domain", "parallel-groups", "starts"}, f"{rules}")
        for task, count in self.launched.items():
            innocent = sum(r.silent for r in self.runs.values() if r.task == task)
            need(count - innocent <= self.policy.launches_per_task, f"{task}: {count} launches")
        names = [t.id for t in board.tasks]
        need(len(names) == len(set(names)), "an id stands twice")
        need(not any(n.startswith("FIX-FIX-FIX-FIX-") for n in names), f"fixes of fixes: {names}")
        for task in board.tasks:
            if task.status in (Status.WAITING, Status.PARTIAL):
                rule = found.verdicts[task.index].rule.value
                need(rule in ("needs", "agent-paused", "group-held"), f"{task.id} waits by {rule}")


def naive_meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """For plain paths: one is the other, or a folder above it."""
    pairs = [(a.rstrip("/"), b.rstrip("/")) for a in one for b in other]
    return any(a == b or a.startswith(b + "/") or b.startswith(a + "/") for a, b in pairs)


def need(holds: object, what: str) -> None:
    if not holds:
        raise Broken(what)
