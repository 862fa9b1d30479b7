"""Rows of the journal ↔ the records of `mdorch.facts`, and the journal's own small records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from mdorch.facts import Cause, End, Own, Run, RunState, Seen
from mdorch.frozen import Frozen

RUN_COLUMNS = (
    "id", "task", "attempt", "agent", "state", "claimed", "round", "started", "ended", "end",
    "exit_code", "stop_reason", "detail", "pid", "outcome", "shown", "silent",
    "own", "session", "resumes", "limited", "cost_usd", "tokens", "turns",
    "branch", "landed", "conflicts", "check",
)  # fmt: skip
_in_columns = attrgetter(*RUN_COLUMNS)
SEEN_COLUMNS = ("task", "cells", "status", "changed", "cause", "round", "since")


class Note(Frozen):
    """One line of the history. `time` is seconds since the epoch; `task` and `run` may be empty."""

    id: int
    time: float
    kind: str
    task: str
    run: str
    text: str
    data: Mapping[str, Any] | None = None


class Wish(Frozen):
    """An edit that a command announced before it wrote the page: column `role` of `task` becomes `value`."""

    id: int
    time: float
    task: str
    role: str
    value: str


def run_row(run: Run) -> tuple[object, ...]:
    return _in_columns(run)


def run_of(row: tuple[Any, ...]) -> Run:
    values = dict(zip(RUN_COLUMNS, row, strict=True))
    values["state"] = RunState(values["state"])
    values["end"] = End(values["end"]) if values["end"] is not None else None
    values["own"] = Own(values["own"]) if values["own"] is not None else None
    values["shown"], values["silent"] = bool(values["shown"]), bool(values["silent"])
    return Run(**values)


def seen_row(seen: Seen) -> tuple[object, ...]:
    cells = json.dumps(dict(seen.cells), ensure_ascii=True)
    return (seen.task, cells, seen.status, seen.changed, seen.cause, seen.round, seen.since)


def seen_of(row: tuple[Any, ...]) -> Seen:
    task, cells, status, changed, cause, round_, since = row
    return Seen(task, json.loads(cells), status, changed, Cause(cause), round_, since)


def note_of(row: tuple[Any, ...]) -> Note:
    number, time, kind, task, run, text, data = row
    return Note(number, time, kind, task, run, text, None if data is None else json.loads(data))
