"""Agent programs that die before they say anything, or are not let in: logged out, misconfigured.

Such a death says nothing about the task. Three of them in a row pause the program, and none of the three
counts for its task; a single one counts only once the program has shown that it can do otherwise. So one
logged-out program cannot use up the attempts of a whole queue in a night.

A usage limit says nothing about the task either: its program rests until the time at which it was said to
lift, and all others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mdorch.board.board import Board
from mdorch.board.policy import Policy
from mdorch.facts import End, Facts, Own, Run, RunState
from mdorch.frozen import Frozen

STREAK = 3  # deaths in a row that pause a program


class Programs(Frozen):
    """`paused`: program → the runs that paused it; `limited`: program → until when the usage limit of its
    account holds, in epoch seconds; `innocent`: runs that count for no task."""

    paused: Mapping[str, tuple[str, ...]]
    limited: Mapping[str, float]
    innocent: frozenset[str]


def judge_programs(board: Board, facts: Facts, policy: Policy) -> Programs:
    """What the runs say about the programs. Starts before `facts.cleared` pause nothing."""
    if not any(run.own is Own.LIMITED or (run.silent and run.exit_code) for run in facts.runs):
        return Programs({}, {}, frozenset())
    cleared, spoke = facts.cleared, _handed_off(board)
    starts: dict[str, list[Run]] = {}
    for run in facts.runs:
        if run.started is not None and run.state in (RunState.ENDED, RunState.FOLDED):
            starts.setdefault(program_of(run.agent, policy), []).append(run)
    paused: dict[str, tuple[str, ...]] = {}
    limited: dict[str, float] = {}
    innocent: list[str] = []
    for program, ended in starts.items():
        streak: list[Run] = []
        for run in sorted(ended, key=_start):
            if run.own is Own.LIMITED:
                innocent.append(run.id)
                if _start(run) > cleared:
                    limited[program] = max(limited.get(program, 0.0), run.limited)
            elif died_silent(run) and not spoke(run):
                streak.append(run)
                continue
            innocent += [r.id for r in streak] if len(streak) >= STREAK else []
            streak = []
        innocent += [r.id for r in streak]
        since = tuple(r.id for r in streak if _start(r) > cleared)
        if len(since) >= STREAK:
            paused[program] = since[-STREAK:]
    return Programs(paused, limited, frozenset(innocent))


def died_silent(run: Run) -> bool:
    """Whether its program ended by itself, badly, before it had written anything."""
    return run.silent and run.end is End.EXIT and (run.exit_code or 0) > 0


def _handed_off(board: Board) -> Callable[[Run], bool]:
    """Whether a run said something on the page: a block that was taken for it, or is still to be."""
    marked = {block.mark.run for block in board.handoffs if block.mark}
    waiting = {block.task for block in board.handoffs if not block.mark}
    return lambda run: run.id in marked or (run.state is not RunState.FOLDED and run.task in waiting)


def program_of(agent: str, policy: Policy) -> str:
    """What is started for an agent: agents with one program share its fate."""
    rule = policy.agent(agent)
    return (rule.program or rule.name) if rule else agent


def _start(run: Run) -> float:
    return run.started or 0.0
