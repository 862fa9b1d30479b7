"""What a run may do through mdorch: a rail against accidents, not a sandbox; and a fence behind it.

A run that is over, or was given up, has nothing more to say: another one may be at work on its task. What it
hands off all the same is kept aside, not lost.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mdorch.config.errors import FAILED, Trouble

if TYPE_CHECKING:
    from mdorch.desk.site import Site
    from mdorch.facts import Run

LATE = "late"  # the folder in `.mdorch/`


def rail(environ: Mapping[str, str], what: str, task: str = "") -> None:
    """Inside a run only its own handoff, question and notes may be written. Raises Trouble (exit 3).

    `task` is the task that is written, where that is allowed to its own run; "" where it never is.
    """
    run, own = environ.get("MDORCH_RUN", ""), environ.get("MDORCH_TASK", "")
    if run and not (task and task == own):
        hint = "a run may write the handoff and the notes of its own task" + (f", {own}" if own else "")
        raise Trouble(f"{what} is not for agents (this is run {run})", hint, FAILED)


def fence(site: Site, environ: Mapping[str, str], text: str) -> None:
    """Refuse what a run has to say that is over. Raises Trouble (exit 3), with `text` kept aside."""
    run = _over(site, environ.get("MDORCH_RUN", ""))
    if run is None:
        return
    how = f"was given up ({run.ending})" if run.given_up else f"is over ({run.ending or run.state.value})"
    kept = _keep(site, run, text)
    raise Trouble(f"{run.id} {how}: too late, nothing is written", f"what it says is kept in {kept}", FAILED)


def _over(site: Site, run_id: str) -> Run | None:
    """The run that speaks, if it is known and not at work any more."""
    if not run_id:
        return None
    from mdorch.desk.look import observed, peeked

    with peeked(site) as journal:
        run = journal.run(run_id) if journal is not None else None
    if run is None:
        return None
    (now,) = observed(site, [run])
    return None if now.live else now


def _keep(site: Site, run: Run, text: str) -> str:
    """Put the text aside, each in a file of its own; its place, as messages have it."""
    from mdorch.config.document import shown
    from mdorch.world.names import safe_name

    folder = site.dot / LATE
    folder.mkdir(exist_ok=True)
    path = folder / f"{safe_name(run.id)}.{os.urandom(3).hex()}.md"
    path.write_text(text, "utf-8", "surrogateescape")
    return shown(path)
