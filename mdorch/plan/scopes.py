"""Scopes: what each row may touch, and who may therefore not run beside whom.

The `Files` cell is written by people: `src/live/selection.py line 26`, `` `tests/` (new) ``, `src/a.py and
src/b.py`. What looks like a path in it is read as a pattern (`plan.globs`); a cell in which nothing does
is taken for the name of something that only one row at a time may have. A row that names no files is beside
everybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from mdorch.board.task import Task
from mdorch.board.words import words
from mdorch.plan.globs import EVERYTHING, Glob, Scope, read_glob

MOST = 100  # patterns of one row; more count as every file

_EVERYTHING = frozenset(
    {"all", "all files", "any", "everything", "whole repo", "whole repository", "entire repo", "repo wide"}
)
_LINES = re.compile(
    r"(?::\d+(?:[-–:]\d+)*|#L\d+(?:-L?\d+)?|,?\s+\(?lines?\s+\d+(?:\s*[-–]\s*\d+)?\)?)$", re.IGNORECASE
)
_REMARK = re.compile(r"\s\([^()]*\)$")
_ESCAPE = re.compile(r"\\(?=[^a-zA-Z0-9\s])")


def scope_of(task: Task) -> Scope | None:
    """What the row may touch; None where it does not say."""
    return _scope(task.files) if task.files else None


@lru_cache(maxsize=16384)
def _scope(files: tuple[str, ...]) -> Scope | None:
    patterns = [(text, read_glob(one)) for text in files for one in paths_of(text)]
    if not patterns:
        return None
    said = [(text, globs) for text, globs in patterns if globs]
    if not said or len(said) > MOST:  # nothing but exclusions; or more than can be compared
        said = [(files[0], (EVERYTHING,))]
    first = _first([glob for _, globs in said for glob in globs])
    return Scope(tuple(text for text, _ in said), tuple(globs for _, globs in said), first)


def _first(globs: Iterable[Glob]) -> frozenset[str] | None:
    """None also where one is a mere name: that may be meant anywhere."""
    names = [glob[0] if len(glob) > 1 else None for glob in globs]
    literal = frozenset(name for name in names if isinstance(name, str))
    return literal if None not in names and all(isinstance(name, str) for name in names) else None


def paths_of(text: str) -> list[str]:
    """The patterns in one entry of a `Files` cell."""
    bare = text.strip().strip("`'\"")
    if words(bare) in _EVERYTHING:
        return ["**"]
    bare = _ESCAPE.sub("", _LINES.sub("", _REMARK.sub("", bare))).replace("\\", "/")
    if not bare:
        return []
    parts = bare.split()
    looks = [_LINES.sub("", part.strip("`'\"")) for part in parts if any(c in part for c in "/.*")]
    return looks if len(parts) > 1 and looks else [bare]


class Busy:
    """The scopes of what runs: asked before anything is started beside it."""

    def __init__(self) -> None:
        self._scopes: dict[str, Scope] = {}

    def take(self, task: Task) -> None:
        scope = scope_of(task)
        if scope is not None:
            self._scopes[task.id] = scope

    def leave(self, task: Task) -> None:
        self._scopes.pop(task.id, None)

    def meeting(self, scope: Scope) -> Iterator[tuple[str, str]]:
        """Who works on what the scope names: (task, its pattern)."""
        for name, other in self._scopes.items():
            pair = scope.shared(other)
            if pair is not None:
                yield name, pair[1]


def overlaps(tasks: Iterable[Task], most: int) -> list[tuple[Task, Task, str, str]]:
    """Rows that hold each other, and by which patterns; at most so many pairs."""
    found: list[tuple[Task, Task, str, str]] = []
    above: list[tuple[Task, Scope]] = []
    for task in tasks:
        scope = scope_of(task)
        if scope is None:
            continue
        for other, its in above:
            pair = its.shared(scope)
            if pair is not None:
                found.append((other, task, *pair))
                if len(found) == most:
                    return found
        above.append((task, scope))
    return found
