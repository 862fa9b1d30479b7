"""Page to outline, beside a full markdown-it-py parse of the same page in the same run.

The outline is asked for the text of every cell, as reading a board does. The parse has the table rule
on, and reads what is inside lines, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.harness import Table, in_turn, median, timed
from mdorch.page.scan import scan
from mdorch.page.source import Source

SIZES = {"10 KB": 10_000, "100 KB": 100_000, "1 MB": 1_000_000, "10 MB": 10_000_000}
GOAL = 0.1  # of the time of the full parse, at 1 MB
STATUSES = ("⏳ Waiting", "🔄 In Progress", "✅ Complete", "Blocked (needs a key)")
PROSE = (
    "Agents pick the next row whose prerequisites are complete, and hand over when they are done.\n"
    "The rest is explained in the guide; a row that is **not** understood is left alone.\n"
)
COLUMNS = "| Task ID | Description | Prerequisites | Status | Assigned To | Priority |\n"


def board(size: int) -> str:
    """A page of at least `size` characters."""
    parts: list[str] = []
    used = phase = 0
    while used < size:
        phase += 1
        for part in _phase(phase):
            parts.append(part)
            used += len(part)
            if used >= size:
                break
    return "".join(parts)


def _phase(phase: int) -> Iterator[str]:
    """A task table of 40 rows with prose, lists, a quote, a fence and a handoff around it."""
    yield f"## Phase {phase}: Task Queue\n\n{PROSE}\n{COLUMNS}|---|---|---|---|---|---|\n"
    for n in range(1, 41):
        needs = f"P{phase}-{n - 1:03}" if n > 1 else "None"
        status = STATUSES[(phase + n) % len(STATUSES)]
        yield (
            f"| **P{phase}-{n:03}** | Make part {n} of phase {phase} work with `a\\|b` and the rest "
            f"| {needs} | {status} | backend-developer | P{n % 4} |\n"
        )
    yield f"\n{PROSE}\n- first point\n- second point, which is longer\n  and goes on\n\n> A remark.\n\n"
    yield "```python\nrows = [row for row in table if row.live]\n```\n\n## Agent Handoff Signal\n\n"
    yield f"**From**: a\n**To**: b\n**Task**: P{phase}-001\n**Status**: COMPLETE\n\n"


def outline(data: bytes) -> int:
    """Read a page and every cell of it; the number of cells."""
    return sum(len(row.texts) for table in scan(Source(data)).tables for row in table.rows)


def tables() -> Iterator[Table]:
    table = Table(
        "Page to outline",
        ["page", "outline", "full parse", "ratio"],
        f"CPU milliseconds; at 1 MB the ratio is to be {GOAL} or less. A parse of 10 MB is measured once.",
    )
    for name, size in SIZES.items():
        table.add(*row(name, board(size), 5 if size <= 1_000_000 else 1))
    yield table


def row(name: str, page: str, rounds: int) -> list[str]:
    from markdown_it import MarkdownIt

    full = MarkdownIt("commonmark").enable("table")
    data = page.encode()
    cases = {"ours": timed(lambda: outline(data)), "full": timed(lambda: full.parse(page))}
    results = in_turn(cases, rounds) if rounds > 1 else {case: [run()] for case, run in cases.items()}
    ours, parse = median(results["ours"]), median(results["full"])
    goal = GOAL if name == "1 MB" else None
    ratio = f"{ours / parse:.3f}" + (f" of {goal}" + ("" if ours <= goal * parse else " ✗") if goal else "")
    return [name, f"{ours * 1e3:,.1f}", f"{parse * 1e3:,.1f}", ratio]
