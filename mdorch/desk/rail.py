"""What a run may do through mdorch: a rail against accidents, not a sandbox."""

from __future__ import annotations

from collections.abc import Mapping

from mdorch.config.errors import FAILED, Trouble


def rail(environ: Mapping[str, str], what: str, task: str = "") -> None:
    """Inside a run only its own handoff, question and notes may be written. Raises Trouble (exit 3).

    `task` is the task that is written, where that is allowed to its own run; "" where it never is.
    """
    run, own = environ.get("MDORCH_RUN", ""), environ.get("MDORCH_TASK", "")
    if run and not (task and task == own):
        hint = f"a run may write the handoff and the notes of its own task, {own}"
        raise Trouble(f"{what} is not for agents (this is run {run})", hint, FAILED)
