"""The queue as a drawing for other programs: Mermaid, and the DOT language of Graphviz.

A `report` is that of `desk.export`. What comes first points to what waits for it; the critical path has thick
arrows, each task the colour of its status.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from mdorch.board.words import clipped

LABEL = 60  # characters
COLOURS = {
    "waiting": "#ececec",
    "ready": "#d6e8f5",
    "in_progress": "#fff3c4",
    "in_review": "#e6dcf7",
    "complete": "#d3f0d3",
    "blocked": "#fbe3bf",
    "partial": "#f4edc4",
    "failed": "#f8d0d0",
    "on_hold": "#e3e6ea",
}


def mermaid(report: Mapping[str, Any]) -> str:
    """All of the queue as a flowchart."""
    boxes = {n: (label_of(task), task["status"]) for n, task in enumerate(report["tasks"])}
    return flowchart(boxes, _arrows(report), report["arrows_cut"])


def flowchart(
    boxes: Mapping[int, tuple[str, str]], arrows: Iterable[tuple[int, int, bool]], cut: bool = False
) -> str:
    """`boxes` are labels and statuses by number, `arrows` pairs of numbers, and whether they are thick."""
    lines = [f'r{n}["{mermaid_text(text)}"]:::{status}' for n, (text, status) in boxes.items()]
    lines += [f"r{a} {'==>' if thick else '-->'} r{b}" for a, b, thick in arrows]
    used = sorted({status for _, status in boxes.values()})
    lines += [f"classDef {name} fill:{COLOURS[name]},color:#222" for name in used]
    lines += ["%% there are more arrows than are drawn"] if cut else []
    return "\n    ".join(["flowchart LR", *lines]) + "\n"


def mermaid_text(text: str) -> str:
    """No quote, and nothing that Mermaid would take for markup."""
    return "".join(c if c.isalnum() or c in " .,:;-_/()…" else f"#{ord(c)};" for c in text)


def dot(report: Mapping[str, Any]) -> str:
    """A directed graph."""
    boxes = [
        f'r{n} [label="{_quoted(label_of(task))}", fillcolor="{COLOURS[task["status"]]}"];'
        for n, task in enumerate(report["tasks"])
    ]
    arrows = [f"r{a} -> r{b}{' [penwidth=3]' if thick else ''};" for a, b, thick in _arrows(report)]
    cut = ["// there are more arrows than are drawn"] if report["arrows_cut"] else []
    head = ["rankdir=LR;", 'node [shape=box, style="rounded,filled", fontname="sans-serif"];']
    return "\n  ".join(["digraph tasks {", *head, *boxes, *arrows, *cut]) + "\n}\n"


def _quoted(text: str) -> str:
    """A string of the DOT language: a quote ends it, and a backslash means something else in a label."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def label(name: str, title: str) -> str:
    """Id and title, short, on one line."""
    text = clipped(f"{name} {title}".strip(), LABEL)
    return "".join(c if c.isprintable() else " " for c in text)


def label_of(task: Mapping[str, Any]) -> str:
    return label(task["id"] or f"line {task['line']}", task["title"])


def _arrows(report: Mapping[str, Any]) -> list[tuple[int, int, bool]]:
    """With whether the critical path goes over it."""
    tasks = report["tasks"]
    thick = set(pairwise(report["critical"]))
    return [(a, b, (tasks[a]["id"], tasks[b]["id"]) in thick) for a, b in report["arrows"]]
