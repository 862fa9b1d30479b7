"""File patterns: tables of cases, and the intersection against brute force over all short paths."""

from __future__ import annotations

from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdorch.plan.globs import ALTERNATIVES, EVERYTHING, LONGEST, Glob, Segment, Token, meet, read_glob
from mdorch.plan.scopes import MOST, Busy, overlaps, paths_of, scope_of
from tests.plan.boards import filed


@pytest.mark.parametrize(
    ("one", "other", "meets"),
    [
        ("src/a.py", "src/a.py", True),
        ("src/a.py", "src/b.py", False),
        ("src/a.py", "src/A.py", False),
        ("src/a.py", "./src//a.py", True),
        ("src/bot", "src/bot/live/x.py", True),  # a folder with everything below
        ("src/bot/", "src/bot/live/x.py", True),
        ("src/bot/", "src/bottle/x.py", False),
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/a.md", False),
        ("src/*.py", "src/live/a.py", False),
        ("src/**/a.py", "src/a.py", True),
        ("src/**/a.py", "src/x/y/a.py", True),
        ("src/**/a.py", "src/x/y/b.py", False),
        ("src/**", "tests/**", False),
        ("**/test_*.py", "tests/unit/test_a.py", True),
        ("src/a*", "src/*b", True),
        ("src/a*c", "src/ab*", True),
        ("src/a*c", "src/b*", False),
        ("src/?.py", "src/a.py", True),
        ("src/?.py", "src/ab.py", False),
        ("src/[a-c].py", "src/b.py", True),
        ("src/[a-c].py", "src/d.py", False),
        ("src/[!a-c].py", "src/b.py", False),
        ("src/[!a-c].py", "src/[a-d].py", True),
        ("src/[!a].py", "src/[^b].py", True),
        ("src/[]].py", "src/].py", True),
        ("src/[a.py", "src/[a.py", True),
        ("src/{a,b}.py", "src/b.py", True),
        ("src/{a,b}.py", "src/c.py", False),
        ("src/{a,b/{c,d}}.py", "src/b/d.py", True),
        ("src/*", "src/a/b.py", True),
        ("src/*.py", "src/**/b.py", True),
        ("docs/v1.2", "docs/v1.2/a.md", True),  # a folder after all
        ("docs/v1.2", "docs/**/a.md", False),
        ("src/**", "src.py", False),
        ("README.md", "docs/README.md", True),  # a mere name may be meant anywhere
        ("README.md", "docs/CHANGES.md", False),
        ("README.md", "docs/**", False),
        ("Makefile", "src/Makefile", False),  # a folder, as far as anybody can see
        ("docs/", "src/docs/x", False),
        ("*.md", "docs/guide/a.md", True),
        ("a/../b", "b", True),
        ("../b", "anything", True),  # climbs out: every file
        ("**", "anything/at/all", True),
        ("!src/a.py", "src/a.py", False),  # excludes: names nothing by itself
        ("x" * (LONGEST + 1), "anything", True),
        ("{a,b}" * 7, "anything", True),
    ],
)
def test_pairs(one: str, other: str, meets: bool) -> None:
    assert any(meet(a, b) for a in read_glob(one) for b in read_glob(other)) is meets
    assert any(meet(b, a) for a in read_glob(one) for b in read_glob(other)) is meets


# Two patterns that meet do so on something no longer than both together, and one character (or name) that
# neither of them names stands for all others. So trying everything that short is a proof.
NAME = st.sampled_from(["a", "b", "?", "*", "[ab]", "[!a]", "[!ab]"])
NAMES = st.lists(NAME, min_size=1, max_size=3).map("".join).filter(lambda n: n != "**")
PATHS = st.lists(st.sampled_from(["a", "b", "[ab]", "*", "**"]), min_size=1, max_size=3).map("/".join)
WORDS = [name for n in range(1, 7) for name in map("".join, product("abz", repeat=n))]
FILES = [path for n in range(1, 7) for path in product("abz", repeat=n)]


def fits_name(name: str, segment: str | tuple[Token, ...]) -> bool:
    """A naive reading, one character after the other, of what `read_glob` made."""
    if isinstance(segment, str):
        return name == segment
    if not segment:
        return not name
    first, rest = segment[0], segment[1:]
    if first is None:
        return fits_name(name, rest) or (bool(name) and fits_name(name[1:], segment))
    return bool(name) and any(a <= ord(name[0]) <= b for a, b in first) and fits_name(name[1:], rest)


