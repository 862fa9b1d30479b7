"""What stands at the top level of a page, and what the cells of its tables are: held against cmark-gfm."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import pytest

from mdorch.page.scan import scan
from mdorch.page.source import Source
from tests.page.oracle import Found, cmark, ours
from tests.page.pages import random_page, shared_pages

PAGES = int(os.environ.get("MDORCH_PAGES", "6000"))

# (page, what cmark-gfm has, what mdorch has, why): every difference that half a million pages have shown.
DIFFERENCES = [
    ("---\na: b\n---\n", ["rule", "h2"], ["front_matter"], "front matter is no Markdown, and never live"),
    ("+++\n# a\n+++\n", ["paragraph", "h1", "paragraph"], ["front_matter"], "the same in TOML"),
    (
        "<search>a\n# a",
        ["paragraph", "h1"],
        ["html"],
        "an HTML block since CommonMark 0.31; in doubt not live",
    ),
    (
        "<b>\x0b\n# a",
        ["paragraph", "h1"],
        ["html"],
        "markdown-it-py takes any space behind a tag; in doubt not live",
    ),
    ("<div\u2028>\n# a", ["paragraph", "h1"], ["html"], "the same behind the name of a tag"),
    (
        "[a]:\x0b\n",
        [],
        ["paragraph"],
        "link references are markdown-it-py's: only a rule or heading below them differs",
    ),
    ("[a]:\\ \n", [], ["paragraph"], "the same"),
    (
        "> " * 101 + "# a\nb\n",
        ["quote", "paragraph"],
        ["quote"],
        "below 100 quotes markers are text, which b goes on with",
    ),
]

# Cells with other inline markup are compared by their number alone.
_LITERAL = re.compile(r"[^*_`~\[\]<>&!]*")


def difference(page: str) -> str | None:
    """In what cmark-gfm and mdorch differ on a page, None where they agree."""
    theirs, mine = cmark(page), ours(scan(Source(page.encode())))
    if [f.kind for f in theirs] != [f.kind for f in mine]:
        return f"blocks: {[f.kind for f in theirs]} became {[f.kind for f in mine]}"
    cut = False
    for their, my in zip(theirs, mine, strict=True):
        # cmark-gfm has no place for HTML, nor for a paragraph that a table cut off; the table has that one's
        if their.line not in (-1, my.line) and not (their.kind == "table" and cut):
            return f"{my.kind} at line {their.line} became line {my.line}"
        cut = their.kind == "paragraph" and their.line == -1
        if their.kind == "table" and (found := _cells_differ(their, my)):
            return found
    return None


def _cells_differ(theirs: Found, mine: Found) -> str | None:
    if [len(row) for row in theirs.rows] != [len(row) for row in mine.rows]:
        return f"rows: {theirs.rows} became {mine.rows}"
    for their_row, my_row in zip(theirs.rows, mine.rows, strict=True):
        for their, my in zip(their_row, my_row, strict=True):
            if _LITERAL.fullmatch(my) and their != my:
                return f"cell {their!r} became {my!r}"
    return None


def test_random_pages() -> None:
    dice = random.Random(20)
    tables = 0
    for _ in range(PAGES):
        page = random_page(dice)
        if not any(f.kind == "front_matter" for f in ours(scan(Source(page.encode())))):
            assert difference(page) is None, page
            tables += bool(scan(Source(page.encode())).tables)
    assert tables > PAGES / 50


@pytest.mark.parametrize(("page", "theirs", "mine", "why"), DIFFERENCES)
def test_differences_are_known(page: str, theirs: list[str], mine: list[str], why: str) -> None:
    assert [f.kind for f in cmark(page)] == theirs, why
    assert [f.kind for f in ours(scan(Source(page.encode())))] == mine, why


@pytest.mark.parametrize(
    "page",
    [
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "# h\n| a |\n|---|\n",
        "text\n| a |\n|---|\n| b |\ntext\n\ntext",
        "a | b\n:-|-:\nc | d",
        "| a |\n---\n",
        "a\n:--\nb",
        "a | b\n|---|\n|---|---|\nc",
        "| a | b |\n|---|---|\n|\n| c | d |",
        "| a | b |\n|---|---|\n    | c | d |",
        "| a | b |\n|---|---|\n<b>\n",
        "| a | b |\n|---|---|\n2. c | d",
        "text\n     a | b\n---|---\nc | d",
        "- a\n\n  | a |\n  |---|\n",
        "-\n  \n  | a |\n  |---|",
        "> a\n| b |\n|---|",
        "> # a\n| b |\n|---|",
        ">> a\n> b\nc\n| d |\n|---|",
        "1. a\n\n       | b |\n       |---|",
        "<!-- \n\n| a |\n|---|\n-->\n| a |\n|---|",
        "<div>\n| a |\n|---|\n\n| a |\n|---|",
        "````\n```\n| a |\n|---|\n````\n| a |\n|---|",
        "  ```\n  | a |\n  |---|",
        "    | a |\n    |---|",
        "\t| a |\n\t|---|",
        "|a|b|\n|-|-|\n|`x|y`|z|\n|x\\|y|z|\n|x\\\\|y|z|",
        "|a\\|\n|-|\n",
        "\ufeff| a |\n|---|",
        "| \0 |\n|---|\n| \0b |",
        "<a b=\0>\n| a |\n|---|",
        "> # a\n     > b\n",
        ">\n> a\n>\nb\n=\n",
        "  >\t    a\n>>\tb\n>\t>\tc\n",
        "| a |\r\n|---|\r| b |\n| c |",
        " 10) q\n    <style>\n",
    ],
)
def test_chosen_pages(page: str) -> None:
    assert difference(page) is None


@pytest.mark.skipif(not shared_pages("corpus"), reason="no shared corpus here")
@pytest.mark.parametrize("path", shared_pages("corpus"), ids=lambda path: path.name)
def test_real_pages(path: Path) -> None:
    page = path.read_bytes().decode("utf-8", "replace")
    if not any(f.kind == "front_matter" for f in ours(scan(Source(page.encode())))):
        assert difference(page) is None
