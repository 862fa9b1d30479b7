"""spec-kit: `tasks.md`, checkboxes with ids under phases: `- [ ] T012 [P] [US1] Create the model in src/…`.

What waits for what is not said of each task there, but by the order. Here it is:

- a task waits for the one before it in its phase; those marked `[P]` that follow one another wait for the
  same, and what comes next waits for all of them;
- a phase waits for the one before it; the phases of user stories (`[US1]`, `[US2]`, …) wait for what comes
  before the first of them, not for one another; and what comes after them waits for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from mdorch.board.status import Status
from mdorch.desk.foreign.found import Foreign, Found, bad, short, text_of
from mdorch.desk.foreign.lines import Box, boxes

FORM = "speckit"
TASK = re.compile(r"\**(T\d{3,})\**[:.]?\s+((?:\[[^\]]*\]\s*)*)(.*)")
_STORY = re.compile(r"\[(US\d+)\]", re.IGNORECASE)
_PARALLEL = re.compile(r"\[P\]", re.IGNORECASE)
ORDER = "what waits for what is taken from phases, [P] and [US…]; what prose says of it is not"


def read(path: Path) -> Found:
    """Raises Trouble, with the place."""
    found = _Order(path)
    for box in boxes(text_of(path)):
        task = TASK.match(box.text)
        if task:
            found.add(box, task)
    return Found(FORM, str(path), tuple(found.tasks), (ORDER,) if found.tasks else ())


class _Order:
    """`base`: what a story waits for; `ends`: what the next phase waits for; `last`: what the next task of
    this phase waits for; `open`: parallel tasks in a row."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tasks: list[Foreign] = []
        self._lines: dict[str, int] = {}
        self._phase = ""
        self._story = False
        self._base: list[str] = []
        self._ends: list[str] = []
        self._stories: list[str] = []
        self._last: list[str] = []
        self._open: list[str] = []

    def add(self, box: Box, task: re.Match[str]) -> None:
        key, marks, title = task[1], task[2], task[3].strip()
        if key in self._lines:
            first = f"it stands in line {self._lines[key]} already"
            raise bad(self.path, box.number, box.indent + 1, f"the id {key} is used twice", first)
        if not title:
            raise bad(self.path, box.number, box.indent + 1, f"{key} says nothing")
        self._lines[key] = box.number
        story = _STORY.search(marks)
        if box.heading != self._phase:
            self._turn(box.heading, story is not None)
        if _PARALLEL.search(marks):
            needs, self._open = self._last, [*self._open, key]
        else:
            needs = self._open or self._last
            self._last, self._open = [key], []
        title, cut = short(title)
        self.tasks.append(
            Foreign(
                key=key,
                title=title,
                status=Status.COMPLETE if box.mark in "xX" else Status.WAITING,
                id=key,
                requires=tuple(needs),
                group=box.heading,
                see=f"{self.path}:{box.number}",
                lost=(*cut, *(["a mark in brackets"] if _unknown(marks) else [])),
            )
        )

    def _turn(self, phase: str, story: bool) -> None:
        """A new phase begins."""
        ended = self._open or self._last
        if self._story:
            self._stories += ended
            after = self._stories
        else:
            after = ended
        if story and not self._story:
            self._base = after
            self._stories = []
        needs = self._base if story else after
        self._phase, self._story = phase, story
        self._last, self._open = list(needs), []


def _unknown(marks: str) -> bool:
    return bool(_PARALLEL.sub("", _STORY.sub("", marks)).strip())


def is_one(found: Sequence[Box]) -> bool:
    """Whether checkboxes are those of spec-kit."""
    return any(TASK.match(box.text) for box in found)
