"""Stopping and trying again, for fronts that wait for nothing: the keepers end the runs, and the daemon, or
the next one, writes on the page what became of them."""

from __future__ import annotations

from mdorch.desk import commands, halt
from mdorch.desk.commands import Said
from mdorch.desk.look import Look
from mdorch.desk.propose import propose
from mdorch.desk.site import Site


def stop(site: Site, task: str, now: float, seen: str = "") -> str:
    """Put a task on hold and end its runs; what was done, in words. `seen`: as for `propose`. Raises Trouble.

    The runs are ended whatever the page says by now: that is never wrong, and somebody may be in a hurry.
    """
    runs = halt.live_runs(site, task)
    halt.stop(site, runs, "hold")
    propose(site, commands.hold(site.page, task, bool(runs), Said()), now, seen=seen)
    return f"{task} is on hold" + (f", and {runs[0].id} is being ended" if runs else "")


def retry(site: Site, task: str, now: float, seen: str = "") -> str:
    """Open a task again, in a new round; of one that is at work, end the run first, and leave the rest to the
    daemon. As `stop`."""
    runs = halt.live_runs(site, task)
    if runs:
        halt.stop(site, runs, "retry")
        return f"{runs[0].id} is being ended; {task} starts anew"
    said = Said()
    propose(site, commands.retry(site.page, task, said), now, seen=seen)
    halt.wake(site)
    return f"{said.task.id} begins a new round"


def changes(before: Look, after: Look) -> list[dict[str, str]]:
    """What another look shows of the rows that one shows otherwise: `task`, `role`, and what it `was` and is
    `now`, as on the page. A row that is new or gone has the role "row"."""
    old, new = ({t.id: t for t in look.board.tasks if t.id} for look in (before, after))
    roles = ("status_text", "agent_text", "priority", "requires_text", "notes", "title")
    found = [
        {"task": id_, "role": role.removesuffix("_text"), "was": getattr(old[id_], role), "now": now}
        for id_ in old.keys() & new.keys()
        if old[id_] != new[id_]
        for role in roles
        if (now := getattr(new[id_], role)) != getattr(old[id_], role)
    ]
    gone = [{"task": t, "role": "row", "was": old[t].title, "now": ""} for t in old.keys() - new.keys()]
    fresh = [{"task": t, "role": "row", "was": "", "now": new[t].title} for t in new.keys() - old.keys()]
    return sorted([*found, *gone, *fresh], key=lambda change: (change["task"], change["role"]))
