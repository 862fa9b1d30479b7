"""What changed on the page since it was last looked at, by whom, and since when.

The page does not say when a row was typed. So the cells of every row are remembered, and a row that
reads differently was changed now: by this daemon (it knows what it wrote), by a command (which said so
in the journal first) or else by hand. Only what a hand changed must settle before it may start.
"""

from __future__ import annotations

from collections.abc import Mapping

from mdorch.board.board import Board
from mdorch.board.changes import Change, ChangeKind, changes, remember
from mdorch.board.status import Status
from mdorch.board.statuses import read_status
from mdorch.board.task import Task
from mdorch.facts import Cause, Seen
from mdorch.frozen import Frozen, replace
from mdorch.page.cells import norm

REOPENS = frozenset({Status.BLOCKED.value, Status.FAILED.value, Status.PARTIAL.value, Status.COMPLETE.value})
ROUND = "round"  # role of the announcement that a task begins a new round (`mdorch retry`)
OPEN = frozenset({Status.WAITING.value, Status.READY.value})


class Observed(Frozen):
    """Rows to remember anew, ids to forget, and the changes behind them."""

    seen: tuple[Seen, ...]
    gone: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    changes: tuple[tuple[Change, Cause], ...]


def observe(
    seen: Mapping[str, Seen],
    board: Board,
    wished: Mapping[tuple[str, str], str],
    by: tuple[float, Cause],
    alike: Mapping[str, Task],
) -> Observed:
    """Compare the board with what was seen.

    `wished` holds announced cells, (task, role) → value; `by` is the time that changes get (epoch seconds)
    and what they count as unless every changed cell was announced; `alike` as for `changes`.
    """
    when, cause = by
    fresh: dict[str, Seen] = {}
    gone: list[str] = []
    renamed: list[tuple[str, str]] = []
    found: list[tuple[Change, Cause]] = []
    changed = changes(seen, board, alike)
    if not changed and not wished:
        return Observed((), (), (), ())
    tasks = {t.id: t for t in reversed(board.tasks) if t.id}
    for change in changed:
        if change.kind is ChangeKind.REMOVED:
            gone.append(change.task)
            found.append((change, Cause.MDORCH if change.task in board.archived else cause))
            continue
        task = tasks[change.task]
        whose = Cause.COMMAND if cause is Cause.HAND and _announced(change, task, wished) else cause
        found.append((change, whose))
        before = seen.get(change.old_id or change.task)
        if change.kind is ChangeKind.RENAMED:
            renamed.append((change.old_id, change.task))
        now = Seen(task.id, remember(task), task.status.value, when, whose, since=when)
        fresh[task.id] = _seen(before, now, (task.id, ROUND) in wished)
    for name, role in wished:
        if role == ROUND and name in seen and name in tasks and name not in fresh:
            fresh[name] = replace(seen[name], round=seen[name].round + 1)
    return Observed(tuple(fresh.values()), tuple(gone), tuple(renamed), tuple(found))


def _seen(before: Seen | None, now: Seen, asked: bool) -> Seen:
    """`asked`: a command asked for a new round."""
    if before is None:
        return now
    reopened = now.cause is not Cause.MDORCH and before.status in REOPENS and now.status in OPEN
    reopened = reopened or asked
    changed, cause = now.changed, now.cause
    if cause is Cause.MDORCH:  # our own write does not cut a person's settling short
        changed, cause = before.changed, before.cause
    return replace(
        now,
        changed=changed,
        cause=cause,
        round=before.round + 1 if reopened else before.round,
        since=now.since if before.status != now.status else before.since,
    )


def _announced(change: Change, task: Task, wished: Mapping[tuple[str, str], str]) -> bool:
    """Whether a command said that it would change these cells to what they say now."""
    cells = {role: new for role, (_, new) in change.cells.items()}
    if change.kind is ChangeKind.ADDED:
        cells = {"title": task.title}
    return bool(cells) and all(_says(new, role, wished.get((task.id, role))) for role, new in cells.items())


def _says(text: str, role: str, wish: str | None) -> bool:
    if wish is None:
        return False
    return read_status(text).status == wish if role == "status" else text == norm(wish)


def described(change: Change) -> str:
    """One line for the history."""
    if change.kind is ChangeKind.ADDED:
        return "row added"
    if change.kind is ChangeKind.REMOVED:
        return "row removed"
    if change.kind is ChangeKind.RENAMED:
        return f"renamed from {change.old_id}"
    return "; ".join(f"{role}: {_short(old)} → {_short(new)}" for role, (old, new) in change.cells.items())


def _short(text: str) -> str:
    flat = " ".join(text.split()) or "(empty)"
    return flat if len(flat) <= 60 else flat[:59] + "…"
