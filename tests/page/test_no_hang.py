"""No page hangs the scan: time in proportion to the page, whatever it holds.

Each pattern is repeated to an eighth of a megabyte, and has an eighth of the five seconds that a megabyte
may take (twice that, since machines differ), in CPU time of this process. What is quadratic misses it by far.
"""

from __future__ import annotations

import time

import pytest

from mdorch.page.cells import encode, link_target, replace, value
from mdorch.page.scan import scan
from mdorch.page.source import Source

SIZE = 1 << 17
SECONDS = 2 * 5.0 * SIZE / (1 << 20)


def filled(pattern: str, head: str = "", tail: str = "") -> str:
    return head + pattern * (SIZE // len(pattern)) + tail


PAGES = {
    "quotes in a line": filled(">"),
    "deep quotes": filled("> " * 1_000 + "x\n"),
    "lazy lines of a deep quote": filled("x\n", "> " * 100 + "a\n"),
    "lazy marks of a deep quote": filled("*x\n", "> " * 100 + "a\n"),
    "quotes that end at a lazy line": filled("> # h\nx\n"),
    "quotes that end, and a long one": "> # h\nx\n" * 4_000 + filled("> a\n"),
    "empty quotes": filled(">\nx\n"),
    "quoted tables": filled("> a|b\n> -|-\nx\n"),
    "quotes of all depths": "".join(">" * (n % 100 + 1) + " a\nx\n" for n in range(2_300)),
    "lists in a line": filled("- "),
    "stars in a line": filled("* ", tail="x"),
    "numbers in a line": filled("1. "),
    "deep lists": "".join("  " * n + "- x\n" for n in range(350)),
    "lists by turns": filled("- a\n* b\n"),
    "lists and quotes by turns": filled("- a\n> b\n"),
    "lists and quotes in a line": filled("- > "),
    "empty items": filled("-\n"),
    "nested items": filled("- - - - - - - - a\n"),
    "blank lines below a deep list": filled("\n", "- " * 50 + "x\n"),
    "lazy lines of a deep list": filled("x\n", "- " * 50 + "x\n"),
    "spaces": filled(" "),
    "spaces in a line of text": filled(" ", "x", "x"),
    "spaces behind a heading": filled(" ", "# a", "x"),
    "tabs": filled("\t"),
    "blank lines": filled("\n"),
    "carriage returns": filled("\r"),
    "NUL": filled("\0"),
    "one line": filled("word "),
    "emoji": filled("😀"),
    "headings": filled("#\n"),
    "setext headings": filled("a\n=\n"),
    "underlines": filled("=\n"),
    "a long underline": filled("=", "x\n", "x"),
    "dashes": filled("- ", tail="x"),
    "pipes": filled("|"),
    "backslashes and pipes": filled("\\|"),
    "a wide table": "|a" * (SIZE // 4) + "\n" + "|-" * (SIZE // 4) + "\n",
    "a delimiter row that is none": filled("|-", "a\n", "|x"),
    "ragged rows": "|" + "a|" * 200 + "\n|" + "-|" * 200 + "\n" + "|x|y\n" * 40_000,
    "tables": filled("|a\n|-\n\n"),
    "near tables": filled("|a|b\n|-\n\n"),
    "fences": filled("```\n"),
    "fences that do not close": filled("```x\n"),
    "backticks": filled("`"),
    "brackets": filled("["),
    "open labels": filled("[a\n"),
    "a label without end": filled("a\n", "["),
    "link references": filled("[a]: b\n"),
    "titles without end": filled("[a]: b '\n"),
    "titles": filled("[a]: b\n'c\n"),
    "angle brackets": filled("<"),
    "attributes": filled("b ", "<a "),
    "spaces in attributes": filled("x  =  ", "<a "),
    "quotes in attributes": filled("<a b='"),
    "tags below a paragraph": filled("<a b c\n", "> x\n"),
    "comments": filled("<!--\n"),
    "comments in a line": filled("<!-- "),
    "comments in quotes": filled("> <!--\n"),
    "comments in lists": filled("- <!--\n"),
    "tags": filled("<b>\n\n"),
    "indented code": filled("    x\n\n"),
    "paragraphs": filled("a\n\n"),
    "front matter without end": filled("b\n", "---\n"),
}

CELLS = {
    "stars": filled("*"),
    "layers": filled("*_") + "x" + filled("_*"),
    "backticks": filled("`"),
    "open links": filled("[a"),
    "links": filled("[a](b)"),
    "half links": filled("[a]("),
    "brackets": filled("["),
    "breaks": filled("<br "),
    "backslashes": filled("\\"),
    "pipes": filled("|"),
    "wide characters": filled("表"),
}


def spent(start: float) -> float:
    return time.process_time() - start


@pytest.fixture(scope="module", autouse=True)
def _imported() -> None:
    scan(Source(b"a"))


@pytest.mark.parametrize("name", PAGES)
def test_pages(name: str) -> None:
    data = PAGES[name].encode()
    start = time.process_time()
    outline = scan(Source(data))
    for table in outline.tables:
        for row in table.rows:
            assert row.width
    assert spent(start) < SECONDS * max(1, len(data) / SIZE)


@pytest.mark.parametrize("name", CELLS)
def test_cells(name: str) -> None:
    text = CELLS[name]
    start = time.process_time()
    value(text)
    link_target(text)
    encode(text)
    replace(" **a** ", text, 9)
    replace(f" {text} ", "a", 9)
    assert spent(start) < SECONDS
