"""Validation errors in the words of the file: place, key, what is wrong, and what would be right."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mdorch.config.errors import USAGE, Trouble
from mdorch.config.model import Agent, Budget, Configuration, Gates, Run, Upkeep, Worktree
from mdorch.config.places import Path, Place, places
from mdorch.config.section import Notify
from mdorch.world.agents.registry import NAMES

SECTIONS: Mapping[str, type[BaseModel]] = {
    "run": Run,
    "budget": Budget,
    "gates": Gates,
    "worktree": Worktree,
    "upkeep": Upkeep,
    "notify": Notify,
}

WIDEST = 60  # characters of a value in a message

_SAYINGS = {
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "float_type": "is not a number",
    "finite_number": "is not a number",
    "bool_type": "is neither true nor false",
    "string_type": "is not text in quotes",
    "list_type": "is not a list",
    "dict_type": "is not a table",
    "model_type": "is not a table",
    "string_too_short": "is empty",
    "too_short": "is empty",
}


def trouble(name: str, text: str, error: ValidationError, prefix: tuple[str, ...]) -> Trouble:
    """The first error by its place in the file `name`, as one line; how many others there are, too.

    `prefix` is the path of keys under which the configuration stands (`tool`, `mdorch`).
    """
    known = places(text)
    details = sorted(error.errors(), key=lambda detail: _place(known, prefix + _path(detail)))
    first = details[0]
    path = _path(first)
    message, hint = _unknown(path) if first["type"] == "extra_forbidden" else _bad(first, path)
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    return _at(name, _place(known, prefix + path), message + more, hint)


def unstartable(name: str, text: str, path: Path) -> Trouble:
    """An agent that nobody said how to start."""
    message = f"{dotted(path[-2:])} has neither command nor cli, and agents.default starts nothing either"
    return _at(name, _place(places(text), path), message, _remedy(path[-2:], None))


def _at(name: str, place: Place, message: str, hint: str) -> Trouble:
    return Trouble(f"{name}:{place[0]}:{place[1]}: {message}", hint, USAGE)


def _path(detail: ErrorDetails) -> Path:
    """Where in the document, without the marker that pydantic adds for an error in a key."""
    return tuple(part for part in detail["loc"] if part != "[key]")


def _place(known: Mapping[Path, Place], path: Path) -> Place:
    """The place of the key, or of the nearest table around it."""
    while path and path not in known:
        path = path[:-1]
    return known.get(path, (1, 1))


def _unknown(path: Path) -> tuple[str, str]:
    *table, key = path
    where = f" in [{dotted(tuple(table))}]" if table else ""
    valid = list(_keys(_model(tuple(table))))
    close = difflib.get_close_matches(str(key), valid, n=1, cutoff=0.6)
    homes = [f"[{name}]" for name, section in SECTIONS.items() if key in _keys(section)]
    if close:
        hint = f'did you mean "{close[0]}"?'
    elif homes and not (table and table[0] in SECTIONS):
        hint = f'"{key}" belongs in {homes[0]}'
    else:
        hint = _nearest(str(key), tuple(table)) or f"there is {', '.join(valid)}"
    return f'unknown key "{key}"{where}', hint


def _nearest(key: str, table: tuple[str | int, ...]) -> str:
    """A key of another section that this one may mean."""
    sections: dict[str, type[BaseModel]] = {"": Configuration, **SECTIONS}
    for name, section in sections.items():
        close = difflib.get_close_matches(key, _keys(section), n=1, cutoff=0.75)
        if close and (name,) != table:
            where = f"in [{name}]" if name else "at the top of the file"
            return f'did you mean "{close[0]}" {where}?'
    return ""


def _bad(detail: ErrorDetails, path: Path) -> tuple[str, str]:
    context: dict[str, Any] = detail.get("ctx", {})
    kind = detail["type"]
    if kind == "value_error":
        said = str(context["error"])
    elif kind == "greater_than_equal":
        said = f"is below {context['ge']:g}"
    elif kind == "less_than_equal":
        said = f"is above {context['le']:,g}"
    elif kind == "literal_error":
        said = f"is not {context['expected']}"
    else:
        said = _SAYINGS.get(kind, detail["msg"])
    given = detail["input"]
    value = "" if isinstance(given, dict) else f": {shown(given)}"
    return f"{dotted(path)}{value} {said}", _remedy(path, given)


def _remedy(path: Path, value: object) -> str:
    """What a good value looks like: the adapter that was meant, or the example of the field."""
    named = tuple(part for part in path if isinstance(part, str))
    match named:
        case ("agents", _, "cli") if isinstance(value, str):
            close = difflib.get_close_matches(value, NAMES, n=1)
            return f'did you mean "{close[0]}"?' if close else f"there is {', '.join(NAMES)}"
        case ("agents",) | ("agents", _):
            return _example((*named, "default")[:2], ("command", ["claude", "-p"]))
        case ("limits", *rest):
            return _example(("limits",), (rest[0] if rest else "discovery", 5))
    field = _keys(_model(named[:-1])).get(named[-1]) if named else None
    return _example((), (named[-1], field.examples[0])) if field and field.examples else ""


def _example(table: Path, pair: tuple[str, object]) -> str:
    under = f"[{dotted(table)}] " if table else ""
    return f"for example: {under}{dotted((pair[0],))} = {shown(pair[1])}"


def _model(table: tuple[str | int, ...]) -> type[BaseModel]:
    """The model of a table of the file."""
    if table and table[0] == "agents" and len(table) > 1:
        return Agent
    return SECTIONS.get(str(table[0]), Configuration) if table else Configuration


def _keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a table, by their names in the file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def dotted(path: Path) -> str:
    """A path of keys as TOML writes it, indexes as `[2]`."""
    out = ""
    for part in path:
        if isinstance(part, int):
            out += f"[{part}]"
        else:
            bare = part.replace("-", "").replace("_", "")
            out += ("." if out else "") + (part if bare.isalnum() and bare.isascii() else json.dumps(part))
    return out


def shown(value: object) -> str:
    """A value as TOML would have it, shortened; never with control characters."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = "".join(c if c.isprintable() else "�" for c in text)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
