"""What can be done about what stands at a place: remedies for problems, and what one does with a task.

A remedy is the change that a careful hand would make, made by `board.edits` as commands make it; what cannot
be done so is not offered. Deeds are done by `deeds`: commands on the page, and not changes of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches

from mdorch.board.edits import CannotWrite
from mdorch.board.mentions import hits
from mdorch.board.newrows import none_word
from mdorch.board.status import Status
from mdorch.board.statuses import DEFAULT_WORD, MEANING
from mdorch.board.task import NeedKind, Task
from mdorch.board.wishes import AppendHandoff, AppendTask, SetCell, Wish
from mdorch.board.words import clipped, words
from mdorch.desk.editor.change import Change, wished
from mdorch.desk.editor.draft import Draft
from mdorch.frozen import Frozen, field
from mdorch.plan.actions import Rule

LIKELY = (Status.WAITING, Status.IN_PROGRESS, Status.COMPLETE, Status.ON_HOLD)  # what a wrong word may mean
NEAR = 3  # remedies that are offered for one part of a cell
_ID = re.compile(r"#?\w[\w.\-]{0,39}")
_SEPARATOR = re.compile(r"\s*(?:[,;+&\n、，；]|\s(?:and|AND|And)\s|<br ?/?>)\s*")


class Mend(Frozen):
    """`code` is that of the problem that it mends, "" for none. A deed is one of `deeds.DEEDS`, done with
    `task`, instead of changes. `best`: what is nearly always meant."""

    title: str
    code: str = ""
    changes: tuple[Change, ...] = field(default_factory=tuple)
    best: bool = False
    deed: str = ""
    task: str = ""


def mends(draft: Draft, first: int, last: int) -> list[Mend]:
    """For the lines from `first` to `last`, counted from 0."""
    rows = [row for line in range(first, min(last, first + 50) + 1) if (row := draft.places.rows.get(line))]
    found: list[Mend] = []
    for row in rows:
        for remedy in (_missing, _status, _circle):
            found += remedy(draft, row)
    for row in rows[:1]:
        found += [*_skeleton(draft, row), *_deeds(draft, row)]
    return found


def _mend(
    draft: Draft, title: str, wishes: Sequence[Wish], code: str = "", best: bool = False
) -> Iterator[Mend]:
    """The remedy, where it can be carried out."""
    try:
        changes = wished(draft.reading, wishes)
    except CannotWrite:
        return
    if changes:
        yield Mend(title, code, tuple(changes), best)


# -- prerequisites that name nothing ----------------------------------------------------------------


def _missing(draft: Draft, row: Task) -> Iterator[Mend]:
    ids = sorted(draft.places.ids - {row.id})
    for need in row.needs:
        if need.kind is not NeedKind.UNRESOLVED or not row.id:
            continue
        code, name = "unresolved-requirement", clipped(need.text)
        near = get_close_matches(need.text.upper(), {i.upper(): i for i in ids}, NEAR, 0.75)
        by_upper = {i.upper(): i for i in ids}
        for other in (by_upper[match] for match in near):
            text = _without(row.requires_text, need.text, other)
            yield from _mend(draft, f"Write {other} instead of {name}", [_requires(row, text)], code)
        if _ID.fullmatch(need.text) and re.search(r"\d", need.text):
            wish = AppendTask(
                f"(to be described: {row.id} requires it)", need.text, Status.ON_HOLD, beside=row.id
            )
            yield from _mend(draft, f"Add a row for {name}, on hold", [wish], code, best=not near)
        text = _without(row.requires_text, need.text)
        yield from _mend(
            draft,
            f"Take {name} out of what {row.id} requires",
            [_requires(row, text or _none(draft, row))],
            code,
        )


def _requires(row: Task, text: str) -> SetCell:
    return SetCell(row.id, "requires", text)


def _none(draft: Draft, row: Task) -> str:
    return none_word(row.table, draft.reading.board.tasks) or "None"


def _without(cell: str, part: str, other: str = "") -> str:
    """The cell without one of its parts, or with another one there."""
    parts = [text.strip() for text in _SEPARATOR.split(cell)]
    at = next((n for n, text in enumerate(parts) if _bare(text) == part), -1)
    if at < 0:
        span = next(hits(cell, part, among="/"), None)
        return cell[: span[0]] + other + cell[span[1] :] if span and other else cell
    kept = [*parts[:at], *([other] if other else []), *parts[at + 1 :]]
    return ", ".join(kept)


def _bare(text: str) -> str:
    found = re.fullmatch(r"[\[*_~`]*(.*?)(?:\]\([^()]*\))?[\]*_~`]*", text)
    return found[1] if found else text


# -- a word that is no status -----------------------------------------------------------------------


def _status(draft: Draft, row: Task) -> Iterator[Mend]:
    if row.status_known or not row.id:
        return
    said = words(row.status_text)
    near = get_close_matches(said, MEANING, 2, 0.7)
    meant = list(dict.fromkeys([*(MEANING[word] for word in near), *LIKELY]))
    for number, status in enumerate(meant[: NEAR + 1]):
        best = number == 0 and bool(near)
        title = f"Write {DEFAULT_WORD[status]} instead of {clipped(row.status_text, 30)}"
        yield from _mend(draft, title, [SetCell(row.id, "status", status)], "unknown-status", best)


# -- circles ----------------------------------------------------------------------------------------


def _circle(draft: Draft, row: Task) -> Iterator[Mend]:
    """One requirement less: each that leads from the row on into the circle. The best is one that points
    down the page, where work comes later."""
    verdicts = draft.look.plan.verdicts
    if verdicts[row.index].rule is not Rule.CYCLE:
        return
    board = draft.reading.board
    for need in row.needs:
        targets = board.rows_of(need.id) if need.kind is NeedKind.TASK and not need.inverse else []
        if any(verdicts[target.index].rule is Rule.CYCLE for target in targets):
            text = _without(row.requires_text, need.id) or _none(draft, row)
            title = f"Break the circle: {row.id} does not require {need.id}"
            best = targets[0].index >= row.index
            yield from _mend(draft, title, [_requires(row, text)], "cycle", best)


# -- what one does with a task ----------------------------------------------------------------------


def _skeleton(draft: Draft, row: Task) -> Iterator[Mend]:
    """Placeholders everywhere: the block does nothing before somebody has filled it in."""
    if not row.id:
        return
    block = AppendHandoff(
        sender=row.agents[0] if row.agents else "human",
        to="[Agent Name]",
        task=row.id,
        status="COMPLETE | PARTIAL | BLOCKED",
        deliverables=("[what was made]",),
        context=("[what the next one must know]",),
        artifacts=("[path of a file]",),
    )
    yield from _mend(draft, f"Insert a handoff for {row.id} at the end of the page", [block])


def _deeds(draft: Draft, row: Task) -> Iterator[Mend]:
    if not row.id or row.read_only:
        return
    running = draft.look.plan.verdicts[row.index].rule is Rule.RUNNING
    offered: list[tuple[str, Callable[[], bool]]] = [
        ("launch", lambda: not running and row.status in (Status.WAITING, Status.READY, Status.ON_HOLD)),
        ("retry", lambda: running or row.status in _TRIED),
        ("stop", lambda: running or row.status in (Status.WAITING, Status.READY, Status.PARTIAL)),
    ]
    for deed, fits in offered:
        if fits():
            yield Mend(f"{deed.capitalize()} {row.id}", deed=deed, task=row.id)


_TRIED = (Status.BLOCKED, Status.FAILED, Status.PARTIAL, Status.COMPLETE)
