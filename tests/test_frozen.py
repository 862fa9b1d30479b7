"""Frozen records are what standard frozen dataclasses are: the same cases, put to both."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
from typing import Any

import pytest

from mdorch.frozen import Frozen, field, replace


class Ours(Frozen):
    """With a default, and one that is made anew."""

    name: str
    size: int = 3
    parts: list[str] = field(default_factory=list)


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    """The same in the standard library."""

    name: str
    size: int = 3
    parts: list[str] = dataclasses.field(default_factory=list)


class One(Frozen):
    only: str


class Nothing(Frozen):
    pass


BOTH = pytest.mark.parametrize("cls", [Ours, Theirs])


@BOTH
def test_making(cls: Any) -> None:
    made = cls("a")
    assert (made.name, made.size, made.parts) == ("a", 3, [])
    assert made.parts is not cls("b").parts
    given = ["x"]
    assert cls("a", size=4, parts=given).parts is given
    assert cls("a", 1, given) == cls(name="a", size=1, parts=["x"])
    for wrong in (cls, lambda: cls("a", 1, [], 2), lambda: cls("a", other=1)):
        with pytest.raises(TypeError):
            wrong()
    assert str(inspect.signature(cls.__init__)).startswith("(self, name")


@BOTH
def test_nothing_of_it_changes(cls: Any) -> None:
    made = cls("a")
    with pytest.raises(AttributeError):
        made.name = "b"
    with pytest.raises(AttributeError):
        del made.name
    with pytest.raises((AttributeError, TypeError)):
        made.other = 1
    assert made == cls("a")


@BOTH
def test_comparing_and_hashing(cls: Any) -> None:
    assert cls("a") == cls("a")
    assert cls("a") != cls("b")
    assert Ours("a") != Theirs("a")
    with pytest.raises(TypeError):
        hash(cls("a"))  # as of any that holds a list
    assert hash(cls("a", 1, ())) == hash(cls("a", 1, ()))
    assert len({cls("a", 1, ()), cls("a", 1, ()), cls("b", 1, ())}) == 2


@BOTH
def test_showing_and_matching(cls: Any) -> None:
    assert repr(cls("a")) == f"{cls.__name__}(name='a', size=3, parts=[])"
    match cls("a", 7):
        case Ours(name, size) | Theirs(name, size):
            assert (name, size) == ("a", 7)


@BOTH
def test_what_the_standard_library_makes_of_it(cls: Any) -> None:
    made = cls("a", parts=["x"])
    assert dataclasses.is_dataclass(made)
    assert dataclasses.replace(made, size=9) == cls("a", 9, ["x"])
    assert dataclasses.asdict(made) == {"name": "a", "size": 3, "parts": ["x"]}
    names = [(f.name, f.default, f.default_factory) for f in dataclasses.fields(cls)]
    assert names == [(f.name, f.default, f.default_factory) for f in dataclasses.fields(Theirs)]
    assert copy.deepcopy(made) == made
    assert pickle.loads(pickle.dumps(made)) == made


def test_a_copy_with_changes() -> None:
    made = Ours("a", 1, ["x"])
    assert replace(made, name="b") == Ours("b", 1, ["x"])
    assert replace(made).parts is made.parts
    with pytest.raises(TypeError):
        replace(made, other=1)


def test_few_fields() -> None:
    assert (One("a"), hash(One("a"))) == (One("a"), hash(One("a")))
    assert (repr(Nothing()), Nothing() == Nothing(), One("a") == Nothing()) == ("Nothing()", True, False)
    assert {One("a"): 1, Nothing(): 2}[Nothing()] == 2


def test_a_class_costs_nothing_that_the_standard_one_does() -> None:
    code = "import sys; from mdorch.facts import Run; print('dataclasses' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"
