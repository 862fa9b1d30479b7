"""The page's own dialect: which token to write for a status.

A page that says `✅ DONE` goes on saying it. The token comes from the same table, else from the whole
page, else it is the default word. Tokens that mean more than their status (*Merged*, *Cancelled*) are
read but never written, and so are those of rows that are broken.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from operator import attrgetter

from mdorch.board.status import Status
from mdorch.board.statuses import DEFAULT_WORD, PLAIN, StatusText, read_status
from mdorch.board.task import Task
from mdorch.board.words import drop_signs
from mdorch.page.cells import norm, value

_said = attrgetter("table", "status", "status_text", "status_known")


class Dialect:
    """Tokens in use on one page, by table and status."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._used: defaultdict[tuple[int | None, Status], Counter[str]] = defaultdict(Counter)
        for (table, status, text, is_known), times in Counter(map(_said, tasks)).items():
            token = _token(text) if table >= 0 and is_known else ""
            if token:
                self._used[table, status][token] += times
                self._used[None, status][token] += times

    def token(self, table: int, status: Status) -> str:
        """What this table, else the page, says most often for `status`: the first of equals, or ""."""
        for scope in (table, None):
            used = self._used.get((scope, status))
            if used:
                return used.most_common(1)[0][0]
        return ""


def _token(text: str) -> str:
    read = read_status(text)
    return (
        text[read.start : read.end] if read.word in PLAIN or (not read.word and read.end > read.start) else ""
    )


def written(old: str, status: Status, token: str) -> str:
    """The value of a status cell after `status` was written over `old`; `token` as from `Dialect.token`.

    What follows the old token stays. A default word takes over the decoration that hugs the old word,
    but not its emoji.
    """
    read = read_status(old)
    if not read.known or not old.strip() or read.end <= read.start or not (read.word or _is_sign(old, read)):
        return token or DEFAULT_WORD[status]
    new = token
    if not token:
        before, after = old[read.start : read.core[0]], old[read.core[1] : read.end]
        new = f"{drop_signs(before).strip()}{DEFAULT_WORD[status]}{drop_signs(after).strip()}"
    return old[: read.start] + new + old[read.end :]


def _is_sign(old: str, read: StatusText) -> bool:
    """Whether an emoji alone decided, and not a dash that stands for nothing."""
    return bool(old[read.start : read.end].strip("-–—"))


def status_value(old: str, status: Status, token: Callable[[], str]) -> str:
    """The value of a status cell after `status` was wished for it: as it is where it says that already. The
    `token` is asked for only where it is needed."""
    said = read_status(old)
    if said.known and said.status is status and (said.word or said.end > said.start):
        return old
    word = token()
    whole = old[said.start : said.end] == old.strip()
    new = written(old, status, word if whole else value(word))
    read = read_status(norm(new))
    return new if read.known and read.status is status else word or DEFAULT_WORD[status]
