"""A `Board` as bytes and back, fast: what `mdorch status` reads when the page has not changed.

Ten thousand frozen dataclasses made one by one take longer than reading the page took. So the board is
kept by columns: one list for each field, constant columns as one value and repetitive ones as a list
of distinct values with indexes; and the fields of all objects are filled a column at a time, through
the slot descriptors, which runs at the speed of `map`. Imports nothing but the nouns and `json`.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any, TypeVar

from mdorch.board.agent import AgentRow
from mdorch.board.board import Board, Section
from mdorch.board.handoff import Handoff, Mark, Signal
from mdorch.board.policy import Choice, PagePolicy
from mdorch.board.problem import Problem, Severity
from mdorch.board.status import Status
from mdorch.board.task import Need, NeedKind, Task

FORMAT = 1  # raise it with every change to the nouns or to how pages are read

T = TypeVar("T")

_ENUMS: Mapping[type, Mapping[str, Mapping[Any, Any]]] = {
    Task: {"status": {s.value: s for s in Status}},
    Need: {"kind": {k.value: k for k in NeedKind}},
    Problem: {"severity": {s.value: s for s in Severity}},
    Handoff: {"signal": {None: None, **{s.value: s for s in Signal}}},
}
_TUPLES: Mapping[type, frozenset[str]] = {
    Task: frozenset({"agents", "files", "roles"}),
    Handoff: frozenset({"deliverables", "context", "artifacts", "questions"}),
    Choice: frozenset({"agents"}),
}


def dump(board: Board) -> bytes:
    """The board as UTF-8 JSON of this `FORMAT`."""
    needs: dict[Need, int] = {}
    wanted = [[needs.setdefault(need, len(needs)) for need in task.needs] for task in board.tasks]
    marks = [block.mark for block in board.handoffs if block.mark]
    kept = {
        "format": FORMAT,
        "tasks": _columns(Task, board.tasks, {"needs": wanted}),
        "needs": _columns(Need, list(needs)),
        "agents": _columns(AgentRow, board.agents),
        "handoffs": _columns(Handoff, board.handoffs, {"mark": [1 if b.mark else 0 for b in board.handoffs]}),
        "marks": _columns(Mark, marks),
        "sections": _columns(Section, board.sections),
        "problems": _columns(Problem, board.problems),
        "matrix": _columns(Choice, board.policy.matrix),
        "patterns": _columns(Choice, board.policy.patterns),
        "substitutes": dict(board.policy.substitutes),
        "limits": dict(board.policy.limits),
        "pools": dict(board.pools),
        "bodies": dict(board.bodies),
        "page": [board.uses_ready, board.conflict_line, board.size],
    }
    return json.dumps(kept, separators=(",", ":")).encode("ascii")


def load(data: bytes) -> Board:
    """The board that `dump` wrote. Raises `ValueError` where it did not, or by another `FORMAT`."""
    try:
        kept = json.loads(data)
        if kept["format"] != FORMAT:
            raise ValueError("a board of another format")
        return _board(kept)
    except (KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no board: {error}") from None


def _board(kept: Mapping[str, Any]) -> Board:
    needs = _objects(Need, kept["needs"])
    marks = iter(_objects(Mark, kept["marks"]))
    uses_ready, conflict_line, size = kept["page"]
    return Board(
        tasks=_objects(Task, kept["tasks"], {"needs": lambda row: tuple([needs[i] for i in row])}),
        agents=_objects(AgentRow, kept["agents"]),
        handoffs=_objects(Handoff, kept["handoffs"], {"mark": lambda has: next(marks) if has else None}),
        sections=_objects(Section, kept["sections"]),
        policy=PagePolicy(
            matrix=_objects(Choice, kept["matrix"]),
            patterns=_objects(Choice, kept["patterns"]),
            substitutes={name: tuple(agents) for name, agents in kept["substitutes"].items()},
            limits=kept["limits"],
        ),
        problems=_objects(Problem, kept["problems"]),
        pools={key: tuple(members) for key, members in kept["pools"].items()},
        bodies={name: (first, last) for name, (first, last) in kept["bodies"].items()},
        uses_ready=uses_ready,
        conflict_line=conflict_line,
        size=size,
    )


def _columns(
    cls: type, objects: Sequence[Any], given: Mapping[str, Sequence[Any]] | None = None
) -> list[Any]:
    """[count, column for each field in order]; `given` are values to be kept in place of a field's own."""
    columns: list[Any] = [len(objects)]
    for name in _fields(cls):
        values = given[name] if given and name in given else [getattr(o, name) for o in objects]
        columns.append(_packed(values))
    return columns


def _packed(values: Sequence[Any]) -> list[Any]:
    """`[0, value]` for a constant, `[1, distinct, indexes]` where values repeat, else `[2, values]`."""
    if values and all(value == values[0] and type(value) is type(values[0]) for value in values):
        return [0, values[0]]
    if values and not isinstance(values[0], (list, int)):
        numbers: dict[Any, int] = {}
        indexes = [numbers.setdefault(value, len(numbers)) for value in values]
        if len(numbers) * 3 < len(values):
            return [1, list(numbers), indexes]
    return [2, list(values)]


def _objects(
    cls: type[T], columns: Sequence[Any], given: Mapping[str, Callable[[Any], Any]] | None = None
) -> tuple[T, ...]:
    count, *packed = columns
    objects = [cls.__new__(cls) for _ in range(count)]
    for name, column in zip(_fields(cls), packed, strict=True):
        put = getattr(cls, name).__set__
        deque(map(put, objects, _unpacked(column, _decoder(cls, name, given or {}))), maxlen=0)
    return tuple(objects)


def _unpacked(column: Sequence[Any], decode: Callable[[Any], Any] | None) -> Iterable[Any]:
    shape = column[0]
    values = column[1] if shape else [column[1]]
    if decode:
        values = list(map(decode, values))
    if shape == 0:
        return repeat(values[0])
    return map(values.__getitem__, column[2]) if shape == 1 else values


def _decoder(cls: type, name: str, given: Mapping[str, Callable[[Any], Any]]) -> Callable[[Any], Any] | None:
    if name in given:
        return given[name]
    enum = _ENUMS.get(cls, {}).get(name)
    if enum is not None:
        return enum.__getitem__
    return tuple if name in _TUPLES.get(cls, ()) else None


def _fields(cls: type) -> tuple[str, ...]:
    return cls.__slots__  # type: ignore[attr-defined,no-any-return]
