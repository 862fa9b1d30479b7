"""The five health checks of the controller document, under its own names, each with its evidence.

Pure, like every verb: what must be looked up (when a run last wrote, when the daemon last looked) is an
argument. A check is *fine*, a *warning* for what may be so on purpose, or *bad*: somebody should do
something, and `command` says what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from mdorch.board.board import Board
from mdorch.board.problem import Problem, Severity
from mdorch.board.status import Status
from mdorch.facts import VANISHED, End, Facts, RunState
from mdorch.frozen import Frozen, field
from mdorch.plan.actions import TRANSIENT, Plan, Rule, Verdict
from mdorch.plan.holds import way_out

LATE = 10.0  # seconds that a result, or a saved page, may wait for a daemon that runs
BLOCK_LATE = 60.0  # seconds that a block may stand untaken: it must be quiet, and complete, first


class Level(StrEnum):
    FINE = "fine"
    WARNING = "warning"
    BAD = "bad"


class Check(Frozen):
    """One answer. `evidence` are facts, one line each; `command` helps, "" where nothing needs help."""

    name: str
    level: Level
    text: str
    evidence: tuple[str, ...] = ()
    command: str = ""


class Signs(Frozen):
    """What was looked up. Times are epoch seconds; `outputs` is when each live run last wrote anything, and
    `silence` how many seconds it may write nothing before it counts as stalled."""

    running: bool = False  # a daemon is at work
    saved: float = 0.0  # when the page was last changed
    passed: float = 0.0  # when the daemon last looked at everything
    outputs: Mapping[str, float] = field(default_factory=dict)
    silence: float = 600.0


class Case(Frozen):
    """One look, as far as the checks need it."""

    board: Board
    facts: Facts
    plan: Plan
    signs: Signs
    now: float

    @property
    def problems(self) -> Sequence[Problem]:
        return (*self.board.problems, *self.plan.problems)

    @property
    def verdicts(self) -> list[Verdict]:
        return [self.plan.verdicts[t.index] for t in self.board.tasks if t.index in self.plan.verdicts]


def checkup(case: Case) -> Iterator[Check]:
    """The document's `check_orchestration_health`."""
    yield agents_responsive(case)
    yield tasks_progressing(case)
    yield no_circular_deps(case)
    yield handoffs_working(case)
    yield claude_md_updated(case)


def agents_responsive(case: Case) -> Check:
    """Whether every agent at work has been heard of lately, and none vanished."""
    name = "agents_responsive"
    live = [r for r in case.facts.runs if r.state is RunState.STARTED]
    silent = {r.id: case.now - max(case.signs.outputs.get(r.id, 0.0), r.started or r.claimed) for r in live}
    gone = [r for r in case.facts.runs if r.state is RunState.ENDED and r.end is End.LOST]
    evidence = [f"{r.id} ({r.agent}): silent for {minutes(silent[r.id])}" for r in live]
    if gone:
        lost = [f"{r.id} ({r.agent}): {VANISHED}" for r in gone]
        return Check(name, Level.BAD, f"{count(gone, 'run')} vanished", (*lost, *evidence), "mdorch status")
    stalled = [r for r in live if silent[r.id] > case.signs.silence]
    if stalled:
        text = f"{count(stalled, 'agent')} wrote nothing for more than {minutes(case.signs.silence)}"
        return Check(name, Level.WARNING, text, tuple(evidence), f"mdorch logs {stalled[0].task}")
    return Check(
        name, Level.FINE, f"{count(live, 'agent')} at work" if live else "none at work", tuple(evidence)
    )


def tasks_progressing(case: Case) -> Check:
    """Whether what is open moves, or will without anybody's help."""
    name = "tasks_progressing"
    open_ = [v for v in case.verdicts if v.rule not in (Rule.COMPLETE, Rule.ON_HOLD)]
    moving = [v for v in open_ if v.rule in TRANSIENT or v.rule in (Rule.PERSON_WORKING, Rule.UNFOLDED)]
    evidence = tuple(f"{v.task}: {v.text}" for v in open_ if v not in moving)
    if not open_:
        return Check(name, Level.FINE, "nothing is open")
    if case.facts.hold or case.facts.paused:
        why = "the page is held" if case.facts.hold else f"paused: {case.facts.paused}"
        return Check(name, Level.WARNING, f"nothing new starts: {why}", evidence, way_out(case.facts.hold))
    if case.plan.actions and not case.signs.running:
        waits = tuple(f"{a.task}: {a.kind.value}: {a.reason}" for a in case.plan.actions)
        text = f"{count(waits, 'thing')} to do, and no daemon runs"
        return Check(name, Level.BAD, text, waits, "mdorch up --detach")
    if not moving:
        text = f"nothing moves: {count(open_, 'open task')} for a person"
        return Check(name, Level.BAD, text, evidence, "mdorch status")
    return Check(name, Level.FINE, f"{len(moving)} of {count(open_, 'open task')} on the move", evidence)


