"""Stopping and trying again, for fronts that wait for nothing: the keepers end the runs, and the daemon, or
the next one, writes on the page what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter

from mdorch.board.status import Status
from mdorch.config.errors import Trouble
from mdorch.desk import commands, halt
from mdorch.desk.commands import Said
from mdorch.desk.find import NOT_SO, find_task
from mdorch.desk.look import Look, look
from mdorch.desk.propose import propose, refuse_another
from mdorch.desk.site import Site
from mdorch.plan.actions import Rule

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


def launch(site: Site, task: str, now: float, seen: str = "") -> str:
    """Have a task started as soon as its rules allow; what was done, and what it still waits for. Nothing is
    started from here: that is the daemon's. As `stop`."""
    found = look(site, now)
    row = find_task(found.board, site.page, task)
    verdict = found.plan.verdicts[row.index]
    if verdict.rule is Rule.RUNNING or row.status is Status.COMPLETE:
        hint = f"mdorch retry {row.id} begins a new round"
        raise Trouble(f"{row.id} {verdict.text}", hint, NOT_SO)
    said = "" if row.status in commands.OPEN else retry(site, row.id, now, seen)
    if said:
        found = look(site, now)
        row = find_task(found.board, site.page, row.id)
        verdict = found.plan.verdicts[row.index]
    halt.wake(site)
    idle = "" if halt.daemon(site) else "; no daemon runs: mdorch up starts one"
    state = f"{row.id} starts" if verdict.rule is Rule.STARTS else f"{row.id}: {verdict.text}"
    return f"{said}; {state}{idle}" if said else f"{state}{idle}"


DEEDS: Mapping[str, Callable[[Site, str, float, str], str]] = {"launch": launch, "retry": retry, "stop": stop}


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
