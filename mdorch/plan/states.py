"""The states of a task and what moves it from one to the next: drawn from the tables of `plan.advance`.

Only what mdorch itself writes. A person may type any word over any other; that is accepted as a fact.
"""

from __future__ import annotations

from collections.abc import Iterator

from mdorch.board.status import Status
from mdorch.plan.advance import BEFORE, BOUNDS, STARTABLE, TRANSITIONS

Edge = tuple[Status, Status, str]


def edges() -> Iterator[Edge]:
    """(from, to, why), in the order of the tables."""
    for status in STARTABLE:
        yield status, Status.IN_PROGRESS, "starts"
    for outcome, status in TRANSITIONS.items():
        yield BEFORE.get(outcome, Status.IN_PROGRESS), status, outcome.value.replace("_", " ")
    for bound, status in BOUNDS.items():
        yield Status.IN_PROGRESS, status, bound


def diagram() -> str:
    """As Mermaid; several reasons for one way stand on one arrow."""
    ways: dict[tuple[Status, Status], list[str]] = {}
    for before, after, why in edges():
        ways.setdefault((before, after), []).append(why)
    lines = [f"    {a.value} --> {b.value}: {', '.join(why)}" for (a, b), why in ways.items()]
    return "\n".join(["stateDiagram-v2", *lines]) + "\n"
