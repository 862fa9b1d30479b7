"""A plan with a memo is the plan without one, whatever changed in between."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from mdorch.board.board import Board
from mdorch.board.policy import Policy
from mdorch.board.read import read
from mdorch.facts import Cause, End, Facts, Run, RunState, Seen
from mdorch.plan.memo import Memo
from mdorch.plan.plan import plan
from tests.plan.boards import NOW, policy

HEAD = "| ID | Task | Agent | Depends on | Status | Files | Group | Domain |\n|-|-|-|-|-|-|-|-|\n"
WORDS = {
    "title": ["Find it", "Fix it", "Hum", "Test all", "Review"],
    "agent": ["dev", "auto", "qa", "human", "nobody"],
    "needs": ["None", "T-1", "T-0, T-2", "All above", "T-*", "moon", "Phase 2", "T-4"],
    "status": [
        "Waiting",
        "Ready",
        "Complete",
        "In Progress",
        "On Hold",
        "Cancelled",
        "Failed",
        "Blocked",
        "?",
    ],
    "files": ["", "src/**", "src/a.py", "docs/", "*.md"],
    "group": ["", "Discovery", "Emergency", "validation", "lane 1"],
    "domain": ["", "ML", "UI"],
}
BLOCK = "\n## Agent Handoff Signal\n\n**From**: dev\n**To**: {}\n**Task**: {}\n**Status**: {}\n"


class Story:
    """A page, its facts and its policy, which change one step at a time."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.rows = [{k: self.random.choice(v) for k, v in WORDS.items()} for _ in range(7)]
        self.top = ""
        self.end = ""
        self.runs: dict[str, Run] = {}
        self.seen: dict[str, Seen] = {}
        self.now = NOW
        self.facts = Facts()
        self.policy: Policy = policy(known=frozenset({"qa"}), max_parallel=2)

    def board(self) -> Board:
        lines = [f"| T-{n} | " + " | ".join(row.values()) + " |\n" for n, row in enumerate(self.rows)]
        half = len(lines) // 2
        text = "## Task Queue\n\n" + self.top + HEAD + "".join(lines[:half])
        text += "\n### Phase 2: Testing (Sequential)\n\n" + HEAD + "".join(lines[half:]) + self.end
        return read(text.encode()).board

    def step(self) -> None:
        choice = self.random.choice
        kind = choice(
            ("cell", "cell", "cell", "run", "run", "seen", "time", "line", "rows", "facts", "block")
        )
        task = f"T-{self.random.randrange(len(self.rows))}"
        if kind == "cell":
            role = choice(tuple(WORDS))
            choice(self.rows)[role] = choice(WORDS[role])
        elif kind == "run":
            self._run(task)
        elif kind == "seen":
            cause = choice(tuple(Cause))
            self.seen[task] = Seen(
                task, {}, "waiting", self.now - choice((0, 3, 9)), cause, choice((0, 0, 1))
            )
        elif kind == "time":
            self.now += choice((0.5, 2.0, 700.0))
        elif kind == "line":
            self.top += "a line more\n\n"
        elif kind == "rows":
            row = {k: choice(v) for k, v in WORDS.items()}
            self.rows = [*self.rows, row] if len(self.rows) < 9 else self.rows[:-2]
        elif kind == "block":
            said = choice(("COMPLETE", "BLOCKED_ON_KEYS", "BLOCKED_ON_MONEY"))
            self.end = choice(("", BLOCK.format(choice(("qa", "-")), task, said)))
            self.rows[int(task[2:])]["status"] = "Blocked"
        else:
            self._facts(task)

    def _run(self, task: str) -> None:
        choice = self.random.choice
        number = len(self.runs) + 1
        state = choice(tuple(RunState))
        ended = state in (RunState.ENDED, RunState.FOLDED)
        self.runs[f"{task}.{number}"] = Run(
            f"{task}.{number}", task, number, choice(("dev", "qa")), state, self.now - 5,
            started=self.now - 5, ended=self.now if ended else None, end=End.EXIT if ended else None,
            exit_code=choice((0, 1)) if ended else None, silent=choice((True, False)),
            outcome=choice(("failed", "complete")) if state is RunState.FOLDED else "",
        )  # fmt: skip
        if len(self.runs) > 6:
            del self.runs[next(iter(self.runs))]

    def _facts(self, task: str) -> None:
        choice = self.random.choice
        self.facts = replace(
            self.facts,
            paused=choice(("", "", "lunch")),
            hold=choice(("", "", "", "gutted")),
            only=choice((None, None, frozenset({task}))),
            unwritable=choice(({}, {}, {task: "torn"})),
            launches=choice(((), (NOW,) * 20)),
        )
        self.policy = replace(self.policy, attempts=choice((1, 2)), parallel_groups=choice((0, 1)))

    def now_as_facts(self) -> Facts:
        return replace(self.facts, runs=tuple(self.runs.values()), seen=self.seen)


@pytest.mark.parametrize("seed", range(60))
def test_a_plan_with_a_memo_is_the_plan_without_one(seed: int) -> None:
    story, memo = Story(seed), Memo()
    for number in range(40):
        page, facts = story.board(), story.now_as_facts()
        fresh = plan(page, facts, story.policy, story.now)
        again = plan(page, facts, story.policy, story.now, memo)
        assert again == fresh, f"seed {seed}, step {number}"
        story.step()
