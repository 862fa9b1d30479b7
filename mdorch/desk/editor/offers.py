"""What may be typed at a place: ids, agents and statuses, as this page writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from mdorch.board.defaults import DEFAULTS
from mdorch.board.dialect import Dialect
from mdorch.board.mentions import IDS, Spot
from mdorch.board.newrows import next_id, none_word
from mdorch.board.policies import agents_of
from mdorch.board.status import Status
from mdorch.board.statuses import DEFAULT_WORD, read_status
from mdorch.board.task import Task
from mdorch.board.words import is_none
from mdorch.desk.editor.draft import Draft
from mdorch.frozen import Frozen

MOST = 200  # that are offered at once; typing on offers others
SIGNALS = ("COMPLETE", "PARTIAL", "BLOCKED", "READY_FOR_REVIEW")
_PART = re.compile(r"[^,;&\n]*")  # of a cell that holds several names
_SEVERAL = frozenset({"requires", "blocks", "agent"})
_REPEATED = frozenset({"priority", "group", "domain", "review", "check"})  # columns of few different words


class Offer(Frozen):
    """`text` takes the place of the columns from `start` to `end` of the line. `kind` is "task", "agent",
    "status" or "word"."""

    text: str
    kind: str
    detail: str
    line: int
    start: int
    end: int


class Offers(Frozen):
    """In the order in which they are to be shown. `cut`: there are more."""

    found: tuple[Offer, ...] = ()
    cut: bool = False


def offers(draft: Draft, line: int, column: int) -> Offers:
    """What fits at a place; nothing where the page's language has nothing to say."""
    spot = draft.places.spot(line, column)
    if spot is None:
        return Offers()
    text = draft.reading.source.lines[line]
    start, end = _replaced(text, spot, column)
    typed = text[start : min(column, end)].strip().casefold()
    words = _words(draft, spot)
    fitting = (word for word in words if word[0] and typed in f"{word[0]} {word[2]}".casefold())
    near = list(islice(fitting, MOST + 1)) or list(islice(_words(draft, spot), MOST + 1))
    return Offers(
        tuple(Offer(word, kind, detail, line, start, end) for word, kind, detail in near[:MOST] if word),
        len(near) > MOST,
    )


def _replaced(text: str, spot: Spot, column: int) -> tuple[int, int]:
    """The columns that an offer takes the place of: the cell, one name of several in it, or the token of a
    status, so that what follows it stays."""
    if spot.start == spot.end:
        return column, column
    cell = text[spot.start : max(spot.end, column)]
    if spot.role == "status" and spot.kind == "task":
        said = read_status(cell)
        token = (said.start, said.end) if said.known and said.end > said.start else (0, spot.end - spot.start)
        return spot.start + token[0], spot.start + token[1]
    if spot.role in _SEVERAL:
        for part in _PART.finditer(cell):
            if part.start() <= column - spot.start <= part.end():
                blank = len(part[0]) - len(part[0].lstrip())
                first = spot.start + part.start() + blank
                return min(first, column), max(spot.start + part.start() + len(part[0].rstrip()), column)
    return min(spot.start, column), spot.end


Word = tuple[str, str, str]  # text, kind, detail


def _words(draft: Draft, spot: Spot) -> Iterator[Word]:
    board = draft.reading.board
    own = board.tasks[spot.index] if spot.index >= 0 else None
    if spot.role == "id":
        taken = draft.places.ids | board.archived
        yield next_id(spot.table, board.tasks, taken), "task", "the next id"
    elif spot.role in IDS:
        yield from _ids(board.tasks, own)
        if spot.role == "requires":
            yield none_word(spot.table, board.tasks) or "None", "word", "nothing is required"
            yield "All above", "word", "every row above it in its section"
    elif spot.role == "status":
        yield from _statuses(draft, spot)
    elif spot.role in ("agent", "from", "to"):
        yield from _agents(draft)
        if spot.role == "to":
            yield "-", "word", "nobody: the task is finished"
    elif spot.role in _REPEATED:
        values = (getattr(task, spot.role) for task in board.tasks)
        yield from ((value, "word", "") for value in sorted({v for v in values if v and not is_none(v)}))


def _ids(tasks: Iterable[Task], own: Task | None) -> Iterator[Word]:
    """Rows above come first, the nearest of them before all: what one requires is mostly just above."""
    at = own.index if own else 0
    rows = sorted(tasks, key=lambda t: (t.index > at, abs(t.index - at)))
    for task in rows:
        if task.id and task is not own:
            yield task.id, "task", f"{task.title} ({task.status_text})"


def _statuses(draft: Draft, spot: Spot) -> Iterator[Word]:
    if spot.kind == "handoff":
        yield from ((word, "status", "") for word in SIGNALS)
        return
    dialect = Dialect(draft.reading.board.tasks)
    for status in Status:
        word = dialect.token(spot.table, status) or DEFAULT_WORD[status]
        yield word, "status", status.value.replace("_", " ")


def _agents(draft: Draft) -> Iterator[Word]:
    """Those that work here first, then those that exist, then those that everybody knows."""
    board = draft.reading.board
    used = {name for task in board.tasks if not task.person for name in task.agents}
    defined = draft.agents
    for names, detail in ((used, "on this page"), (defined - used, "defined here")):
        yield from ((name, "agent", detail) for name in sorted(names))
    usual = agents_of(DEFAULTS) - used - defined
    yield from ((name, "agent", "of the controller's policy") for name in sorted(usual))
