"""`mdorch plan`: the actions, then what waits, each with its reason; and the forecast."""

from __future__ import annotations

import click

from mdorch.desk.explain import NOT_WAITING, overlapping, plan_answer
from mdorch.desk.forecast import Forecast, forecast_answer, forecast_of
from mdorch.desk.look import Look, look
from mdorch.desk.times import spoken
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.dashboard import counted
from mdorch.front.cli.screen import Ink, Piece, Screen

SHOWN = 100  # runs of a forecast
STYLES = {"start": "live", "stop": "bad", "fold": "good"}


@command("mdorch plan\nmdorch plan --forecast\nmdorch plan --json", answers=True)
@click.option("--forecast", is_flag=True, help="Also who would run when, to the end of the queue.")
def plan(call: Call, forecast: bool) -> None:
    """What the daemon would do now, with a reason for each action. Changes nothing."""
    found = look(call.site, call.now)
    if call.json:
        call.answer(plan_answer(found, forecast_answer(forecast_of(found)) if forecast else None))
        return
    show_plan(call.screen, found)
    if forecast:
        show_forecast(call.screen, forecast_of(found), found.now)


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


def show_forecast(screen: Screen, found: Forecast, now: float) -> None:
    screen.line()
    screen.line(Ink("Forecast", "head"), Ink(f"  {_basis(found)}", "dim"))
    screen.rows(
        [
            [
                Ink(_span(found, entry.start - now, entry.end - now), "dim"),
                Ink(entry.task, "live" if entry.running else "bold"),
                entry.agent,
                Ink("critical path" if entry.task in found.critical else "", "warn"),
            ]
            for entry in found.entries[:SHOWN]
        ],
        flexible={2: 14},
    )
    if found.cut or len(found.entries) > SHOWN:
        screen.line("  ", Ink(f"and {len(found.entries) - SHOWN} more", "dim"))
    if found.entries and found.measured:
        between = f"{spoken(found.earliest - now)} to {spoken(found.latest - now)}"
        screen.line(f"Done in about {spoken(found.end - now)} ({between}).")
        saves = spoken(found.one_more) if found.one_more >= 1 else "nothing"
        screen.line(f"One more slot would save {saves}.")
    to = f" {screen.sign('to')} "
    if found.critical:
        screen.paragraph(f"Critical path: {to.join(found.critical)}")
    if found.never:
        screen.line(Ink("Not without a person", "head"))
        screen.rows(
            [[Ink(v.task, "bold"), Ink(v.text, "dim")] for v in found.never], flexible={1: 30}, wrapped=True
        )


def _basis(found: Forecast) -> str:
    if not found.measured:
        return "no run was measured yet: only the order means anything"
    return f"as {found.measured} runs took before: the middle of each kind, and its shorter and longer fifth"


def _span(found: Forecast, start: float, end: float) -> str:
    if not found.measured:
        return f"{max(0, round(start)) + 1}."
    return f"{spoken(start) if start >= 1 else 'now'} – {spoken(end)}"
