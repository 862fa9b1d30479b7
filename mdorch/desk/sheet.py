"""The board as one HTML file that needs nothing else: to be opened anywhere, or sent to somebody.

No script, no address, nothing that is loaded; every text of the page is escaped. `report` is that of
`desk.export`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from mdorch.desk.drawings import label_of
from mdorch.desk.layout import placed
from mdorch.desk.sheetstyle import STYLE

STATUSES = (
    ("in_progress", "In Progress"),
    ("in_review", "In Review"),
    ("blocked", "Blocked"),
    ("failed", "Failed"),
    ("partial", "Partial"),
    ("ready", "Ready"),
    ("waiting", "Waiting"),
    ("on_hold", "On Hold"),
    ("complete", "Complete"),
)
PARTS = {"deliverables": "Deliverables", "context": "Context", "artifacts": "Artifacts"}
DRAWN = 400  # rows of a graph that anybody can still read
WIDE, HIGH, GAP, SKIP = 190, 34, 56, 12  # of a box and between boxes, in pixels
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_END = (
    '<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
    'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>'
)


def sheet(report: Mapping[str, Any]) -> str:
    name, tasks = escape(report["page"]), report["tasks"]
    done = sum(task["status"] == "complete" for task in tasks)
    spent = report["spend"]["today_usd"]
    facts = [f"{len(tasks)} tasks", f"{done} complete", f"as of {report['time'][:16].replace('T', ' ')} UTC"]
    facts += [f"${spent:.2f} spent that day"] if spent else []
    bar = f'<progress max="{max(len(tasks), 1)}" value="{done}" aria-label="complete"></progress>'
    body = [
        f"<header><h1>{name}</h1><p>{' · '.join(facts)}</p>{bar}</header>",
        _section("Needs somebody", _list(_need(need) for need in report["needs"])),
        _section("Board", "".join(_column(tasks, *status) for status in STATUSES), "board"),
        _section("Graph", _graph(report), "graph"),
        _section("Handoffs", "".join(map(_handoff, reversed(report["handoffs"])))),
        _section("Problems", _list(_problem(problem) for problem in report["problems"])),
    ]
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{name}</title><style>{STYLE}</style>"
    )
    foot = f"<footer>mdorch {escape(report['mdorch'])}</footer>"
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>{"".join(body)}{foot}</body></html>\n'
    )


def _section(title: str, inside: str, kind: str = "") -> str:
    return f'<section class="{kind}"><h2>{title}</h2><div>{inside}</div></section>\n' if inside else ""


def _list(items: Iterable[str]) -> str:
    found = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{found}</ul>" if found else ""


def _need(need: Mapping[str, Any]) -> str:
    task = f"<b>{escape(need['task'])}</b> " if need["task"] else ""
    return (
        f"{task}<em>{escape(need['kind'])}</em> {escape(need['text'])} <code>{escape(need['command'])}</code>"
    )


def _problem(problem: Mapping[str, Any]) -> str:
    place = f"line {problem['line']}: " if problem["line"] else ""
    head = f'<b class="{problem["severity"]}">{problem["severity"]}</b> {place}'
    return f"{head}{escape(problem['message'])} <small>{escape(problem['hint'])}</small>"


def _column(tasks: Sequence[Mapping[str, Any]], status: str, title: str) -> str:
    cards = [_card(task) for task in tasks if task["status"] == status]
    if not cards:
        return ""
    return f'<div class="column {status}"><h3>{title} <span>{len(cards)}</span></h3>{"".join(cards)}</div>'


def _card(task: Mapping[str, Any]) -> str:
    facts = [
        escape(text)
        for text in (
            task["agent"],
            task["priority"],
            task["group"],
            f"needs {', '.join(task['unmet'][:8])}" if task["unmet"] else "",
        )
        if text
    ]
    notes = f"<p>{escape(task['notes'])}</p>" if task["notes"] else ""
    small = f"<small>{' · '.join(facts)}</small>" if facts else ""
    name = escape(task["id"] or f"line {task['line']}")
    return f"<article><b>{name}</b> {escape(task['title'])}{notes}{small}</article>"


def _handoff(block: Mapping[str, Any]) -> str:
    parts = [
        f"<h4>{title}</h4>" + _list(escape(item) for item in block[key])
        for key, title in (
            ("deliverables", "Deliverables"),
            ("context", "Context"),
            ("artifacts", "Artifacts"),
        )
        if block[key]
    ]
    way = f"{escape(block['from'] or '?')} → {escape(block['to'] or '-')}"
    head = f"<b>{escape(block['task'] or '?')}</b> {way} <em>{escape(block['status'])}</em>"
    return f"<details><summary>{head}</summary>{''.join(parts)}</details>"


def _graph(report: Mapping[str, Any]) -> str:
    tasks = report["tasks"]
    arrows = [(a, b) for a, b in report["arrows"]]
    if len({row for pair in arrows for row in pair}) > DRAWN:
        open_ = {n for n, task in enumerate(tasks) if task["status"] != "complete"}
        arrows = [(a, b) for a, b in arrows if a in open_ and b in open_]
    places = placed(arrows)
    if not places:
        return ""
    if len(places) > DRAWN:
        return f"<p>{len(places)} tasks depend on each other: too many to be drawn.</p>"
    critical = set(zip(report["critical"], report["critical"][1:], strict=False))
    lines = [_line(places[a], places[b], (tasks[a]["id"], tasks[b]["id"]) in critical) for a, b in arrows]
    boxes = [_box(tasks[row], *_corner(place)) for row, place in places.items()]
    width = max(_corner(place)[0] for place in places.values()) + WIDE + SKIP
    height = max(_corner(place)[1] for place in places.values()) + HIGH + SKIP
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'<svg {size} role="img" aria-label="what waits for what">{_END}{"".join([*lines, *boxes])}</svg>'


def _corner(place: tuple[int, int]) -> tuple[int, int]:
    return SKIP + place[0] * (WIDE + GAP), SKIP + place[1] * (HIGH + SKIP)


def _line(first: tuple[int, int], then: tuple[int, int], thick: bool) -> str:
    (x, y), (to_x, to_y) = _corner(first), _corner(then)
    x, y, to_y = x + WIDE, y + HIGH // 2, to_y + HIGH // 2
    bend = max((to_x - x) // 2, GAP // 2)
    path = f"M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x - 2} {to_y}"
    return f'<path class="arrow{" thick" if thick else ""}" d="{path}" marker-end="url(#end)"/>'


def _box(task: Mapping[str, Any], x: int, y: int) -> str:
    text = label_of(task)
    short = text if len(text) <= 26 else f"{text[:25]}…"
    status = task["status"].replace("_", " ")
    return (
        f'<g class="box {task["status"]}"><title>{escape(text)}: {status}</title>'
        f'<rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="7"/>'
        f'<text x="{x + 10}" y="{y + HIGH // 2 + 4}">{escape(short)}</text></g>'
    )
