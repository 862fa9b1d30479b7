"""File patterns, and whether two of them can ever name one path.

Two agents that write one file undo each other's work, so rows say in their `Files` cell what they touch,
and rows whose patterns *can meet* never run together. No file system is asked: the files may not exist
yet. The question is whether the two sets of paths have a member in common, and it is answered exactly:
both patterns are automata, and they meet if both can read one path to its end (a search of the product).

The language is the usual one, from the root of the repository:

- `*` stands for any characters of one name, `?` for one, `[a-z]` and `[!a-z]` for one of a set;
- `**` as a whole name stands for any folders, none included; `{a,b}` for either;
- a name without an extension, or with a `/` after it, is a folder with everything below.

Whatever is doubtful is read as more, never as less: `*.md` without a folder counts at any depth, and a
bare `selection.py` meets `src/live/selection.py`; a name with an extension is a folder as soon as the other
pattern goes on below it (`docs/v1.2` and `docs/v1.2/a.md`); an exclusion (`!x`) excludes nothing; a pattern
that is too long or climbs out with `..` is every file. Two rows that wait for each other cost time; two that
overwrite each other cost the work of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from mdorch.frozen import Frozen

LONGEST = 400  # characters of one pattern
ALTERNATIVES = 64  # that the braces of one pattern may make

_LAST = 0x10FFFF
_SLASH = ord("/")

Ranges = tuple[tuple[int, int], ...]  # of code points, ascending, both ends included
Token = Ranges | None  # one character of a set; None: any number of any characters
Segment = str | tuple[Token, ...] | None  # a literal name, a pattern for one, or None: any number of names
Glob = tuple[Segment, ...]

_ANY: Ranges = ((0, _SLASH - 1), (_SLASH + 1, _LAST))
EVERYTHING: Glob = (None,)


class Scope(Frozen):
    """What one row may touch: its patterns, as written and as read.

    `first`: the names that its paths can begin with, None where that can be any.
    """

    texts: tuple[str, ...]
    globs: tuple[tuple[Glob, ...], ...]  # alternatives of each text
    first: frozenset[str] | None

    def shared(self, other: Scope) -> tuple[str, str] | None:
        """A pattern of each that can meet, the first such pair; None where they never do."""
        if self.first is not None and other.first is not None and not self.first & other.first:
            return None
        for mine, text in zip(self.globs, self.texts, strict=True):
            for theirs, other_text in zip(other.globs, other.texts, strict=True):
                if any(meet(a, b) for a in mine for b in theirs):
                    return text, other_text
        return None


def meet(one: Glob, other: Glob) -> bool:
    """Whether there is a path that both may name."""
    if isinstance(one[0], str) and isinstance(other[0], str) and one[0] != other[0]:
        return _bare(one, other) or _bare(other, one)
    if _cross(one, other) or _below(one, other) or _below(other, one):
        return True
    return _bare(one, other) or _bare(other, one)


def _bare(one: Glob, other: Glob) -> bool:
    """Whether `one` is a mere name, and the other one names just that somewhere."""
    return len(one) == 1 and isinstance(one[0], str) and other[-1] == one[0]


def _below(file: Glob, other: Glob) -> bool:
    """Whether the other pattern itself, name by name, goes on below what looks like a file."""
    deeper = len(other) > len(file) and None not in (*file, *other[: len(file)])
    return deeper and all(_alike(a, b) for a, b in zip(file, other, strict=False))


def _cross(a: Glob, b: Glob) -> bool:
    """Whether there is a path that both name to its end: a search of the product of two automata."""
    ends = len(a), len(b)
    seen = {(0, 0)}
    stack = [(0, 0)]
    while stack:
        place = stack.pop()
        if place == ends:
            return True
        for step in _steps(a, b, *place):
            if step not in seen:
                seen.add(step)
                stack.append(step)
    return False


def _steps(a: Glob, b: Glob, i: int, j: int) -> list[tuple[int, int]]:
    """Where both can be after one more name of the path, or after leaving a `**` behind."""
    found = []
    here, there = i < len(a), j < len(b)
    if here and a[i] is None:
        found.append((i + 1, j))
    if there and b[j] is None:
        found.append((i, j + 1))
    if here and there and _alike(a[i], b[j]):
        found.append((i + (a[i] is not None), j + (b[j] is not None)))
    return found


def _alike(one: Segment, other: Segment) -> bool:
    """Whether one name fits both."""
    if one is None or other is None:
        return True
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    return _overlap(_tokens(one), _tokens(other))


@lru_cache(maxsize=4096)
def _overlap(one: tuple[Token, ...], other: tuple[Token, ...]) -> bool:
    """The same search, over the characters of one name."""
    ends = len(one), len(other)
    seen = {(0, 0)}
    stack = [(0, 0)]
    while stack:
        i, j = stack.pop()
        if (i, j) == ends:
            return True
        for step in _character_steps(one[i : i + 1], other[j : j + 1]):
            place = (i + step[0], j + step[1])
            if place not in seen:
                seen.add(place)
                stack.append(place)
    return False


def _character_steps(a: tuple[Token, ...], b: tuple[Token, ...]) -> list[tuple[int, int]]:
    """How far each may go from its next token (none at its end): past a `*`, or over one character."""
    found = []
    if a == (None,):
        found.append((1, 0))
    if b == (None,):
        found.append((0, 1))
    if a and b:
        ranges = [token[0] for token in (a, b) if token[0] is not None]
        if all(ranges) and (len(ranges) < 2 or _common(*ranges)):
            found.append((int(a[0] is not None), int(b[0] is not None)))
    return found


def _tokens(segment: str | tuple[Token, ...]) -> tuple[Token, ...]:
    return tuple(((ord(c), ord(c)),) for c in segment) if isinstance(segment, str) else segment


def _common(one: Ranges, other: Ranges) -> bool:
    return any(a <= d and c <= b for a, b in one for c, d in other)


# -- reading ----------------------------------------------------------------------------------------


@lru_cache(maxsize=16384)
def read_glob(text: str) -> tuple[Glob, ...]:
    """The alternatives that a pattern stands for; none for an exclusion. Never raises."""
    if text.startswith("!"):
        return ()
    if len(text) > LONGEST:
        return (EVERYTHING,)
    expanded = _braces(text)
    if expanded is None:
        return (EVERYTHING,)
    return tuple(dict.fromkeys(_path(one) for one in expanded))


def _path(text: str) -> Glob:
    names = [name for name in text.split("/") if name not in ("", ".")]
    found: list[Segment] = []
    for name in names:
        if name == "..":
            if not found or not isinstance(found[-1], str):
                return EVERYTHING
            found.pop()
        elif name != "**":
            found.append(_segment(name))
        elif found[-1:] != [None]:
            found.append(None)
    if not found or (text[-1] != "/" and "/" not in text and not isinstance(found[0], str)):
        found.insert(0, None)  # a mere `*.md`
    is_file = "." in names[-1][1:] and text[-1] != "/" if names else False
    return tuple(found) if is_file or found[-1] is None else (*found, None)


def _segment(name: str) -> Segment:
    """A pattern for one name, or the name itself. `[` without its `]` is a character like any other."""
    tokens: list[Token] = []
    literal: list[str] = []
    at = 0
    while at < len(name):
        char = name[at]
        end = _class_end(name, at) if char == "[" else 0
        if char == "*":
            if tokens[-1:] != [None]:
                tokens.append(None)
        elif char == "?":
            tokens.append(_ANY)
        elif end:
            tokens.append(_class(name[at + 1 : end]))
            at = end
        else:
            literal.append(char)
            tokens.append(((ord(char), ord(char)),))
        at += 1
    return name if len(literal) == len(name) else tuple(tokens)


def _class_end(name: str, at: int) -> int:
    """Where the class that opens at `at` closes, 0 where it does not. A `]` in first place belongs to it."""
    start = at + 2 if name[at + 1 : at + 2] in ("!", "^") else at + 1
    return max(name.find("]", start + 1), 0)


def _class(text: str) -> Ranges:
    negated = text[0] in "!^"
    chars = text[1:] if negated else text
    spans = []
    at = 0
    while at < len(chars):
        if chars[at + 1 : at + 2] == "-" and at + 2 < len(chars):
            spans.append((ord(chars[at]), ord(chars[at + 2])))
            at += 3
        else:
            spans.append((ord(chars[at]), ord(chars[at])))
            at += 1
    if negated:
        return _outside([*spans, (_SLASH, _SLASH)])
    return _outside([*_outside(spans), (_SLASH, _SLASH)])


def _outside(spans: Sequence[tuple[int, int]]) -> Ranges:
    """The code points that are in none of the spans."""
    found = []
    first = 0
    for low, high in sorted(s for s in spans if s[0] <= s[1]):
        if low > first:
            found.append((first, low - 1))
        first = max(first, high + 1)
    return (*found, (first, _LAST)) if first <= _LAST else tuple(found)


def _braces(text: str) -> list[str] | None:
    """`a{b,c}` written out, innermost first; None where that would be too many."""
    found = [text]
    while True:
        at = next((n for n, one in enumerate(found) if _inner(one)), None)
        if at is None:
            return found
        opened, closed = _inner(found[at]) or (0, 0)
        one = found[at]
        choices = one[opened + 1 : closed].split(",")
        found[at : at + 1] = [one[:opened] + choice + one[closed + 1 :] for choice in choices]
        if len(found) > ALTERNATIVES:
            return None


def _inner(text: str) -> tuple[int, int] | None:
    """The first `{` … `}` with no other one inside."""
    closed = text.find("}")
    opened = text.rfind("{", 0, closed) if closed > 0 else -1
    return (opened, closed) if opened >= 0 else None
