"""The values that `mdorch.toml` may hold, and the words in which a bad one is told.

A validator's message goes on after the name of the key: "`agents.dev.command` is one string; …".
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from mdorch.config.durations import seconds
from mdorch.world.agents.registry import NAMES


def _argv(value: object) -> object:
    if isinstance(value, str):
        raise ValueError("is one string; a list of arguments is needed, never a shell string")
    if isinstance(value, list) and value and not value[0]:
        raise ValueError("has no program as its first item")
    if isinstance(value, list) and any(isinstance(item, str) and "\0" in item for item in value):
        raise ValueError("holds a NUL character, which no program can be given")
    return value


def _cli(value: object) -> object:
    if not isinstance(value, str) or value not in NAMES:
        raise ValueError("is no built-in adapter")
    return value


def _positive(value: float) -> float:
    if value <= 0:
        raise ValueError("is not a duration above 0")
    return value


def _name(value: str) -> str:
    if not value.strip() or value != value.strip() or not value.isprintable():
        raise ValueError("is not a name")
    return value


def _word(value: str) -> str:
    if not value or not all(c.isalnum() or c in "_.-" for c in value) or value[0] in ".-":
        raise ValueError("is not one word of letters, digits, _ . -")
    return value


def _argument(value: str) -> str:
    if not value or "\0" in value:
        raise ValueError("is empty, or holds a NUL character")
    return value


def _inside(value: str) -> str:
    parts = value.split("/")
    if value.startswith(("/", "~")) or ".." in parts or not value.strip("/.") or "\0" in value:
        raise ValueError("is no path inside the repository")
    return value


def _branch(value: str) -> str:
    parts = value.split("/")
    unfit = any(c in " ~^:?*[\\" or not c.isprintable() for c in value) or ".." in value or "@{" in value
    if unfit or any(not p or p[0] in ".-" or p.endswith((".lock", ".")) for p in parts):
        raise ValueError("is no name of a branch")
    if parts[0] == "mdorch":
        raise ValueError("begins with mdorch/, where the branches of the attempts are")
    return value


def _url(value: str) -> str:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(value)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("is no http or https address")
    return value


def _variable(value: str) -> str:
    if not value.isascii() or not value.replace("_", "a").isalnum() or value[0].isdigit():
        raise ValueError("is no name of an environment variable")
    return value


def _distinct(value: dict[str, int]) -> dict[str, int]:
    if len({name.lower() for name in value}) < len(value):
        raise ValueError("names one group twice: case does not count")
    return value


# Durations are numbers of seconds once validated; TOML, and so the schema, has them as text too.
Duration = Annotated[
    float,
    BeforeValidator(seconds),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": "^[0-9dhms. ]+$"}, {"type": "number", "minimum": 0}]}
    ),
]
Span = Annotated[Duration, AfterValidator(_positive)]
Argv = Annotated[list[str], BeforeValidator(_argv), Field(min_length=1)]
Cli = Annotated[str, BeforeValidator(_cli), WithJsonSchema({"type": "string", "enum": list(NAMES)})]
Argument = Annotated[str, AfterValidator(_argument)]
Word = Annotated[str, AfterValidator(_word)]
Name = Annotated[str, AfterValidator(_name)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Cap = Annotated[int, Field(ge=0, le=1_000_000)]
Isolation = Literal["none", "worktree"]
Inside = Annotated[str, AfterValidator(_inside)]
Branch = Annotated[str, AfterValidator(_branch)]
Url = Annotated[str, AfterValidator(_url)]
Variable = Annotated[str, Field(min_length=1), AfterValidator(_variable)]
Dollars = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Limits = Annotated[dict[Name, Cap], AfterValidator(_distinct)]
