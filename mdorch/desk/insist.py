"""Asking a run for its handoff before its program ends: the answer to the Stop hook of an agent program.

It asks once for a run, and in doubt not at all: a program that may not end is worse than a handoff that is
asked for afterwards, in the same session (`plan.prompt.nudge`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from mdorch.desk.look import look
from mdorch.desk.site import Site
from mdorch.desk.trees import left_by
from mdorch.facts import Run, RunState
from mdorch.frozen import replace
from mdorch.plan.draft import Draft
from mdorch.plan.fold import blocks_of
from mdorch.world.runs import Runs

ASKED = "insisted"  # in the folder of a run


def missing(site: Site, environ: Mapping[str, str]) -> str:
    """What to tell a run that is about to end without a handoff; "" where it may end."""
    name = environ.get("MDORCH_RUN", "")
    found = look(site, time.time())
    run = next((run for run in found.facts.runs if run.id == name), None)
    if run is None or run.state is not RunState.STARTED:
        return ""
    left = left_by(site, [replace(run, state=RunState.ENDED)])
    draft = Draft(found.board, replace(found.facts, left=left), found.policy, found.now)
    if blocks_of(draft, run) or not _first_time(site, run):
        return ""
    return (
        f"There is no handoff for task {run.task} yet, so nobody knows how far you are. If you are not done, "
        "go on. Then hand off as it is: COMPLETE, PARTIAL (somebody must continue) or BLOCKED (say why), "
        "with the tool `handoff` of mdorch where you have it, as a block at the end of the task list, or by "
        f"`mdorch handoff {run.task} --to - --status COMPLETE --deliverable 'FILE: what was made'`. "
        f"This is run {run.id}."
    )


def _first_time(site: Site, run: Run) -> bool:
    """Whether this run was not asked before; it is marked as asked. OSError where it cannot be."""
    try:
        (Runs(site.dot).folder(run.id) / ASKED).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
