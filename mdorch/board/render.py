"""New blocks of the page as lines of text: handoffs in the standard format, taken-marks, answers."""

from __future__ import annotations

import re

from mdorch.board.wishes import AppendHandoff, BringHandoff, MarkTaken

_PARTS = (
    ("Deliverables", "deliverables"),
    ("Context for Next Agent", "context"),
    ("Artifacts", "artifacts"),
    ("Questions", "questions"),
)
_UNSAFE = re.compile(r"[\s%<>\x00-\x1f\x7f-\x9f]|--")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def handoff_lines(wish: AppendHandoff) -> list[str]:
    """The block, from its heading to its last item. Texts are put on one line each."""
    lines = [
        "## Agent Handoff Signal",
        "",
        f"**From**: {one_line(wish.sender) or '-'}",
        f"**To**: {one_line(wish.to) or '-'}",
        f"**Task**: {one_line(wish.task)}",
        f"**Status**: {one_line(wish.status)}",
    ]
    for title, name in _PARTS:
        items = [item for item in map(one_line, getattr(wish, name)) if item]
        if items:
            lines += ["", f"### {title}", *(f"- {item}" for item in items)]
    return lines


def mark_line(digest: str, wish: MarkTaken | BringHandoff) -> str:
    word = "refused" if wish.refused else "taken"
    return f"<!-- mdorch: {word} {quoted(wish.run) or '-'} {digest} {quoted(wish.time)} -->"


def answer_lines(text: str) -> list[str]:
    return [f"**Answer**: {one_line(text)}"]


def one_line(text: str) -> str:
    """The text without line breaks, control characters, lone surrogates and runs of blanks."""
    return " ".join(_CONTROL.sub("", text).encode("utf-8", "replace").decode().split())


def quoted(name: str) -> str:
    """A name without blanks and without anything that could end a comment; `unquoted` undoes it."""
    return _UNSAFE.sub(
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace")), name
    )


def unquoted(text: str) -> str:
    raw = re.sub(
        rb"%([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), text.encode("utf-8", "surrogateescape")
    )
    return raw.decode("utf-8", "surrogateescape")
