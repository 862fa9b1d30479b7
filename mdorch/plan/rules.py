"""The controller document's five Orchestration Rules as named checks, each with its evidence.

The plan keeps the rules when it decides; these checks say whether what stands on the page, and what
runs, keeps them too: people type over statuses, and agents hand off as they like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mdorch.board.policy import Policy
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.facts import RunState
from mdorch.frozen import Frozen
from mdorch.plan.actions import Rule
from mdorch.plan.advance import Outcome
from mdorch.plan.checkup import Case, Check, Level, count
from mdorch.plan.claims import effective
from mdorch.plan.draft import fix_of, shows
from mdorch.plan.graph import Needs
from mdorch.plan.handoffs import lacks
from mdorch.plan.programs import judge_programs

# number → the name of its check, the document's name for it
RULES: Mapping[int, tuple[str, str]] = {
    1: ("rule_1", "Dependency Management"),
    2: ("rule_2", "Parallel Execution"),
    3: ("rule_3", "Context Preservation"),
    4: ("rule_4", "Error Handling"),
    5: ("rule_5", "Communication"),
}
# What holds a row although a slot may be free.
_SIDE_BY_SIDE = frozenset({Rule.GROUP_LIMIT, Rule.PARALLEL_GROUPS, Rule.DOMAIN, Rule.SCOPE})
_OPEN = (Status.WAITING, Status.READY, Status.PARTIAL)


class Breach(Frozen):
    """One thing that is not as a rule wants it; `line` counts from 1, 0 where it has no place. A `faint` one
    is for who asks how things are, not for who wants to know what is wrong with the page."""

    text: str
    task: str = ""
    line: int = 0
    faint: bool = False


def breaches(case: Case, policy: Policy) -> dict[int, list[Breach]]:
    """By the number of the rule; a rule that is kept has an empty list."""
    return {number: list(asked(case, policy)) for number, asked in _ASKED.items()}


def rules(case: Case, policy: Policy) -> Iterator[Check]:
    """Each rule as a check of `mdorch health`."""
    for number, found in breaches(case, policy).items():
        name, said = RULES[number]
        evidence = tuple(f"line {b.line}: {b.text}" if b.line else b.text for b in found)
        grave = [breach for breach in found if not breach.faint]
        text = f"{said}: {count(grave, 'thing')} to look at" if grave else f"{said}: kept"
        level = Level.WARNING if grave else Level.FINE
        yield Check(name, level, text, evidence, "mdorch lint" if grave else "")


def _dependencies(case: Case, policy: Policy) -> Iterator[Breach]:  # noqa: ARG001
    """Rule 1: nothing is at work whose prerequisites are not complete (any more)."""
    needs = Needs(case.board, effective(case.board, case.facts))
    for task in case.board.tasks:
        if task.status is Status.IN_PROGRESS and (unmet := needs.unmet(task)):
            text = f"{task.id} is in progress, though {', '.join(unmet[:4])} is not complete"
            yield Breach(text, task.id, task.line)


def _parallel(case: Case, policy: Policy) -> Iterator[Breach]:
    """Rule 2: rows wait for a slot, not for one another while slots are free."""
    used = sum(run.state is RunState.STARTED for run in case.facts.runs)
    starting = sum(verdict.rule is Rule.STARTS for verdict in case.verdicts)
    free = policy.max_parallel - used - starting
    for task in case.board.tasks if free > 0 else ():
        verdict = case.plan.verdicts.get(task.index)
        if verdict is not None and verdict.rule in _SIDE_BY_SIDE:
            yield Breach(
                f"{task.id} {verdict.text}, while {count(range(free), 'slot')} free", task.id, task.line
            )


def _context(case: Case, policy: Policy) -> Iterator[Breach]:  # noqa: ARG001
    """Rule 3: every handoff says what was made and what the next one must know, with places."""
    for block in case.board.handoffs:
        for lack in lacks(block):
            yield Breach(f"the handoff on {block.task} {lack.text}", block.task, block.line)


def _errors(case: Case, policy: Policy) -> Iterator[Breach]:
    """Rule 4: a failure is documented, has a task for fixing it, and no dead program is tried on and on."""
    ids = {task.id for task in case.board.tasks}
    failed = {run.task for run in case.facts.runs if run.outcome == Outcome.FAILED}
    for task in case.board.tasks:
        if task.status is not Status.FAILED:
            continue
        if not task.notes and "notes" in task.roles:
            yield Breach(f"{task.id} has failed, and its notes do not say why", task.id, task.line)
        if policy.fix_tasks and task.id in failed and fix_of(task.id) not in ids:
            yield Breach(f"{task.id} has failed, and no task is there to fix it", task.id, task.line)
    programs = judge_programs(case.board, case.facts, policy)
    for died in programs.paused.values():
        yield Breach(f"an agent program is paused: {', '.join(died)} died before saying anything")


def _communication(case: Case, policy: Policy) -> Iterator[Breach]:  # noqa: ARG001
    """Rule 5: the agent table shows who works, and tasks say clearly what is to be done and when it is."""
    rows = {task.id: task for task in case.board.tasks}
    for run in case.facts.runs:
        row = rows.get(run.task)
        if run.state is RunState.STARTED and not shows(case.board, run):
            text = f"{run.id} works, and the agent table does not show it"
            yield Breach(text, run.task, row.line if row else 0)
    vague = [task for task in case.board.tasks if task.status in _OPEN and _vague(task, case)]
    if vague:
        named = ", ".join(task.id or f"line {task.line}" for task in vague[:4])
        more = f" and {len(vague) - 4} more" if len(vague) > 4 else ""
        text = f"a title of one word, and no details, check or section of its own: {named}{more}"
        yield Breach(text, vague[0].id, vague[0].line, faint=True)


def _vague(task: Task, case: Case) -> bool:
    told = task.details or task.check or task.link or task.id in case.board.bodies
    return bool(task.title) and len(task.title.split()) < 2 and not told


_ASKED: Mapping[int, Callable[[Case, Policy], Iterator[Breach]]] = {
    1: _dependencies,
    2: _parallel,
    3: _context,
    4: _errors,
    5: _communication,
}
