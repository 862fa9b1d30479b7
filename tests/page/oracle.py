"""What cmark-gfm makes of a page, as plain data: the reference for what stands at the top level.

cmark-gfm is asked for HTML with source positions, without raw HTML, and the HTML is read back.
Each top-level block becomes a kind and a line, counting from 0, and tables carry their cells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

from mdorch.page.cells import plain
from mdorch.page.outline import Outline

KINDS = {
    "p": "paragraph",
    "ul": "list",
    "ol": "list",
    "blockquote": "quote",
    "pre": "code",
    "hr": "rule",
    "table": "table",
    **{f"h{level}": f"h{level}" for level in range(1, 7)},
}
VOID = {"hr", "br", "img", "input"}


@dataclass
class Found:
    kind: str
    line: int
    rows: list[list[str]] = field(default_factory=list)
    text: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.depth = 0
        self.found: list[Found] = []
        self.cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            place = dict(attrs).get("data-sourcepos") or "0:0"
            self.found.append(Found(KINDS[tag], int(place.split(":")[0]) - 1))
        if self.found[-1].kind == "table":
            if tag == "tr" and self.depth <= 2:
                self.found[-1].rows.append([])
            elif tag in ("td", "th"):
                self.cell = []
        if tag == "br" and self.cell is not None:
            self.cell.append("\n")
        if tag not in VOID:
            self.depth += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        self.depth -= 1
        if tag in ("td", "th") and self.cell is not None:
            self.found[-1].rows[-1].append("".join(self.cell))
            self.cell = None

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)
        elif self.depth:
            self.found[-1].text += data

    def handle_comment(self, data: str) -> None:
        if self.depth == 0:
            self.found.append(Found("html", -1))


def cmark(page: str) -> list[Found]:
    """The top-level blocks of a page, as cmark-gfm has them."""
    html = cmarkgfm.markdown_to_html_with_extensions(
        page, options=Options.CMARK_OPT_SOURCEPOS, extensions=["table"]
    )
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


def ours(outline: Outline) -> list[Found]:
    """The same shape from an outline. A block behind link references starts with them, as in cmark-gfm."""
    found = {h.line: Found(f"h{h.level}", h.line, text=h.text) for h in outline.headings}
    for table in outline.tables:
        rows = [[literal(text) for text in row.texts] for row in (table.header, *table.rows)]
        rows = [(row + [""] * table.columns)[: table.columns] for row in rows]
        found[table.line] = Found("table", table.line, rows)
    for block in outline.blocks:
        kind = "code" if block.kind == "fence" else block.kind
        found[block.line] = Found(kind, block.line)
    for block in outline.blocks:
        if block.kind == "reference":
            del found[block.line]
            follower = found.get(block.end)
            if follower and (follower.kind in ("paragraph", "table") or _is_setext(outline, block.end)):
                follower.line = block.line
    return [found[line] for line in sorted(found)]


def _is_setext(outline: Outline, line: int) -> bool:
    return any(h.setext and h.line == line for h in outline.headings)


def literal(text: str) -> str:
    """A cell's text as an inline reader has it, for cells without other markup than backslashes."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", plain(text)).replace("\0", "\ufffd")
