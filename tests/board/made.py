"""Generated pages: task and agent tables in every style that people and formatters use."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from mdorch.page import cells

ENDINGS = ("\n", "\r\n", "\r")
_NAMES = {
    "title": "Description",
    "requires": "Depends On",
    "agent": "Assigned To",
    "priority": "Priority",
    "notes": "Notes",
    "": "Colour",
}
_WORDS = st.sampled_from(
    [
        "fix",
        "böse",
        "任务",
        "🔥",
        "a|b",
        "c\\",
        "`x|y`",
        "~tilde~",
        "**bold** text",
        "<b>",
        "_",
        "é",
        "1 * 2",
        "[x](y)",
        "\u3000",
    ]
)
VALUES = st.lists(_WORDS, min_size=1, max_size=4).map(" ".join)
_STATUS = st.sampled_from(
    [
        "Waiting",
        "🔴 Ready",
        "✅ Complete",
        "**Done** (9 tests)",
        "`[OPEN]`",
        "✅ DONE 2026-04-18",
        "pending",
        "⏳",
        "In Progress",
    ]
)
_DRESS = st.sampled_from(["{}", "{}", "{}", "**{}**", "`{}`", "[{}](a/b.md)", "~~{}~~"])


@dataclass(frozen=True)
class Style:
    """`before` and `after` are the outer pipes; `pad` stands around each cell; `even`: all of one width."""

    before: str
    after: str
    pad: str
    even: bool


STYLES = st.builds(
    Style,
    before=st.sampled_from(["|", "|", " |", ""]),
    after=st.sampled_from(["|", "|", "| ", ""]),
    pad=st.sampled_from([" ", " ", "", "  "]),
    even=st.booleans(),
)


def rendered(style: Style, rows: list[list[str]]) -> list[str]:
    """Header, delimiter row and rows as lines."""
    widths = [0] * len(rows[0])
    if style.even:
        widths = [
            max(cells.display_width(row[n]) for row in rows if n < len(row)) for n in range(len(widths))
        ]
    lines = []
    for row in rows:
        parts = [
            f"{style.pad}{text}{' ' * (widths[n] - cells.display_width(text))}{style.pad or _guard(text)}"
            for n, text in enumerate(row)
        ]
        lines.append(style.before + "|".join(parts) + style.after)
    dashes = [style.pad + "-" * max(width, 3) + style.pad for width in widths]
    lines.insert(1, style.before + "|".join(dashes) + style.after)
    return lines


def _guard(text: str) -> str:
    return " " if text.endswith("\\") else ""


@st.composite
def cell_texts(draw: st.DrawFn) -> str:
    """A cell as written: encoded, perhaps decorated, perhaps empty."""
    if draw(st.booleans()):
        return draw(st.sampled_from(["", "-", "x", "None"]))
    return draw(_DRESS).format(cells.encode(draw(VALUES)))


@st.composite
def task_tables(draw: st.DrawFn) -> list[str]:
    style = draw(STYLES)
    roles = draw(st.lists(st.sampled_from(list(_NAMES)), unique=True, max_size=5))
    header = ["ID", *(_NAMES[role] for role in roles), "Status"]
    rows = [header]
    for number in range(draw(st.integers(0, 4))):
        row = [f"T-{number}", *(draw(cell_texts()) for _ in roles), draw(_STATUS)]
        rows.append(row[: draw(st.sampled_from([len(row)] * 6 + [1, 2]))])
    return rendered(style, rows)


@st.composite
def agent_tables(draw: st.DrawFn) -> list[str]:
    style = draw(STYLES)
    header = draw(st.permutations(["Agent", "Task", "Status", "Started", "Dependencies", "Mood"]))
    header = [name for name in header if name in ("Agent", "Task") or draw(st.booleans())]
    rows = [header]
    cell = st.sampled_from(["someone", "-", "x y", "任务"])
    rows += draw(st.lists(st.tuples(*(cell for _ in header)).map(list), max_size=2))
    return rendered(style, rows)


@st.composite
def pages(draw: st.DrawFn) -> bytes:
    """A page with an agent table and a task table, in this order or the other, mixed line endings."""
    running = ["", "### Currently Running", *draw(st.sampled_from([[], [""]])), *draw(agent_tables())]
    queue = ["", "### Task Queue", *draw(st.sampled_from([[], ["", "text"], [""]])), "", *draw(task_tables())]
    between = draw(
        st.sampled_from([[], ["", "text | with a pipe"], ["", "```", "| ID | Status |", "|--|--|", "```"]])
    )
    parts = [running, queue] if draw(st.booleans()) else [queue, running]
    tail = draw(st.sampled_from([[], [""], ["", "", "last words"], ["", "- a list"]]))
    lines = ["# Page", *parts[0], *between, *parts[1], *tail]
    usual = draw(st.sampled_from(ENDINGS))
    endings = [draw(st.sampled_from(ENDINGS)) if draw(st.integers(0, 9)) == 0 else usual for _ in lines]
    if draw(st.booleans()):
        endings[-1] = ""
    text = "".join(line + ending for line, ending in zip(lines, endings, strict=True))
    return (b"\xef\xbb\xbf" if draw(st.integers(0, 4)) == 0 else b"") + text.encode()