def no_circular_deps(case: Case) -> Check:
    """Whether no tasks wait for each other."""
    found = [p for p in case.problems if p.code == "cycle"]
    if not found:
        return Check("no_circular_deps", Level.FINE, "no task waits for itself")
    evidence = tuple(f"line {p.line}: {p.message}; {p.hint}" for p in found)
    text = f"{count(found, 'circle')} of prerequisites"
    return Check("no_circular_deps", Level.BAD, text, evidence, "mdorch lint")


def handoffs_working(case: Case) -> Check:
    """Whether every handoff on the page can be understood and was taken."""
    name, blocks = "handoffs_working", case.board.handoffs
    faults = [p for p in case.problems if p.code.startswith("handoff-") and p.severity is not Severity.INFO]
    waiting = [h for h in blocks if h.valid and not h.taken]
    evidence = (
        *(f"line {p.line}: {p.message}" for p in faults),
        *(
            f"line {h.line}: handoff on {h.task} from {h.sender or 'nobody'} is not taken yet"
            for h in waiting
        ),
    )
    if any(p.severity is Severity.ERROR for p in faults):
        text = f"{count(faults, 'handoff')} not understood"
        return Check(name, Level.BAD, text, evidence, "mdorch lint")
    late = waiting and case.signs.running and case.facts.quiet > BLOCK_LATE
    if faults or late:
        return Check(name, Level.WARNING, f"{count(evidence, 'handoff')} to look at", evidence, "mdorch lint")
    taken = sum(h.taken for h in blocks)
    return Check(name, Level.FINE, f"{taken} taken, {len(waiting)} to be taken", evidence)


def claude_md_updated(case: Case) -> Check:
    """Whether the page says what is so: of runs that live, and of those that ended."""
    name, signs = "claude_md_updated", case.signs
    times: tuple[str, ...] = (f"saved {minutes(case.now - signs.saved)} ago",) if signs.saved else ()
    if signs.running and signs.passed:
        times += (f"looked at {minutes(case.now - signs.passed)} ago",)
    if signs.running and signs.passed + LATE < signs.saved < case.now - LATE:
        return Check(name, Level.BAD, "the daemon has not looked since it was saved", times, "mdorch status")
    behind = tuple(
        f"{r.id} ended {minutes(case.now - (r.ended or r.claimed))} ago, and the page does not say so"
        for r in case.facts.runs
        if r.state is RunState.ENDED
        and case.now - (r.ended or r.claimed) > LATE
        and r.task not in case.facts.attached
    )
    if behind:
        waits = "mdorch status" if signs.running else "mdorch up"
        command = way_out(case.facts.hold) if case.facts.hold else waits
        return Check(
            name, Level.BAD, f"{count(behind, 'result')} not on the page", (*behind, *times), command
        )
    shown = {t.id for t in case.board.tasks if t.status is Status.IN_PROGRESS}
    odd = tuple(
        f"{r.id} works, and its row does not say so"
        for r in case.facts.runs
        if r.state is RunState.STARTED and r.task not in shown
    )
    level = Level.WARNING if odd else Level.FINE
    text = f"{count(odd, 'row')} not what the runs say" if odd else "the page says what the runs did"
    return Check(name, level, text, (*odd, *times), "mdorch status" if odd else "")


def count(things: Sequence[object], one: str) -> str:
    """`2 runs`"""
    return f"{len(things)} {one}{'' if len(things) == 1 else 's'}"


def minutes(seconds: float) -> str:
    """A length of time as evidence has it: whole seconds up to two minutes, else minutes or hours."""
    whole = max(0, int(seconds))
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h"
