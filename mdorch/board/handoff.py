"""A `Handoff`: one live Agent Handoff Signal block."""

from __future__ import annotations

from enum import StrEnum

from mdorch.frozen import Frozen


class Signal(StrEnum):
    COMPLETE = "complete"
    PARTIAL = "partial"
    BLOCKED = "blocked"
    IN_REVIEW = "in_review"
    DISCOVERED = "discovered"  # a new task, appended On Hold


class Mark(Frozen):
    """What a taken-mark says. `refused`: the block of a failed attempt, kept aside."""

    run: str
    digest: str
    time: str
    refused: bool = False


class Handoff(Frozen):
    """`sender`, `to`, `task` and `signal` are empty or None where the block does not say them.

    `digest` is the first 8 hex digits of SHA-256 over the words of the block, marks and typed answers
    left out: the same after an editor has restyled the file. `occurrence` counts equal blocks from 0.
    """

    line: int  # of the heading, counts from 1
    end: int  # first line after the block
    body: int  # first line after the heading: where a mark goes
    sender: str
    to: str
    task: str
    signal: Signal | None
    status_text: str
    reason: str = ""
    deliverables: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    answer: str = ""
    text: str = ""  # the block as written, without marks, LF
    digest: str = ""
    occurrence: int = 0
    mark: Mark | None = None
    also: str = ""  # another task that it says it is about
    valid: bool = True  # complete and of known words: may act
    run: str = ""  # the run that it says it is of
    asked: int = 0  # first line after its questions, 0 where it has none
    at_end: bool = False  # nothing follows it on the page: it may still be being typed

    @property
    def taken(self) -> bool:
        return self.mark is not None

    @property
    def obstacle(self) -> str:
        """What blocks it, as the notes of its row tell it; "" where it does not say."""
        return self.reason or "; ".join(self.questions) or next(iter(self.context), "")

    @property
    def key(self) -> str:
        return f"{self.digest}.{self.occurrence}"

    @property
    def answered(self) -> str:
        """As `key`, with the answer: another one makes another key."""
        return f"{self.key} {self.answer}"
