"""What is noted of a row, one thing behind the other in one cell: `first; second`."""

from __future__ import annotations

from mdorch.page.cells import norm


def noted(notes: str, more: str) -> str:
    """The notes of a row with one more; one that stands there already is not said again."""
    return notes if more in notes else f"{notes}; {more}" if notes else more


def unnoted(notes: str, less: str) -> str:
    """The notes without the one that `noted` put there last; as they are where the last one is another."""
    said = norm(less)
    if said and (notes == said or notes.endswith(f"; {said}")):
        return notes.removesuffix(said).removesuffix("; ")
    return notes
