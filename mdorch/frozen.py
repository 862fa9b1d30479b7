"""Frozen records: what `@dataclass(frozen=True, slots=True)` makes, at a tenth of the price.

A standard dataclass writes the source of six methods for each class and compiles it, at every start of the
program, and `dataclasses` imports `inspect` and all that it needs. For the nouns of this program that came to
a quarter of what `mdorch status` takes. Here comparing, hashing and showing are the same code for all
classes, and the one method that must be quick for each class, `__init__`, is compiled when the first object
is made; most commands never make one of most classes.

    class Need(Frozen):
        id: str
        kind: NeedKind = NeedKind.TASK
        parts: list[str] = field(default_factory=list)

Type checkers know these classes as frozen dataclasses (PEP 681), and so do `dataclasses.replace`, `asdict`
and `fields`. There is no inheritance among them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import repeat
from operator import attrgetter
from typing import Any, ClassVar, TypeVar, dataclass_transform

T = TypeVar("T")
_Key = Callable[[Any], Any]


class _Made:
    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], T]) -> T:
    """The default of a field that is made anew for each object."""
    return _Made(default_factory)  # type: ignore[return-value]


class _Fields:
    """What `dataclasses` asks a class, or an object of it, for: made when it is asked for."""

    def __get__(self, _: object, cls: type[Frozen]) -> dict[str, Any]:
        import dataclasses

        body: dict[str, Any] = {"__annotations__": dict.fromkeys(cls.__slots__, Any)}
        for name, default in cls._defaults.items():
            is_made = isinstance(default, _Made)
            body[name] = dataclasses.field(default_factory=default.make) if is_made else default
        made: Any = dataclasses.dataclass(type(cls.__name__, (), body))
        fields = {field.name: field for field in dataclasses.fields(made)}
        cls.__dataclass_fields__ = fields
        return fields


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class _Noun(type):
    """The class of the classes."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> _Noun:
        names = tuple(body.get("__annotations__", ())) if bases else ()
        defaults = {field: body.pop(field) for field in names if field in body}
        own = {"__slots__": names, "__match_args__": names, "_defaults": defaults, "_key": _key(names)}
        return type.__new__(cls, name, bases, {**body, **own})


def _key(names: tuple[str, ...]) -> _Key:
    """All values of a record, in a tuple."""
    if len(names) < 2:
        return lambda record: tuple(getattr(record, name) for name in names)
    return attrgetter(*names)


class Frozen(metaclass=_Noun):
    """The base of frozen records: their fields are the annotations in the body of the class."""

    __slots__: ClassVar[tuple[str, ...]] = ()
    __dataclass_fields__: ClassVar[Any] = _Fields()
    _defaults: ClassVar[dict[str, Any]]
    _key: ClassVar[_Key]

    def __init__(self, *values: Any, **named: Any) -> None:
        cls = type(self)
        cls.__init__ = _initializer(cls)  # type: ignore[method-assign]
        self.__init__(*values, **named)  # type: ignore[misc]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be changed: use replace")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        key = type(self)._key
        return bool(key(self) == key(other))

    def __hash__(self) -> int:
        return hash((type(self), type(self)._key(self)))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({values})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, name) for name in self.__slots__)


F = TypeVar("F", bound=Frozen)


def replace(record: F, **changes: Any) -> F:
    """A copy with other values in some fields."""
    kind = type(record)
    return kind(**dict(zip(kind.__slots__, kind._key(record), strict=True)) | changes)


def differing(record: F, other: F) -> dict[str, Any]:
    """The fields in which they differ, with the values of `record`."""
    pairs = zip(record.__slots__, type(record)._key(record), type(other)._key(other), strict=True)
    return {name: value for name, value, old in pairs if value != old}


def many(kind: type[F], count: int, *columns: Iterable[Any]) -> list[F]:
    """So many records, made field by field, which is quicker: one column of values for each field."""
    made = list(map(kind.__new__, repeat(kind, count)))
    for name, values in zip(kind.__slots__, columns, strict=True):
        deque(map(kind.__dict__[name].__set__, made, values), maxlen=0)
    return made


def _initializer(cls: type[Frozen]) -> Callable[..., None]:
    """`__init__` with the fields as parameters, which sets them through their slots."""
    known: dict[str, Any] = {}
    parameters, lines = [], []
    for name in cls.__slots__:
        known[f"_set_{name}"] = cls.__dict__[name].__set__
        value = name
        if name in cls._defaults:
            known[f"_of_{name}"] = default = cls._defaults[name]
            parameters.append(f"{name}=_of_{name}")
            if isinstance(default, _Made):
                known[f"_make_{name}"] = default.make
                value = f"_make_{name}() if {name} is _of_{name} else {name}"
        else:
            parameters.append(name)
        lines.append(f"    _set_{name}(self, {value})")
    exec("\n".join([f"def __init__({', '.join(['self', *parameters])}):", *lines, "    pass"]), known)
    found: Callable[..., None] = known["__init__"]
    return found
