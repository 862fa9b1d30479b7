"""The text of a document: changes as the editor makes them, places in the editor's units."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lsprotocol import types

from mdorch.front.lsp.buffer import Buffer
from tests.front.lsp.editor import at


def joined(text: str) -> str:
    """With the halves of surrogate pairs put together."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


TEXTS = st.text(st.sampled_from("ab|\r\n\x0c\u2028é😀\ud83d\ude00"), max_size=30).map(joined)
SIZES = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
BYTES = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


def place(text: str, offset: int) -> types.Position:
    found = at(text, offset)
    return types.Position(found["line"], found["character"])


def between(text: str, offset: int) -> bool:
    """Whether a place is inside a line ending: editors have none there."""
    return text[max(0, offset - 1) : offset + 1] == "\r\n"


@given(TEXTS, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), TEXTS), max_size=5))
@example("\ud83d", [(1, 1, "\ude00x"), (0, 1, "a")])
def test_changes_make_the_text_that_the_editor_has(text: str, changes: list[tuple[int, int, str]]) -> None:
    buffer = Buffer(text, 1)
    for number, (start, end, new) in enumerate(changes):
        first, last = sorted((min(start, len(text)), min(end, len(text))))
        first, last = (n - between(text, n) for n in (first, last))
        span = types.Range(place(text, first), place(text, last))
        buffer.apply([types.TextDocumentContentChangePartial(span, new)], number)
        text = joined(text[:first] + new + text[last:])
        assert buffer.text == text
    buffer.apply([types.TextDocumentContentChangeWholeDocument("x")], 99)
    assert (buffer.text, buffer.version) == ("x", 99)


@pytest.mark.parametrize("units", SIZES)
@given(line=st.text(st.sampled_from("ab|é😀\u2028"), max_size=12), column=st.integers(0, 14))
def test_columns_in_the_units_of_the_editor(units: str, line: str, column: int) -> None:
    buffer = Buffer(f"\n{line}\r\n", 1, units)
    found = buffer.place(1, column)
    before = line[:column]
    assert found.character == len(before.encode(SIZES[units])) // BYTES[units]
    assert buffer.column(found) == len(before)
    assert buffer.end(1) == buffer.place(1, len(line))
    inside = types.Position(1, found.character + 1)  # perhaps in the middle of a character: the one before it
    assert buffer.column(inside) in (len(before), min(len(before) + 1, len(line)))
