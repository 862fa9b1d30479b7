"""Status cells: the words that mean each status, and where in a cell the word stands.

A status cell is a *token* and free text: `✅ DONE 2026-04-18`, `**DONE** (9 tests)`, `[CLAIMED by @x]`.
The token is the emoji, the word and the decoration that hugs them; what follows is somebody's note
and outlives every change of status. The word decides. An emoji counts only where no word stands,
because real pages disagree about colours. The word must come first: `not done` is no `done`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from mdorch.board.status import Status
from mdorch.board.words import VARIATION, is_sign
from mdorch.frozen import Frozen

# Words after the bar mean the status and something besides (merged, cancelled), or are misspelled: they
# are read, never written.
_WORDS = {
    Status.WAITING: "waiting, pending, todo, to do, open, not started, queued | notstarted",
    Status.READY: "ready, available |",
    Status.IN_PROGRESS: "in progress, active, running, started, working, wip | claimed, inprogress",
    Status.IN_REVIEW: "in review, review, needs review, ready for review | inreview",
    Status.COMPLETE: "complete, completed, done, closed | merged, resolved, verified, fixed, implemented",
    Status.BLOCKED: "blocked, stuck |",
    Status.PARTIAL: "partial, partially complete, partial success |",
    Status.FAILED: "failed | error",
    Status.ON_HOLD: "on hold, paused | onhold, deferred, parked, draft, backlog, planned, proposed, new, "
    "cancelled, canceled, skipped, wontfix, wont fix, won t fix",
}
DEFAULT_WORD = {
    Status.WAITING: "Waiting",
    Status.READY: "Ready",
    Status.IN_PROGRESS: "In Progress",
    Status.IN_REVIEW: "In Review",
    Status.COMPLETE: "Complete",
    Status.BLOCKED: "Blocked",
    Status.PARTIAL: "Partial",
    Status.FAILED: "Failed",
    Status.ON_HOLD: "On Hold",
}
_EMOJI = {
    Status.COMPLETE: "✅✔☑✓",
    Status.WAITING: "⏳⌛⬜☐🔲",
    Status.IN_PROGRESS: "🔄🚧",
    Status.BLOCKED: "⛔🚫",
    Status.FAILED: "❌",
    Status.ON_HOLD: "⏸",
}
# Words that mean "never": their rows are left out of wildcards.
_CANCELLED = frozenset({"cancelled", "canceled", "skipped", "wontfix", "wont fix", "won t fix"})
_BOXES = {"[x]": Status.COMPLETE, "[X]": Status.COMPLETE, "[ ]": Status.WAITING}
_BOX = re.compile(r"[*_~`(]*\[[ xX]\]")

# Where a page says ready *for what*, only these mean that work may begin.
_VAGUE = frozenset({"new", "error", "draft", "active", "running", "working"})  # words of any remark
_READY_FOR = frozenset({"work", "dev", "development", "implementation", "pickup", "agent", "start", "begin"})


def _split(words: str) -> list[str]:
    return [word.strip() for word in words.split(",") if word.strip()]


MEANING = {word: status for status, listed in _WORDS.items() for word in _split(listed.replace("|", ","))}
PLAIN = frozenset(word for listed in _WORDS.values() for word in _split(listed.partition("|")[0]))
_SIGN = {sign: status for status, signs in _EMOJI.items() for sign in signs}
_LONGEST = max(phrase.count(" ") for phrase in MEANING) + 1

_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_GAP = re.compile(r"[ _\-]+")
_WORDS_THERE = re.compile(r"[^\W\d_]+(?:[ _\-][^\W\d_]+){0,2}")
_NEXT = re.compile(r"[ _\-–—:]*(?=\w)|[^\w\s(][^\w(]*(?=\w)")  # what may stand between two choices
_STRUCK = re.compile(r"~~[^~]*~~\s*+(?:→|->|=>|➡️?)?\s*+(?=\S)")
_WRAPS = (
    ("**", "**"),
    ("__", "__"),
    ("~~", "~~"),
    ("*", "*"),
    ("_", "_"),
    ("`", "`"),
    ("[", "]"),
    ("(", ")"),
)


class StatusText(Frozen):
    """A status cell, read. `start` and `end` bound the token in the text, decoration that hugs it
    included; `core` bounds what decided inside it: the word, or a bare emoji.

    `word` is in lower case with single spaces, "" where an emoji or nothing decided.
    """

    status: Status
    known: bool
    word: str
    start: int
    end: int
    core: tuple[int, int]

    @property
    def cancelled(self) -> bool:
        return self.word in _CANCELLED


def read_status(text: str) -> StatusText:
    """The status that a cell says; `text` is the cell as written (trimmed or not). Never raises."""
    return _read(text) if len(text) <= 200 else _read.__wrapped__(text)


@lru_cache(maxsize=4096)
def _read(text: str) -> StatusText:
    start, end = _trimmed(text)
    struck = _STRUCK.match(text, start)
    if struck and struck.end() < end:
        start = struck.end()
    whole = (start, end)
    if not text[start:end].strip("-–—"):
        return StatusText(Status.ON_HOLD, True, "", start, end, whole)
    boxed = _BOX.match(text, start, end)
    box = boxed.end() if boxed else start
    head = _head_end(text, box, end)
    found = _phrase(text, head, end)
    if found and found[0] not in MEANING and "(" in text[start:head]:
        found = None  # `✅ (see below)`: what stands in parentheses behind a sign is a remark
    if found is None and box > start:
        tick = (box - 3, box)
        return StatusText(_BOXES[text[box - 3 : box]], True, "", *_hugged(text, tick, whole), tick)
    if found is None:
        return _by_sign(text, start, head, end)
    word, stop = found
    status = MEANING.get(word)
    if status is None:
        return StatusText(Status.ON_HOLD, False, word, start, end, whole)
    core = box - 3 if box > start else _core_start(text, start, head)
    token = _hugged(text, (core, _trailing_signs(text, stop, end)), whole)
    return StatusText(status, True, word, *token, (head, stop))


def _trimmed(text: str) -> tuple[int, int]:
    end = len(text.rstrip())
    return min(len(text) - len(text.lstrip()), end), end


def _head_end(text: str, start: int, end: int) -> int:
    """Where signs and decoration before the word end."""
    at = start
    while at < end and not text[at].isalnum():
        at += 1
    return at


def _phrase(text: str, start: int, end: int) -> tuple[str, int] | None:
    """The longest known phrase at `start`, else the first word; None where no word stands there."""
    taken: list[str] = []
    stops: list[int] = []
    at = start
    while len(taken) < _LONGEST + 1:
        letters = _LETTERS.match(text, at, end)
        if letters is None:
            break
        taken.append(letters.group().casefold().replace("’", " ").replace("'", " "))
        stops.append(letters.end())
        gap = _GAP.match(text, letters.end(), end)
        if gap is None:
            break
        at = gap.end()
    if not taken:
        return None
    for count in range(min(len(taken), _LONGEST), 0, -1):
        phrase = " ".join(taken[:count])
        if phrase in MEANING:
            after = text[stops[count - 1] : stops[count - 1] + 1]
            if _doubtful(phrase, taken[count:], after):
                return f"{' '.join(taken)}{after}".rstrip(), stops[-1]
            if _is_choice(phrase, text[stops[count - 1] : end]):
                return f"{phrase}?", stops[-1]
            return phrase, stops[count - 1]
    return taken[0], stops[0]


def _doubtful(phrase: str, following: list[str], mark: str) -> bool:
    """`Done?`, `Done/Blocked` and `Ready for QA` do not say what their first word alone would say."""
    if mark and mark in "?/|":
        return True
    ready = MEANING[phrase] is Status.READY and bool(following) and following[0] in ("for", "to")
    return ready and not (len(following) > 1 and following[1] in _READY_FOR)


def _is_choice(phrase: str, rest: str) -> bool:
    """A word that lets the row start, and behind it another one that does not: `☐ Todo ☐ Done`, a menu that
    nobody chose from, `Todo → Done` and `Pending review`. What stands in parentheses is a remark."""
    status = MEANING[phrase]
    if status not in (Status.WAITING, Status.READY):
        return False
    for gap in islice(_NEXT.finditer(rest[:200]), 20):
        told = _known(rest, gap.end()) if gap.start() == 0 or gap.group().strip(" _-–—:") else None
        if told not in (None, status):
            return True
    return False


def _known(text: str, at: int) -> Status | None:
    """The status that the words at `at` mean, None for words that mean none."""
    behind = _WORDS_THERE.match(text, at)
    said = behind[0].casefold().replace("_", " ").replace("-", " ").split() if behind else []
    phrases = (" ".join(said[:count]) for count in range(len(said), 0, -1))
    return next((MEANING[phrase] for phrase in phrases if phrase in MEANING and phrase not in _VAGUE), None)


def _by_sign(text: str, start: int, head: int, end: int) -> StatusText:
    """No word: the first sign that means something decides."""
    at = next((i for i in range(start, head) if text[i] in _SIGN), -1)
    if at < 0:
        return StatusText(Status.ON_HOLD, False, "", start, end, (start, end))
    stop = at + 1
    while stop < end and text[stop] in VARIATION:
        stop += 1
    return StatusText(_SIGN[text[at]], True, "", *_hugged(text, (at, stop), (start, end)), (at, stop))


def _core_start(text: str, start: int, head: int) -> int:
    """The first emoji before the word, or the word itself: brackets and emphasis are decoration."""
    for at in range(start, head):
        if is_sign(text[at]):
            return at
    return head


def _trailing_signs(text: str, stop: int, end: int) -> int:
    """`Done ✅` with nothing after it: the emoji belongs to the token."""
    rest = text[stop:end]
    if rest.strip() and all(is_sign(c) or c.isspace() or c in VARIATION for c in rest):
        return stop + len(rest.rstrip())
    return stop


def _hugged(text: str, core: tuple[int, int], whole: tuple[int, int]) -> tuple[int, int]:
    """Widen `core` over the decoration that encloses exactly it; close what opens inside it."""
    low, high = _balanced(text, core, whole[1])
    widened = True
    while widened:
        widened = False
        for opening, closing in _WRAPS:
            if text.endswith(opening, whole[0], low) and text.startswith(closing, high, whole[1]):
                low, high, widened = low - len(opening), high + len(closing), True
                break
    return low, high


def _balanced(text: str, core: tuple[int, int], end: int) -> tuple[int, int]:
    """`✅ **Done**`: what opens between the emoji and the word closes after the word."""
    low, high = core
    inside = text[low:high]
    for opening, closing in _WRAPS:
        at = inside.find(opening)
        if at >= 0 and inside.find(closing, at + len(opening)) < 0 and text.startswith(closing, high, end):
            return _balanced(text, (low, high + len(closing)), end)
    return low, high
