"""The controller document's five health checks: one line for each way in which they turn out."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from mdorch.facts import End, Facts, Run, RunState
from mdorch.plan.checkup import Case, Check, Level, Signs, checkup, minutes
from mdorch.plan.plan import plan
from tests.plan.boards import NOW, board, policy, run

FINE, WARNING, BAD = Level.FINE, Level.WARNING, Level.BAD
ROWS = "A | find | dev | None | In Progress\nB | build | dev | A | Waiting"
READY = "A | find | dev | None | Waiting"
DONE = "A | find | dev | None | Complete\nB | build | dev | A | On Hold"
STUCK = "A | find | dev | None | Failed\nB | build | dev | A | Waiting"
CIRCLE = "A | find | dev | B | Waiting\nB | build | dev | A | Waiting"
BLOCK = "## Agent Handoff Signal\n\n**From**: dev\n**To**: tester\n**Task**: {}\n**Status**: COMPLETE\n"
UP = Signs(running=True, saved=NOW - 30, passed=NOW - 30)


def live(**changes: object) -> Run:
    return run(state=RunState.STARTED, ended=None, end=None, exit_code=None, **changes)


@dataclass(frozen=True)
class World:
    """`block`: a handoff on this task stands on the page."""

    rows: str = ROWS
    runs: tuple[Run, ...] = ()
    signs: Signs = UP
    facts: dict[str, object] = field(default_factory=dict)
    block: str = ""


def checks(world: World) -> dict[str, Check]:
    seen = board(world.rows, after=BLOCK.format(world.block) + "\n## End\n" if world.block else "")
    facts = Facts(runs=world.runs, **world.facts)  # type: ignore[arg-type]
    made = plan(seen, facts, policy(), NOW)
    return {c.name: c for c in checkup(Case(seen, facts, made, world.signs, NOW))}


CASES = [
    ("agents_responsive", World(), FINE, "none at work"),
    ("agents_responsive", World(runs=(live(),)), FINE, "1 agent at work"),
    ("agents_responsive", World(runs=(live(started=NOW - 700),)), WARNING, "1 agent wrote nothing for more"),
    (
        "agents_responsive",
        World(runs=(live(started=NOW - 700),), signs=Signs(True, outputs={"A.1": NOW - 3})),
        FINE,
        "1 agent at work",
    ),
    ("agents_responsive", World(runs=(run(end=End.LOST),)), BAD, "1 run vanished"),
    ("tasks_progressing", World(DONE), FINE, "nothing is open"),
    ("tasks_progressing", World(runs=(live(),)), FINE, "1 of 2 open tasks on the move"),
    ("tasks_progressing", World(), FINE, "1 of 2 open tasks on the move"),  # a person works on it
    ("tasks_progressing", World(READY), FINE, "1 of 1 open task on the move"),
    ("tasks_progressing", World(READY, signs=Signs()), BAD, "1 thing to do, and no daemon runs"),
    ("tasks_progressing", World(STUCK), BAD, "nothing moves: 2 open tasks for a person"),
    (
        "tasks_progressing",
        World(READY, facts={"paused": "lunch"}),
        WARNING,
        "nothing new starts: paused: lunch",
    ),
    (
        "tasks_progressing",
        World(READY, facts={"hold": "a merge"}),
        WARNING,
        "nothing new starts: the page is held",
    ),
    ("no_circular_deps", World(), FINE, "no task waits for itself"),
    ("no_circular_deps", World(CIRCLE), BAD, "1 circle of prerequisites"),
    ("handoffs_working", World(), FINE, "0 taken, 0 to be taken"),
    ("handoffs_working", World(block="A", facts={"quiet": 1.0}), FINE, "0 taken, 1 to be taken"),
    ("handoffs_working", World(block="A", facts={"quiet": 300.0}), WARNING, "1 handoff to look at"),
    ("handoffs_working", World(block="A", facts={"quiet": 300.0}, signs=Signs()), FINE, "0 taken, 1 to be"),
    ("handoffs_working", World(block="Z-9"), BAD, "1 handoff not understood"),
    ("claude_md_updated", World(runs=(live(),)), FINE, "the page says what the runs did"),
    ("claude_md_updated", World(READY, runs=(live(),)), WARNING, "1 row not what the runs say"),
    ("claude_md_updated", World(runs=(run(),)), BAD, "1 result not on the page"),
    ("claude_md_updated", World(runs=(run(ended=NOW - 1),)), FINE, "the page says what the runs did"),
    ("claude_md_updated", World(signs=Signs(True, NOW - 60, NOW - 90)), BAD, "the daemon has not looked"),
    ("claude_md_updated", World(signs=Signs(True, NOW - 2, NOW - 90)), FINE, "the page says"),
    ("claude_md_updated", World(signs=Signs(True, NOW + 60, NOW - 90)), FINE, "the page says"),
    ("claude_md_updated", World(signs=Signs(False, NOW - 60, 0.0)), FINE, "the page says"),
]


@pytest.mark.parametrize(("name", "world", "level", "text"), CASES)
def test_how_a_check_turns_out(name: str, world: World, level: Level, text: str) -> None:
    check = checks(world)[name]
    assert (check.level, check.text[: len(text)]) == (level, text), check
    assert bool(check.command) == (level is not FINE), "a command where something is to be done"


def test_the_five_of_the_document_and_no_other() -> None:
    assert list(checks(World())) == [
        "agents_responsive",
        "tasks_progressing",
        "no_circular_deps",
        "handoffs_working",
        "claude_md_updated",
    ]


def test_evidence_names_what_it_is_about() -> None:
    told = checks(World(CIRCLE, runs=(live(started=NOW - 5000), run("Q", end=End.LOST)), block="Z-9"))
    assert told["agents_responsive"].evidence == (
        "Q.1 (dev): vanished without a word",
        "A.1 (dev): silent for 83 min",
    )
    assert "A → B → A" in told["no_circular_deps"].evidence[0]
    assert "Z-9" in told["handoffs_working"].evidence[0]
    assert told["claude_md_updated"].evidence[0].startswith("Q.1 ended 50 s ago")


@pytest.mark.parametrize(
    ("seconds", "text"), [(-5, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h")]
)
def test_lengths_of_time(seconds: float, text: str) -> None:
    assert minutes(seconds) == text
