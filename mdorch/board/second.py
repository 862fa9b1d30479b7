"""A second pair of eyes: another parser reads each new handoff block on its own.

Our own reading decides what is live. It also checked what it wrote, and would repeat a mistake of its own.
Before a block is written for good, mistletoe must find the same headings in it. It is asked about short new
text only, never about a page: it is slow on long runs of blanks, and costs a third of a second to import,
which only the commands that append a block pay.
"""

from __future__ import annotations

from collections.abc import Sequence

LONGEST = 20_000  # characters; a longer block is judged by its beginning


def headings_of(lines: Sequence[str]) -> list[tuple[int, str]] | None:
    """The headings (level, text) of a block as mistletoe reads it; None where it cannot."""
    from mistletoe.block_token import Document, Heading

    text = "\n".join(lines)[:LONGEST] + "\n"
    try:
        document = Document(text)
    except Exception:  # noqa: BLE001  (whatever it stumbles over, it is then no witness)
        return None
    return [
        (token.level, "".join(getattr(part, "content", "") for part in token.children or ()))
        for token in document.children or ()
        if isinstance(token, Heading)
    ]


def agrees(lines: Sequence[str]) -> bool:
    """Whether both readers find the headings that the lines were written as."""
    meant = [
        (len(marks), text)
        for marks, _, text in (line.partition(" ") for line in lines)
        if set(marks) == {"#"}
    ]
    found = headings_of(lines)
    return found is None or found == meant
