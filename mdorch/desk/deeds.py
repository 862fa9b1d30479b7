"""Stopping and trying again, for fronts that wait for nothing: the keepers end the runs, and the daemon, or
the next one, writes on the page what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter

from mdorch.desk import commands, halt
from mdorch.desk.commands import Said
from mdorch.desk.look import Look
from mdorch.desk.propose import propose, refuse_another
from mdorch.desk.site import Site

ROLES = ("status", "agent", "priority", "requires", "notes", "title")
_cells = attrgetter("status_text", "agent_text", "priority", "requires_text", "notes", "title")

Rows = Mapping[str, tuple[str, ...]]  # task id -> cells in the order of `ROLES`


def stop(site: Site, task: str, now: float, seen: str = "") -> str:
    """Put a task on hold and end its runs; what was done, in words. `seen`: as for `propose`. Raises Trouble.

    The runs are ended whatever the page says by now: that is never wrong, and somebody may be in a hurry.
    """
    runs = halt.live_runs(site, task)
    halt.stop(site, runs, "hold")
    propose(site, commands.hold(site.page, task, bool(runs), Said()), now, seen=seen)
    return f"{task} is on hold" + (f", and {runs[0].id} is being ended" if runs else "")


def retry(site: Site, task: str, now: float, seen: str = "") -> str:
    """Open a task again, in a new round; of one that is at work, end the run, and leave the rest to the
    daemon. What was done, in words. Raises Trouble."""
    refuse_another(site, seen)
    runs = halt.live_runs(site, task)
    if runs:
        halt.stop(site, runs, "retry")
        return f"{runs[0].id} is being ended; {task} starts anew"
    said = Said()
    propose(site, commands.retry(site.page, task, said), now, seen=seen)
    halt.wake(site)
    return f"{said.task.id} begins a new round"


def rows(look: Look) -> Rows:
    """What the rows of a look say, for `changes`: cheap to keep, since looks share their texts."""
    return {t.id: _cells(t) for t in look.board.tasks if t.id}


def changes(before: Rows, after: Rows) -> list[dict[str, str]]:
    """What the rows of another look say otherwise: `task`, `role`, and what it `was` and is `now`, as on the
    page. A row that is new or gone has the role "row", and its title."""
    found = [
        {"task": task, "role": role, "was": was, "now": now}
        for task in before.keys() & after.keys()
        for role, was, now in zip(ROLES, before[task], after[task], strict=True)
        if was != now
    ]
    title = ROLES.index("title")
    gone = before.keys() - after.keys()
    found += [{"task": task, "role": "row", "was": before[task][title], "now": ""} for task in gone]
    fresh = after.keys() - before.keys()
    found += [{"task": task, "role": "row", "was": "", "now": after[task][title]} for task in fresh]
    return sorted(found, key=lambda change: (change["task"], change["role"]))
