"""The words of a handoff's status line: COMPLETE, PARTIAL, BLOCKED and the five longer ones."""

from __future__ import annotations

import re

from mdorch.board.handoff import Signal

_WORDS = {
    "task complete": Signal.COMPLETE,
    "complete": Signal.COMPLETE,
    "completed": Signal.COMPLETE,
    "done": Signal.COMPLETE,
    "partial success": Signal.PARTIAL,
    "partially complete": Signal.PARTIAL,
    "partial": Signal.PARTIAL,
    "blocked": Signal.BLOCKED,
    "ready for review": Signal.IN_REVIEW,
    "needs review": Signal.IN_REVIEW,
    "in review": Signal.IN_REVIEW,
    "discovered issue": Signal.DISCOVERED,
}
_WORD = "|".join(word.replace(" ", r"[ _\-]") for word in _WORDS)
_SIGNAL = re.compile(rf"[\W_]*({_WORD})(?![^\W_])", re.IGNORECASE)
_OTHER = re.compile(rf"(?:[\s*_`,;&+]|->|=>|→|⇒|➡\ufe0f?|\b(?:or|and)\b)*({_WORD})(?![^\W_])", re.IGNORECASE)
_STRUCK = re.compile(r"[\s*_]*+~~[^~]*~~\s*+(?:->|=>|→|⇒|➡\ufe0f?)?(?=.*\w)", re.DOTALL)
_BLOCKED_ON = re.compile(r"[ _\-]on(?:[ _\-]+|(?=\[))(.*)", re.IGNORECASE | re.DOTALL)
_EDGES = " \t*_`~:;,.()-–—"


def read_signal(text: str) -> tuple[Signal | None, str]:
    """What a status value says, and the reason behind it; None for words that are not known.

    `BLOCKED_ON_[API keys]` and `BLOCKED: API keys` both give the reason `API keys`. A choice that
    nobody made (`COMPLETE | BLOCKED`, `COMPLETE or BLOCKED`), or a question mark, is no signal. What is
    struck through says nothing, where something stands behind it.
    """
    struck = _STRUCK.match(text)
    text = text[struck.end() :] if struck else text
    found = _SIGNAL.match(text)
    if not found:
        return None, ""
    signal = _signal_of(found)
    rest = text[found.end() :]
    if rest.lstrip(" \t*_`~")[:1] in ("|", "/", "?", "\\"):
        return None, ""
    other = _OTHER.match(rest) if signal is Signal.COMPLETE else None
    if other and _signal_of(other) is not signal:
        return (Signal.IN_REVIEW, "") if _signal_of(other) is Signal.IN_REVIEW else (None, "")
    on = _BLOCKED_ON.match(rest) if signal is Signal.BLOCKED else None
    reason = on[1] if on else rest
    reason = reason.strip(_EDGES)
    if on and reason.startswith("[") and reason.endswith("]"):
        reason = reason[1:-1].strip(_EDGES)
    return signal, reason


def _signal_of(found: re.Match[str]) -> Signal:
    return _WORDS[re.sub(r"[ _\-]", " ", found[1].lower())]
