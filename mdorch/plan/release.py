"""Claims that a crash left half-done, and whose tasks may not start any more: taken back."""

from __future__ import annotations

from mdorch.board.status import Status
from mdorch.board.wishes import SetCell, Wish
from mdorch.facts import RunState
from mdorch.plan.actions import Action, Kind
from mdorch.plan.draft import Draft, agent_rows_of, shows


def release(draft: Draft) -> None:
    """Give up claims of which nothing was started and whose task may not start any more."""
    started = {a.run for a in draft.actions if a.kind is Kind.START}
    for run in draft.facts.runs:
        if run.state is not RunState.CLAIMED or run.id in started or run.task in draft.facts.unwritable:
            continue
        task = draft.row(run.task)
        wishes: list[Wish] = [*agent_rows_of(run)]
        if task is not None and draft.statuses[task.index] is Status.IN_PROGRESS and shows(draft.board, run):
            wishes.append(SetCell(task.id, "status", draft.open_status()))
        verdict = draft.verdicts.get(task.index) if task else None
        reason = f"the claim is given up: {verdict.text if verdict else 'its row is gone'}"
        draft.actions.append(
            Action(
                Kind.RELEASE,
                run.task,
                reason,
                run.agent,
                run.id,
                run.attempt,
                run.round,
                "released",
                tuple(wishes),
            )
        )
