"""`mdorch plan`: the actions, then what waits, each with its reason."""

from __future__ import annotations

from mdorch.desk.explain import NOT_WAITING, overlapping, plan_answer
from mdorch.desk.look import Look, look
from mdorch.desk.times import spoken
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.dashboard import counted
from mdorch.front.cli.screen import Ink, Piece, Screen

STYLES = {"start": "live", "stop": "bad", "fold": "good"}


@command("mdorch plan\nmdorch plan --json", answers=True)
def plan(call: Call) -> None:
    """What the daemon would do now, with a reason for each action. Changes nothing."""
    found = look(call.site, call.now)
    if call.json:
        call.answer(plan_answer(found))
    else:
        show_plan(call.screen, found)


def show_plan(screen: Screen, found: Look) -> None:
    actions = [a for a in found.plan.actions if a.reason]
    if actions:
        screen.line(Ink("Now", "head"))
        rows: list[list[Piece]] = [
            [
                Ink(a.kind.value, STYLES.get(a.kind.value, "warn")),
                Ink(a.task, "bold"),
                Ink(f"{screen.sign('to')} {a.agent}" if a.agent else "", "live"),
                a.reason,
            ]
            for a in actions
        ]
        screen.rows(rows, flexible={3: 30, 2: 14}, wrapped=True)
    else:
        screen.line(Ink("Nothing to do now.", "head"))
    waiting = [(found.board.tasks[i], v) for i, v in found.plan.verdicts.items() if v.rule not in NOT_WAITING]
    if waiting:
        screen.line()
        screen.line(Ink("Waiting", "head"))
        screen.rows(
            [[Ink(t.id or f"line {t.line}", "bold"), v.rule.value, Ink(v.text, "dim")] for t, v in waiting],
            flexible={2: 30},
            wrapped=True,
        )
    _show_overlaps(screen, found)
    if found.plan.wake is not None:
        screen.line()
        screen.line(
            Ink(f"Next look in {spoken(found.plan.wake - found.now)}, or when the page changes.", "dim")
        )
    answer = plan_answer(found)["problems"]
    if answer:
        screen.line()
        screen.line(Ink("Problems", "head"), f"  {counted(answer)}  ", Ink("mdorch lint", "command"))


def _show_overlaps(screen: Screen, found: Look) -> None:
    pairs = overlapping(found)
    if pairs:
        screen.line()
        screen.line(Ink("Never together", "head"), Ink("  their files can meet", "dim"))
        screen.rows(
            [
                [Ink(f"{a.id}, {b.id}", "bold"), Ink(p if p == q else f"{p}, {q}", "dim")]
                for a, b, p, q in pairs
            ],
            flexible={1: 30},
            wrapped=True,
        )
