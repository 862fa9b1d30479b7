"""The places of keys: on any document, exactly the keys that the standard reader finds."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mdorch.config.places import places

NASTY = '''\
# [not.a.table]
title = "a # b [c] = d"  # x = 1
[ a . "b.c" ] # comment
k1 = """
[no]
k = 1 \\"""
"""" # four quotes
k2 = \'\'\'it's [no]\'\'\'
literals = ['a, # ] }', 'b']
"quoted key" = 1
'single "key"' = [ 1, "]", [2,
  # k = 3
  3], {x = 1, y.z = 2} ]
when = 1979-05-27 07:32:00
[[many]]
n = 1
[[many]]
n = {a = {b = "}"}}
[many.sub]
deep.er = 1
'''


def flat(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    found = {path} if path else set()
    if isinstance(value, dict):
        found |= {p for key, item in value.items() for p in flat(item, (*path, key))}
    elif isinstance(value, list):
        found |= {p for index, item in enumerate(value) for p in flat(item, (*path, index))}
    return found


def test_every_shape_of_key_is_found_where_it_stands() -> None:
    found = places(NASTY)
    lines = NASTY.split("\n")
    assert flat(tomllib.loads(NASTY)) == set(found) | {("a",)}  # implied by [a."b.c"], written nowhere
    for path, starts in {
        ("title",): "title",
        ("a", "b.c"): "[ a",
        ("a", "b.c", "k1"): "k1",
        ("a", "b.c", "literals", 1): "'b'",
        ("a", "b.c", "quoted key"): '"quoted key"',
        ("a", "b.c", 'single "key"', 1): '"]"',
        ("a", "b.c", 'single "key"', 3, "y", "z"): "z = 2",
        ("many", 1): "[[many]]",
        ("many", 1, "n", "a", "b"): 'b = "}"',
        ("many", 1, "sub", "deep", "er"): "er = 1",
    }.items():
        line, column = found[path]
        assert lines[line - 1][column - 1 :].startswith(starts), path
    assert found["many", 0] == (15, 1)
    assert found["many", 1] == (17, 1)


KEYS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True), st.text(st.characters(codec="utf-8"), max_size=4)
)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
VALUES = st.recursive(
    st.integers(-5, 5) | st.booleans() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key_written(k)} = {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + "".join(f"  {written(v)}, # ] }} = \n" for v in value) + "]"
    if isinstance(value, str):
        return text_written(value)
    return str(value).lower()


def text_written(text: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08X}" if ord(c) < 32 or c in '"\\\x7f' else c for c in text) + '"'


def key_written(key: str) -> str:
    bare = key and all(c.isascii() and (c.isalnum() or c in "-_") for c in key)
    return key if bare else text_written(key)


@given(
    st.dictionaries(KEYS, VALUES, max_size=4),
    st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=3), max_size=3),
)
def test_any_document(top: dict[str, Any], tables: dict[str, dict[str, Any]]) -> None:
    tables = {key: table for key, table in tables.items() if key not in top}
    text = "".join(f" {key_written(k)} = {written(v)} # [x]\n" for k, v in top.items())
    for name, table in tables.items():
        text += f"[ {key_written(name)} ]\n" + "".join(
            f"{key_written(k)}={written(v)}\n" for k, v in table.items()
        )
    found = places(text)
    assert set(found) == flat(tomllib.loads(text))
    lines = text.split("\n")
    for path, (line, column) in found.items():
        here = lines[line - 1][column - 1 :]
        if isinstance(path[-1], str):
            assert here.lstrip("[ ").startswith(key_written(path[-1])), path
