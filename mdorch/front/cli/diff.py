"""A unified diff from a script of lines, in time proportional to their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mdorch.front.cli.screen import Ink, Screen
from mdorch.frozen import Frozen

CONTEXT = 3  # lines shown around a change
_STYLE = {"+": "good", "-": "bad", " ": "dim"}

Line = tuple[str, str]  # sign (" ", "-", "+") and text


class Hunk(Frozen):
    """Lines that belong together; `old` and `new` are where they begin, counted from 1."""

    old: int
    new: int
    lines: Sequence[Line]

    @property
    def title(self) -> str:
        before = sum(sign != "+" for sign, _ in self.lines)
        after = sum(sign != "-" for sign, _ in self.lines)
        old, new = self.old - (not before), self.new - (not after)
        return f"@@ -{old},{before} +{new},{after} @@"


def hunks(script: Iterable[Line]) -> Iterator[Hunk]:
    """The changes of a script, each with the lines around it; changes near each other share one hunk."""
    lines = list(script)
    changed = [n for n, (sign, _) in enumerate(lines) if sign != " "]
    spans: list[list[int]] = []
    for n in changed:
        if spans and n - CONTEXT <= spans[-1][1]:
            spans[-1][1] = n + CONTEXT + 1
        else:
            spans.append([max(n - CONTEXT, 0), n + CONTEXT + 1])
    old = new = 1
    at = 0
    for start, stop in spans:
        for sign, _ in lines[at:start]:
            old, new = old + (sign != "+"), new + (sign != "-")
        shown = lines[start:stop]
        yield Hunk(old, new, shown)
        for sign, _ in shown:
            old, new = old + (sign != "+"), new + (sign != "-")
        at = stop


def show(screen: Screen, name: str, script: Iterable[Line], creates: bool) -> None:
    """Print the diff of one file; nothing where nothing changes."""
    found = list(hunks(script))
    if not found:
        return
    screen.line(Ink(f"--- {'/dev/null' if creates else name}", "bold"))
    screen.line(Ink(f"+++ {name}", "bold"))
    for hunk in found:
        screen.line(Ink(hunk.title, "live"))
        for sign, text in hunk.lines:
            screen.line(Ink(sign + text, _STYLE[sign]))
    screen.line("")