def fits(path: tuple[str, ...], glob: tuple[Segment, ...]) -> bool:
    if not glob:
        return not path
    if glob[0] is None:
        return fits(path, glob[1:]) or (bool(path) and fits(path[1:], glob))
    return bool(path) and fits_name(path[0], glob[0]) and fits(path[1:], glob[1:])


@cache
def named(glob: Glob) -> frozenset[int]:
    return frozenset(n for n, path in enumerate(FILES) if fits(path, glob))


@cache
def spelled(segment: Segment) -> frozenset[str]:
    assert segment is not None
    return frozenset(word for word in WORDS if fits_name(word, segment))


@settings(max_examples=300)
@given(PATHS, PATHS)
def test_two_patterns_meet_where_a_path_fits_both(one: str, other: str) -> None:
    """From the root (`/`), so that no mere name is meant anywhere; without an extension, so folders."""
    (a,), (b,) = read_glob("/" + one), read_glob("/" + other)
    assert meet(a, b) is bool(named(a) & named(b))


@settings(max_examples=300)
@given(NAMES, NAMES)
def test_two_names_meet_where_a_word_fits_both(one: str, other: str) -> None:
    (a,), (b,) = read_glob("x/" + one), read_glob("x/" + other)
    assert meet(a, b) is bool(spelled(a[1]) & spelled(b[1]))


@settings(max_examples=300)
@given(st.text("ab*?[]!-{},/.\\ ", max_size=24), st.text("ab*?[]!-{},/.\\ ", max_size=24))
def test_any_text_is_read_and_meets_itself_and_everything(one: str, other: str) -> None:
    for text in (one, other):
        for glob in read_glob(text):
            assert meet(glob, EVERYTHING)
        assert len(read_glob(text)) <= ALTERNATIVES
    left, right = filed(one or "x"), filed(other or "x")
    a, b = scope_of(left), scope_of(right)
    if a and b:
        assert (a.shared(b) is None) is (b.shared(a) is None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("src/a.py", ["src/a.py"]),
        ("`src/a.py`", ["src/a.py"]),
        ("src/a.py:26", ["src/a.py"]),
        ("src/a.py:26-40", ["src/a.py"]),
        ("src/a.py#L26", ["src/a.py"]),
        ("src/a.py line 26", ["src/a.py"]),
        ("src/a.py (new)", ["src/a.py"]),
        ("src/a.py and src/b.py", ["src/a.py", "src/b.py"]),
        ("src/a.py new file", ["src/a.py"]),
        (r"src/\_\_init\_\_.py", ["src/__init__.py"]),
        (r"src\bot\live", ["src/bot/live"]),
        (r"src/\*.py", ["src/*.py"]),
        ("everything", ["**"]),
        ("All files", ["**"]),
        ("the parser", ["the parser"]),
    ],
)
def test_entries_of_a_files_cell(text: str, found: list[str]) -> None:
    assert paths_of(text) == found


def test_scopes() -> None:
    assert scope_of(filed()) is None
    assert scope_of(filed("a/x", "b/y")).first == {"a", "b"}  # type: ignore[union-attr]
    assert scope_of(filed("a/x", "*.md")).first is None  # type: ignore[union-attr]
    whole = scope_of(filed("!a/x"))
    assert whole is not None
    assert whole.globs == ((EVERYTHING,),)
    many = scope_of(filed(*(f"a/{n}" for n in range(MOST + 1))))
    assert many is not None
    assert many.globs == ((EVERYTHING,),)


def test_who_works_on_what() -> None:
    busy = Busy()
    busy.take(filed("src/**", name="A"))
    busy.take(filed("docs/x.md", name="B"))
    busy.take(filed(name="C"))
    wanted = scope_of(filed("src/a.py", "docs/*.md"))
    assert wanted is not None
    assert list(busy.meeting(wanted)) == [("A", "src/**"), ("B", "docs/x.md")]
    busy.leave(filed("src/**", name="A"))
    assert [name for name, _ in busy.meeting(wanted)] == ["B"]


def test_rows_that_hold_each_other() -> None:
    rows = [filed("src/**", name="A"), filed("docs/", name="B"), filed("src/x", "docs/y", name="C"), filed()]
    pairs = [(a.id, b.id, p, q) for a, b, p, q in overlaps(rows, 9)]
    assert pairs == [("A", "C", "src/**", "src/x"), ("B", "C", "docs/", "docs/y")]
    assert len(overlaps(rows, 1)) == 1
