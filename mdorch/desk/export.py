"""The board as a report: what stands on the page, to be read elsewhere or sent to somebody.

It holds nothing of this machine: no absolute path, no process, no session. Secrets that the page or a last
line of a program holds by accident are masked.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mdorch import __version__
from mdorch.desk.chart import chart
from mdorch.desk.drawings import dot, mermaid
from mdorch.desk.look import Look
from mdorch.desk.sheet import sheet
from mdorch.desk.status import status
from mdorch.desk.times import iso
from mdorch.world.masks import Mask

COLUMNS = (
    *("id", "title", "status", "agent", "requires", "priority"),
    *("group", "files", "notes", "reason", "line"),
)
_LEFT_OUT = ("pid", "session", "last_event")  # of a run: they mean something here alone
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_FORMULA = ("=", "+", "@", "\t", "\r")


def report(look: Look, environ: Mapping[str, str]) -> dict[str, Any]:
    """`{"mdorch", "page": its name, "time", "tasks", "arrows", "critical", "needs", "agents", "handoffs",
    "problems", "spend"}`: as in the status answer; `arrows` are pairs of indexes into `tasks`, what comes
    first and what waits for it, `critical` the ids of the longest chain of open work."""
    answer, drawn = status(look), chart(look)
    kept = {name: answer[name] for name in ("needs", "agents", "handoffs", "problems", "spend")}
    found = {
        "mdorch": __version__,
        "page": f"{look.site.page.parent.name}/{look.site.page.name}",
        "time": iso(look.now),
        "tasks": [_task(task) for task in answer["tasks"]],
        "arrows": [list(pair) for pair in drawn["arrows"]],
        "arrows_cut": drawn["cut"],
        "critical": drawn["critical"],
        **kept,
    }
    here, mask = str(look.site.page.parent), Mask(environ)
    return {name: _clean(value, mask, here) for name, value in found.items()}


def _task(task: Mapping[str, Any]) -> dict[str, Any]:
    run = task["run"]
    return {**task, "run": run and {name: value for name, value in run.items() if name not in _LEFT_OUT}}


def _clean(value: Any, mask: Mask, here: str) -> Any:
    if isinstance(value, str):
        text = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        text = mask(text.replace(here, ".") if len(here) > 1 else text)
        return _CONTROL.sub("\ufffd", text)
    if isinstance(value, dict):
        return {name: _clean(one, mask, here) for name, one in value.items()}
    return [_clean(one, mask, here) for one in value] if isinstance(value, list) else value


def as_json(found: Mapping[str, Any]) -> str:
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def as_csv(found: Mapping[str, Any]) -> str:
    """RFC 4180, with a header. A cell that a spreadsheet would take for a formula begins with `'`."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for task in found["tasks"]:
        values = (task[name] for name in COLUMNS)
        rows.writerow([_cell(", ".join(v) if isinstance(v, list) else str(v)) for v in values])
    return out.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) or (text[:1] == "-" and len(text) > 1) else text


FORMS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "mermaid": mermaid,
    "dot": dot,
    "json": as_json,
    "csv": as_csv,
    "html": sheet,
}


def form_of(path: Path) -> str | None:
    """The format that a file's name asks for, None for one that asks for none."""
    known = {".mmd": "mermaid", ".mermaid": "mermaid", ".dot": "dot", ".gv": "dot", ".htm": "html"}
    suffix = path.suffix.lower()
    return known.get(suffix) or (suffix[1:] if suffix[1:] in FORMS else None)
