"""`mdorch metrics`"""

from __future__ import annotations

from typing import Any

import click

from mdorch.desk.look import look
from mdorch.desk.metrics import metrics as metrics_of
from mdorch.desk.times import local, moment, parsed, price, spoken
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink, Piece, Screen

SHOWN = 10  # tasks of one kind that are listed


@command("mdorch metrics\nmdorch metrics --since 7d\nmdorch metrics --json", answers=True)
@click.option("--since", metavar="TIME", help="Only what ended since: 2h, 3d, 2026-11-22.")
def metrics(call: Call, since: str | None) -> None:
    """How much was done, in what time and how well: the task monitor and the success metrics.

    All of it comes from the journal: it survives the daemon, and rows that leave the page.
    """
    after = moment(since, call.now) if since else None
    answer = metrics_of(look(call.site, call.now), after)
    if call.json:
        call.answer(answer)
    else:
        _show(call.screen, answer)


def _show(screen: Screen, answer: dict[str, Any]) -> None:
    counts, efficiency = answer["counts"], answer["parallel_efficiency"]
    done, rate = counts["completed"], answer["task_completion_rate"]
    taken, blocks = counts["handoffs_taken"], counts["handoffs"]
    screen.line(Ink("Success metrics", "head"), f"  since {answer['since']}" if answer["since"] else "")
    screen.rows(
        [
            ["Parallel efficiency", _times(efficiency), Ink(f"{counts['runs']} runs", "dim")],
            ["Handoff success rate", percent(answer["handoff_success_rate"]), _of(taken, blocks)],
            ["Task completion rate", percent(rate), _of(done, counts["tasks"])],
            ["Average task duration", _length(answer["average_task_duration"])],
            [
                "Blocked task ratio",
                percent(answer["blocked_task_ratio"]),
                _of(counts["blocked"], counts["tasks"]),
            ],
            *_used_up(answer),
        ]
    )
    _show_agents(screen, answer["agents"])
    for title in ("active", "blocked", "completed"):
        _show_tasks(screen, title, answer[title])


def _used_up(answer: dict[str, Any]) -> list[list[Piece]]:
    """What it all cost, and today; nothing where no program says."""
    said = price(answer["tokens"], answer["cost_usd"])
    today = answer["days"][-1:] if answer["days"] else []
    last = [f"{price(day['tokens'], day['cost_usd'])} on {day['day']}" for day in today]
    return [["Used up", said, Ink(last[0], "dim")]] if said else []


def _show_agents(screen: Screen, agents: list[dict[str, Any]]) -> None:
    if not agents:
        return
    screen.line()
    screen.line(Ink("Agents", "head"))
    head: list[Piece] = [
        Ink(word, "dim") for word in ("agent", "tasks", "runs", "success", "average run", "used up")
    ]
    rows: list[list[Piece]] = [
        [
            Ink(a["agent"], "bold"),
            str(a["tasks"]),
            str(a["runs"]),
            percent(a["success_rate"]),
            _length(a["average_duration"]),
            price(a["tokens"], a["cost_usd"]) or "-",
        ]
        for a in agents
    ]
    screen.rows([head, *rows], flexible={0: 14})


def _show_tasks(screen: Screen, title: str, entries: list[dict[str, Any]]) -> None:
    if not entries:
        return
    screen.line()
    more = f"  the last {SHOWN} of {len(entries)}" if len(entries) > SHOWN else ""
    screen.line(Ink(title.capitalize(), "head"), Ink(more, "dim"))
    rows: list[list[Piece]] = [
        [
            Ink(e["task"], "bold"),
            Ink(e["agent"], "live"),
            Ink(_when(e), "dim"),
            _length(e["duration"]),
            Ink(e["notes"], "dim"),
        ]
        for e in entries[-SHOWN:]
    ]
    screen.rows(rows, flexible={4: 12, 1: 12})


def _when(entry: dict[str, Any]) -> str:
    time = entry["ended"] or entry["started"]
    return local(parsed(time)) if time else ""


def _of(part: int, whole: int) -> Piece:
    return Ink(f"{part} of {whole}", "dim")


def percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}x"


def _length(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.1f} s" if seconds < 10 else spoken(seconds)
