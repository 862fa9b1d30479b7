"""Handoff protocol: whether a block says all that the next agent needs, by the weight of what is missing.

A block that is incomplete acts all the same: the work is done, and asking again costs more than it brings.
What it lacks is told, so that whoever reads it, or writes the agents' instructions, can do better.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mdorch.board.handoff import Handoff, Signal
from mdorch.frozen import Frozen

_PATH = re.compile(r"(?<![\w/.:])(?:\.{0,2}/)?[\w.\-]+(?:/[\w.\-]+)*(?:/|\.[A-Za-z]\w{0,9})(?![\w/])")
_URL = re.compile(r"\w+://\S+")
_LINE = re.compile(r":\d+|#L\d+|\blines?\s+\d+", re.IGNORECASE)
_NOTHING = re.compile(r"[\s*_`-]*(?:none|n/a|nothing|-|—)?[\s.]*", re.IGNORECASE)


class Lack(Frozen):
    """`code` is that of the problem and says how grave it is; `text` goes on after "the handoff"."""

    code: str
    text: str


def lacks(block: Handoff) -> Iterator[Lack]:
    """What a block should say and does not. Only of those that may act; a refused one says enough."""
    if not block.valid or (block.mark and block.mark.refused):
        return
    made = [item for item in block.deliverables if not _NOTHING.fullmatch(item)]
    told = [item for item in block.context if not _NOTHING.fullmatch(item)]
    if block.signal is Signal.BLOCKED and not (block.reason or told or block.questions):
        yield Lack("handoff-no-reason", "does not say what blocks it")
    if block.signal not in (Signal.COMPLETE, Signal.PARTIAL, Signal.IN_REVIEW):
        return
    if not made:
        yield Lack("handoff-no-deliverables", "does not say what was made")
    if block.signal is Signal.PARTIAL and not told:
        yield Lack("handoff-no-context", "does not say what is left to do")
    said = [*made, *told, *block.artifacts]
    if made and not any(True for _ in paths(said)):
        yield Lack("handoff-no-paths", "names no file")
    elif told and any(True for _ in paths(told)) and not any(_LINE.search(item) for item in told):
        yield Lack("handoff-no-lines", "names files for the next agent, but no line in them")


def paths(items: Iterable[str]) -> Iterator[str]:
    """The files that lines of a block name, as written: with a folder or an extension."""
    for item in items:
        for found in _PATH.finditer(_URL.sub(" ", item)):
            text = found[0]
            if "/" in text or not text.replace(".", "").isdecimal():
                yield text


def promised(block: Handoff) -> list[str]:
    """The files that a block surely says are there: items of its Artifacts that are a path and nothing else,
    or begin with one that has a folder. Words that only look like a name of a file promise nothing."""
    found: list[str] = []
    for item in block.artifacts:
        first = item.split()[0] if item.strip() else ""
        path = first.strip("`*\"'").rstrip(":,;").strip("`*\"'")
        alone = first == item.strip() or first.endswith(":")
        if _PATH.fullmatch(path) and ("/" in path or (alone and not path.replace(".", "").isdecimal())):
            found.append(path)
    return found


def artifacts_of(block: Handoff) -> list[str]:
    """The files that must exist once the block says COMPLETE: those that its Artifacts name."""
    if block.signal is not Signal.COMPLETE or not block.valid or (block.mark and block.mark.refused):
        return []
    return list(dict.fromkeys(paths(block.artifacts)))
