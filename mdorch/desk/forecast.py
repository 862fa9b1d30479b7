"""The forecast as an answer: who would run when, from how long runs took before."""

from __future__ import annotations

from typing import Any

from mdorch.desk.look import Look
from mdorch.desk.times import iso
from mdorch.plan.forecast import Forecast, forecast

__all__ = ["Forecast", "forecast_answer", "forecast_of"]

BASIS = "every run as long as the middle one of its kind; the spread: all as the shorter or the longer fifth"


def forecast_of(look: Look) -> Forecast:
    """The queue of a look, played through."""
    return forecast(look.board, look.facts, look.policy, look.now)


def forecast_answer(found: Forecast) -> dict[str, Any]:
    """Times are null where no run was measured: then only the order means anything."""
    known = found.measured > 0

    def when(moment: float) -> str | None:
        return iso(moment) if known else None

    return {
        "measured": found.measured,
        "basis": BASIS if known else "no run was measured yet: only the order means anything",
        "runs": [
            {
                "task": entry.task,
                "agent": entry.agent,
                "start": when(entry.start),
                "end": when(entry.end),
                "running": entry.running,
            }
            for entry in found.entries
        ],
        "critical_path": list(found.critical),
        "end": when(found.end),
        "earliest": when(found.earliest),
        "latest": when(found.latest),
        "one_more_slot_saves_s": round(found.one_more, 3) if known else None,
        "never": [{"task": v.task, "rule": v.rule.value, "reason": v.text} for v in found.never],
        "cut": found.cut,
    }
