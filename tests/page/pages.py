"""Pages to try things on: any bytes, nasty Markdown, and boards with tables of all styles."""

from __future__ import annotations

import os
import random
from pathlib import Path

from hypothesis import strategies as st

FRAGMENTS = (
    *(
        "a",
        "b c",
        "text",
        "a | b",
        "x|y|z",
        "|",
        "||",
        "| |",
        "| a | b |",
        "| a",
        "a |",
        "| a \\| b | c |",
        "\\|",
    ),
    *("|---|---|", "|-|", "--|--", "|:--|--:|", ":--", "| - |", "-|-", "- | -", "- -|-", "|-|-|-|", "|--"),
    *(
        "---",
        "===",
        "=",
        "== ",
        "-",
        "--- ",
        "***",
        "* * *",
        "___",
        "+",
        "# h",
        "## h #",
        "####### x",
        "#",
        "#\t",
    ),
    *(
        "- ",
        "* ",
        "1. y",
        "2. z",
        "10) q",
        "1.",
        "-\t",
        "  - n",
        "- ```",
        "- > ",
        "> ",
        ">",
        ">>",
        "> > ",
        ">\tx",
    ),
    *(
        "> | a | b |",
        "> |---|---|",
        "> -",
        "> ```",
        "> # q",
        "```",
        "~~~",
        "```x",
        "    ",
        "\t",
        " ",
        "  ",
        "   ",
    ),
    *("    code", "\tcode", "<div>", "</div>", "<!-- c", "-->", "<!-- c -->", "<script>", "</script>", "<b>"),
    *(
        "<foo bar>",
        "<?php",
        "?>",
        "<a href='x'>",
        "<![CDATA[",
        "]]>",
        "<!DOCTYPE",
        "<pre>",
        "</pre>",
        "<style",
    ),
    *(
        "<textarea>",
        "<h1>",
        "</p>",
        "<!-->",
        "<!--->",
        "[a]: b",
        "[a]: b 'c'",
        "[a]:",
        "[",
        "]",
        "]:",
        "`x|y`",
    ),
    *("\\", "&amp;", "é", "表", "🔄", "1) a", "+ a"),
)

CELLS = (
    "",
    "T-1",
    "**T-1**",
    "`a\\|b`",
    "⏳ Waiting",
    "進行中",
    "[#6](u)",
    "~~x~~ → y",
    "a<br>b",
    "x\\",
    "é",
    "1.1",
    "-",
)

line = st.lists(st.sampled_from(FRAGMENTS), max_size=3).map("".join)
nasty = st.lists(line, max_size=12).map("\n".join)
ending = st.sampled_from(("\n", "\r\n", "\r"))


@st.composite
def any_bytes(draw: st.DrawFn) -> bytes:
    """Raw bytes, or nasty Markdown with mixed endings, a byte order mark, NUL, broken UTF-8."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=60))
    parts = [text + draw(ending) for text in draw(st.lists(line, max_size=10))]
    data = "".join(parts).encode()
    if draw(st.booleans()):
        at = draw(st.integers(0, len(data)))
        data = (
            data[:at]
            + draw(st.sampled_from((b"\xff", b"\0", b"\xed\xa0\x80", b"\xc3", b"\xef\xbb\xbf")))
            + data[at:]
        )
    return draw(st.sampled_from((b"", b"\xef\xbb\xbf"))) + data


@st.composite
def table(draw: st.DrawFn) -> list[str]:
    """The lines of a table: outer pipes or not, padded or not, ragged or not."""
    columns = draw(st.integers(2, 4))
    piped = draw(st.booleans())
    width = draw(st.sampled_from((0, 0, 14)))
    rows = [[f"h{n}" for n in range(columns)], ["-" * max(3, width)] * columns]
    for _ in range(draw(st.integers(0, 4))):
        count = draw(st.sampled_from((columns, columns, columns, columns - 1, columns + 1)))
        rows.append(
            [
                f"T-{len(rows)}",
                *draw(st.lists(st.sampled_from(CELLS), min_size=count - 1, max_size=count - 1)),
            ]
        )
    lines = []
    for row in rows:
        text = "|".join(f" {cell:<{width}} " for cell in row)
        lines.append(f"|{text}|" if piped or not row[-1] else text.strip() or "x")
    return lines


@st.composite
def board(draw: st.DrawFn) -> bytes:
    """A page with live tables among other things, any line ending, often none at its end."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        lines += [
            draw(
                st.sampled_from(
                    ("# Task Queue", "## 表", "Heading\n===", "> quote", "- item", "<!-- c -->", "p")
                )
            ),
            "",
        ]
        lines += draw(table())
        lines += draw(st.sampled_from(([""], ["", "```", "| a |", "|---|", "```", ""], ["", "text", ""])))
    mixed = draw(st.booleans())
    first = draw(ending)
    text = "".join(part + (draw(ending) if mixed else first) for part in "\n".join(lines).split("\n"))
    data = text.encode()
    if draw(st.booleans()):
        data = data.rstrip(b"\r\n")
    return draw(st.sampled_from((b"", b"", b"\xef\xbb\xbf"))) + data


def random_page(dice: random.Random) -> str:
    """Nasty Markdown, faster than hypothesis makes it."""
    lines = []
    for _ in range(dice.randint(1, 9)):
        count = 0 if dice.random() < 0.2 else dice.choice((1, 1, 1, 2, 2, 3))
        lines.append("".join(dice.choice(FRAGMENTS) for _ in range(count)))
        if dice.random() < 0.15:
            before = dice.choice(("", "", "", "", " ", "   ", "    ", "> ", "- "))
            lines += [
                before + dice.choice(("| a | b |", "x|y", "|p|q|r|")),
                dice.choice(("|---|---|", "-|-", "|:-|-:|-|")),
            ]
    return "\n".join(lines) + ("\n" if dice.random() < 0.8 else "")


def shared_pages(folder: str) -> list[Path]:
    """The real pages of the shared corpus, none where it is absent."""
    root = os.environ.get("MDORCH_SHARED") or Path(__file__).resolve().parents[3] / "shared"
    return sorted(
        path for path in (Path(root) / folder).rglob("*") if path.is_file() and path.suffix != ".tsv"
    )
