"""Claims that a crash left half-done, and whose tasks may not start any more: taken back."""

from __future__ import annotations

from mdorch.board.status import Status
from mdorch.board.wishes import AddAgentRow, SetCell, Wish
from mdorch.facts import RunState
from mdorch.plan.actions import Action, Kind
from mdorch.plan.draft import Draft, agent_rows_of, shows


def release(draft: Draft) -> None:
    """Give up claims of which nothing was started and whose task may not start any more.

    Where the task starts as another claim of it, its row is that one's: crashes around a change of the id
    leave two.
    """
    starts = [a for a in draft.actions if a.kind is Kind.START]
    started, starting = {a.run for a in starts}, {a.task for a in starts}
    rows = {(w.agent, w.task, w.started) for a in starts for w in a.wishes if isinstance(w, AddAgentRow)}
    for run in draft.facts.runs:
        if run.state is not RunState.CLAIMED or run.id in started or run.task in draft.facts.unwritable:
            continue
        task = draft.row(run.task)
        wishes: list[Wish] = [w for w in agent_rows_of(run) if (w.agent, w.task, w.started) not in rows]
        ours = task is not None and task.id not in starting and shows(draft.board, run)
        if task is not None and ours and draft.statuses[task.index] is Status.IN_PROGRESS:
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
