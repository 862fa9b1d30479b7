"""Changes of a text in an editor: what they must leave alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdorch.board.edits import edit
from mdorch.board.read import read
from mdorch.board.status import Status
from mdorch.board.wishes import AppendHandoff, AppendTask, SetCell, Wish
from mdorch.config.errors import Trouble
from mdorch.config.settings import Settings
from mdorch.desk.editor.change import Change, changes_to, wished
from mdorch.desk.editor.draft import Draft
from mdorch.desk.editor.names import applied, rename
from mdorch.desk.editor.tidy import tidied
from mdorch.desk.site import Site
from mdorch.page.scan import scan
from mdorch.page.source import Source

HEAD = "# P\n\n## Task Queue\n\n| ID | Task | Depends on | Status |\n|:-|---|--:|---|\n"
CELLS = st.text(st.sampled_from("aB1-|\\`*~ 😀表\t"), max_size=8)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=5)


def texts(data: bytes) -> list[list[list[str]]]:
    tables = scan(Source(data)).tables
    return [[[t.strip() for t in row.texts] for row in (table.header, *table.rows)] for table in tables]


def carried(source: Source, changes: list[Change]) -> bytes:
    """The text after changes, those too that go over several lines; made from the last one to the first."""
    lines = [source.line(n) + source.ending(n) for n in range(source.line_count)] + [""]
    starts = [sum(map(len, lines[:n])) for n in range(len(lines))]
    text = "".join(lines)
    for c in sorted(changes, key=lambda c: (c.line, c.start), reverse=True):
        text = text[: starts[c.line] + c.start] + c.text + text[starts[c.last] + c.end :]
    return (b"\xef\xbb\xbf" if source.bom else b"") + text.encode("utf-8", "surrogateescape")


@given(ROWS, st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_tables_in_line_say_what_they_said(rows: list[list[str]], piped: bool, ending: str) -> None:
    lines = ["|" + "|".join(row) + "|" if piped else "|".join(row) for row in rows]
    data = (
        (HEAD + "".join(f"{line}\n" for line in lines) + "\nText | with | pipes\n")
        .replace("\n", ending)
        .encode()
    )
    reading = read(data)
    new = carried(reading.source, tidied(reading))
    assert texts(new) == texts(data)
    assert [t.cells for t in _said(new)] == [t.cells for t in _said(data)]
    assert tidied(read(new)) == []
    assert len(Source(new).lines) == len(reading.source.lines)


class _Row:
    def __init__(self, *cells: object) -> None:
        self.cells = cells


def _said(data: bytes) -> list[_Row]:
    return [_Row(t.id, t.title, t.needs, t.status_text, t.draft) for t in read(data).board.tasks]


WISHES = [
    SetCell("A-1", "status", Status.COMPLETE),
    SetCell("A-2", "title", "x\ny"),
    SetCell("A-2", "requires", ""),
    AppendTask("more"),
    AppendHandoff("a", "b", "A-1", "COMPLETE"),
]


@given(
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.sampled_from(WISHES),
    st.sampled_from(["", "\nend", "\nend\n\n"]),
)
def test_a_wish_as_a_change_makes_the_same_page(ending: str, bom: bool, wish: Wish, tail: str) -> None:
    text = HEAD + "| A-1 | one | None | Todo |\n| A-2 | two | A-1 | Todo |\n" + tail
    data = b"\xef\xbb\xbf" * bom + text.replace("\n", ending).encode()
    reading = read(data)
    changes = wished(reading, [wish])
    assert carried(reading.source, changes) == edit(reading, [wish])
    (change,) = changes
    assert len(change.text) < 200


@given(st.binary(max_size=30), st.binary(max_size=30))
def test_any_other_bytes_are_one_change_away(old: bytes, new: bytes) -> None:
    source = Source(old)
    if source.bom == Source(new).bom:
        assert carried(source, changes_to(source, new)) == new


PROSE = [
    "See A-1.",
    "A-10, a/A-1, A-1.2, xA-1",
    "`A-1` and (A-1)",
    "- [ ] A-1",
    "> A-1",
    "<!-- A-1 -->",
]


@given(
    st.lists(
        st.sampled_from(["A-1", "A-2", "A-1, A-2", "A-1/A-2", "None", "A-1..A-3", "A-*", "#A-1"]),
        min_size=3,
        max_size=3,
    ),
    st.lists(st.sampled_from(PROSE), max_size=4),
)
def test_another_id_and_back_is_the_same_page(needs: list[str], prose: list[str]) -> None:
    """The page means the same with the other id, or it is refused; and what names no task stays."""
    rows = "".join(f"| A-{n} | after A-1 | {need} | Todo |\n" for n, need in enumerate(needs, 1))
    text = HEAD + rows + "".join(f"\n{line}\n" for line in prose)
    draft = Draft(Site(Path("/nowhere/CLAUDE.md"), Settings()), text, clock=lambda: 0.0)
    line = text.split("\n").index(f"| A-1 | after A-1 | {needs[0]} | Todo |")
    try:
        new = applied(draft.reading.source, rename(draft, line, 3, "Neu-77"))
    except Trouble:
        assert any(sign in need for need in needs for sign in (".", "*", "/"))
        return
    for kept in ("A-10", "a/A-1,", "A-1.2", "xA-1", "<!-- A-1 -->"):
        assert new.decode().count(kept) == text.count(kept)
    assert new.decode().count("Neu-77") >= 4  # its row, and three titles
    back = Draft(draft.site, new.decode(), clock=lambda: 0.0)
    assert applied(back.reading.source, rename(back, line, 3, "A-1")).decode() == text


@pytest.mark.parametrize("new", ["", "a b", "a|b", "A-2", "`x`", "[x]", "x,y", "None"])
def test_an_id_that_cannot_be_one(new: str) -> None:
    text = HEAD + "| A-1 | one | None | Todo |\n| A-2 | two | A-1 | Todo |\n"
    draft = Draft(Site(Path("/nowhere/CLAUDE.md"), Settings()), text, clock=lambda: 0.0)
    with pytest.raises(Trouble):
        rename(draft, 6, 3, new)
