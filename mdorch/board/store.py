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
from mdorch.board.policy import Choice, Form, PagePolicy, Recipe, Step
from mdorch.board.problem import Problem, Severity
from mdorch.board.status import Status
from mdorch.board.task import Need, NeedKind, Task

FORMAT = 8  # raise it with every change to the nouns or to how pages are read

T = TypeVar("T")
Decode = Callable[[Sequence[Any]], Sequence[Any]]

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
    wanted = [_one_or_all([needs.setdefault(need, len(needs)) for need in t.needs]) for t in board.tasks]
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
        "apart": sorted(board.policy.apart),
        "recipes": [
            [r.name, r.form, [[s.agent, s.title] for s in r.steps], r.line, r.source]
            for r in board.policy.recipes
        ],
        "strategies": sorted(board.policy.strategies),
        "policy_lines": [dict(board.policy.lines), dict(board.policy.columns)],
        "pools": dict(board.pools),
        "bodies": dict(board.bodies),
        "archived": [sorted(board.archived), sorted(board.archived_blocks)],
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
        tasks=_objects(Task, kept["tasks"], {"needs": lambda rows: _needs_of(rows, needs)}),
        agents=_objects(AgentRow, kept["agents"]),
        handoffs=_objects(
            Handoff, kept["handoffs"], {"mark": lambda flags: [next(marks) if has else None for has in flags]}
        ),
        sections=_objects(Section, kept["sections"]),
        policy=PagePolicy(
            matrix=_objects(Choice, kept["matrix"]),
            patterns=_objects(Choice, kept["patterns"]),
            substitutes={name: tuple(agents) for name, agents in kept["substitutes"].items()},
            limits=kept["limits"],
            apart=frozenset(kept["apart"]),
            recipes=tuple(
                Recipe(name, Form(form), tuple(Step(*step) for step in steps), line, source)
                for name, form, steps, line, source in kept["recipes"]
            ),
            strategies=frozenset(kept["strategies"]),
            lines=kept["policy_lines"][0],
            columns=kept["policy_lines"][1],
        ),
        problems=_objects(Problem, kept["problems"]),
        pools={key: tuple(members) for key, members in kept["pools"].items()},
        bodies={name: (first, last) for name, (first, last) in kept["bodies"].items()},
        archived=frozenset(kept["archived"][0]),
        archived_blocks=frozenset(kept["archived"][1]),
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
    """`[0, value]` for a constant, `[1, distinct, indexes]` where values repeat, `[3, first]` for numbers
    that go up by one, else `[2, values]`."""
    if values and all(value == values[0] and type(value) is type(values[0]) for value in values):
        return [0, values[0]]
    if values and type(values[0]) is int and all(v == n for n, v in enumerate(values, values[0])):
        return [3, values[0]]
    if values and not isinstance(values[0], (list, int)):
        numbers: dict[Any, int] = {}
        indexes = [numbers.setdefault(value, len(numbers)) for value in values]
        if len(numbers) * 3 < len(values):
            return [1, list(numbers), indexes]
    return [2, list(values)]


def _objects(
    cls: type[T], columns: Sequence[Any], given: Mapping[str, Decode] | None = None
) -> tuple[T, ...]:
    count, *packed = columns
    objects = tuple(map(cls.__new__, repeat(cls, count)))
    for name, column in zip(_fields(cls), packed, strict=True):
        put = getattr(cls, name).__set__
        deque(map(put, objects, _unpacked(column, count, _decoder(cls, name, given or {}))), maxlen=0)
    return objects


def _unpacked(column: Sequence[Any], count: int, decode: Decode) -> Iterable[Any]:
    shape, kept = column[:2]
    if shape == 0:
        return repeat(decode([kept])[0])
    if shape == 3:
        return decode(range(kept, kept + count))
    values = decode(kept)
    return map(values.__getitem__, column[2]) if shape == 1 else values


def _decoder(cls: type, name: str, given: Mapping[str, Decode]) -> Decode:
    """What makes the values of a field out of those that were kept."""
    if name in given:
        return given[name]
    enum = _ENUMS.get(cls, {}).get(name)
    if enum is not None:
        return lambda kept: [enum[value] for value in kept]
    if name in _TUPLES.get(cls, ()):
        return lambda kept: [tuple(value) for value in kept]
    return lambda kept: kept


def _one_or_all(numbers: list[int]) -> int | list[int]:
    """A list of one number as the number: most rows need one thing."""
    return numbers[0] if len(numbers) == 1 else numbers


def _needs_of(rows: Sequence[Any], needs: Sequence[Need]) -> list[tuple[Need, ...]]:
    alone = [(need,) for need in needs]
    return [alone[row] if type(row) is int else tuple([needs[i] for i in row]) for row in rows]


def _fields(cls: type) -> tuple[str, ...]:
    return cls.__slots__  # type: ignore[attr-defined,no-any-return]
