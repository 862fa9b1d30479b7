"""The morning after: what needs a person, then what happened since that person last looked.

Every front opens with it. A front asks `visit` when a person looks, which is also what remembers that; then
`morning` of one look and of the moment that `visit` gave.

A *visit* is all looks of one user with at most `PAUSE` seconds between one and the next, by whatever front:
whoever looks three times over breakfast is told of the night three times. A screen that nobody sits at is no
visit: a front that stays open asks `visit` when it opens and when somebody uses it, not each time it draws.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mdorch.board.status import Status
from mdorch.desk.look import Look, observed, peeked
from mdorch.desk.site import Site
from mdorch.desk.status import done, needs_you
from mdorch.desk.times import iso, parsed
from mdorch.facts import End, Run
from mdorch.frozen import Frozen
from mdorch.plan.advance import Outcome
from mdorch.plan.tally import began, used_up

PAUSE = 600.0  # seconds without a look, after which the next look begins a new visit
LOOKED = "looked"  # in `.mdorch/`, with the user's number behind it
_FAILED = (Outcome.FAILED, Outcome.LOST)


class Visit(Frozen):
    """`last`: the newest look of this visit; `before`: the last one of the visit before it. Epoch seconds;
    0.0 where there was none."""

    last: float = 0.0
    before: float = 0.0

    def at(self, now: float) -> Visit:
        """With one more look, now. A clock that was set back begins a new visit."""
        if 0.0 <= now - self.last <= PAUSE:
            return Visit(now, self.before)
        return Visit(now, min(self.last, now))


def visit(site: Site, environ: Mapping[str, str], now: float) -> float | None:
    """A person looks: since when anything is news to them, in epoch seconds; None at their first visit.

    Remembered for the next time beside the page, where that can be written. A run (`MDORCH_RUN`) is nobody,
    and leaves no trace.
    """
    path = site.dot / f"{LOOKED}.{os.getuid()}"
    known = _read(path)
    this = known.at(now)
    if not environ.get("MDORCH_RUN"):
        _write(path, this)
    return this.before or None


def morning(look: Look, after: float | None) -> dict[str, Any]:
    """What a front opens with. `after` (epoch seconds): since when; None: ever since this page is known.

    `{"since", "needs": as in the status answer, "done": [{"task", "title", "at"}], "failed": [{"task",
    "title", "agent", "at", "text"}], "attempts": runs that ended, "usd", "tokens": what those used up, null
    where no program says}`, oldest first. `failed` has each task once, with its newest failure, and none that
    is complete by now. A title is empty where the row has left the page.
    """
    since = after or 0.0
    with peeked(look.site) as journal:
        known = observed(look.site, journal.ended_since(since)) if journal is not None else []
    runs = [run for run in known if began(run) and run.ended is not None and run.ended >= since]
    used = used_up(runs)
    return {
        "since": iso(after),
        "needs": list(needs_you(look)),
        "done": _done(look, runs, since),
        "failed": _failed(look, runs),
        "attempts": len(runs),
        "usd": used["cost_usd"],
        "tokens": used["tokens"],
    }


def _done(look: Look, runs: Iterable[Run], since: float) -> list[dict[str, Any]]:
    """Rows that became complete, by a run or by hand, and those of runs that have left the page since."""
    titles = {task.id: task.title for task in look.board.tasks}
    gone = {r.task: iso(r.ended) for r in runs if r.outcome == Outcome.COMPLETE and r.task not in titles}
    found = [*done(look, since), *({"task": task, "at": at} for task, at in gone.items())]
    found.sort(key=lambda one: parsed(one["at"]))
    return [{"task": one["task"], "title": titles.get(one["task"], ""), "at": one["at"]} for one in found]


def _failed(look: Look, runs: Iterable[Run]) -> list[dict[str, Any]]:
    rows = {task.id: task for task in look.board.tasks}
    newest = {run.task: run for run in sorted(runs, key=lambda r: r.ended or 0.0) if _went_wrong(run)}
    complete = {task.id for task in rows.values() if task.status is Status.COMPLETE}
    return [
        {
            "task": run.task,
            "title": rows[run.task].title if run.task in rows else "",
            "agent": run.agent,
            "at": iso(run.ended),
            "text": run.ending,
        }
        for run in sorted(newest.values(), key=lambda r: r.ended or 0.0)
        if run.task not in complete
    ]


def _went_wrong(run: Run) -> bool:
    """What nobody has folded yet has no outcome; how it ended is known."""
    return run.outcome in _FAILED or not (run.outcome or run.went_well or run.end is End.STOPPED)


def _read(path: Path) -> Visit:
    with suppress(OSError, ValueError, TypeError, KeyError):
        found = json.loads(path.read_bytes())
        return Visit(float(found["last"]), float(found["before"]))
    return Visit()


def _write(path: Path, this: Visit) -> None:
    """Best effort, and at once: another front may read it."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with suppress(OSError):
        draft.write_text(json.dumps({"last": this.last, "before": this.before}), "ascii")
        draft.replace(path)
