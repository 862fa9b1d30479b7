"""Handoff blocks: from the source lines under a live `Agent Handoff Signal` heading to a `Handoff`.

Agents write these by hand, so the fields are taken from source lines and not from parsed Markdown:
a `---` right under `**Status**: COMPLETE` makes the four fields one setext heading in Markdown's
eyes, and list items, bold colons and values on the next line all occur. What a block *is* stays the
page's business: only headings that are live begin one, and lines inside fences say nothing.

Identity. A block acts once, so it needs a name that survives what editors do to a file: trailing
blanks trimmed, bullets and emphasis restyled, blank lines added, line endings changed. The digest is
therefore taken over the words of the block alone. Marks and typed answers do not count: both are
added later to a block that must stay the same one.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from mdorch.board.agents import read_agents
from mdorch.board.handoff import Handoff, Mark
from mdorch.board.problem import Problem, problem
from mdorch.board.render import unquoted
from mdorch.board.sections import HANDOFF, HeadingLike, kind_of
from mdorch.board.signals import read_signal
from mdorch.board.words import begins, clipped, words
from mdorch.frozen import Frozen, replace
from mdorch.page import cells

PARTS = ("deliverables", "context", "artifacts", "questions")

_MARK = re.compile(r"\s*<!--\s*mdorch:\s*(taken|refused)\s+(\S+)\s+([0-9a-f]{8})\s+(\S+)\s*-->\s*")
FIELD = re.compile(
    r"\s{0,3}(?:[-*+]\s+)?[*_]{0,3}(from|to|task(?:[ _]id)?|status|reason|run)[*_]{0,3}"
    r"\s*[:：]\s*[*_]{0,3}(.*)",
    re.IGNORECASE | re.DOTALL,
)
_ANSWER = re.compile(
    r"\s{0,3}(?:[-*+]\s+)?[*_]{0,3}answer[*_]{0,3}\s*[:：]\s*[*_]{0,3}(.*)", re.IGNORECASE | re.DOTALL
)
_BULLET = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+(.*)", re.DOTALL)
_RULE = re.compile(r"\s{0,3}(?:-{3,}|\*{3,}|_{3,}|={3,})\s*")
_TEMPLATE = re.compile(r"\[[^\[\]]*\]|<[^<>]*>|\{[^{}]*\}")
_PLACEHOLDER = re.compile(r"[*_`~]*\[[^\[\]]*\][*_`~]*")  # its brackets are no link's
_WORD = re.compile(r"[^\W_]+")
_AND = re.compile(r"[\]`*_\s]*(?:[,;&+/→⇒]|->|=>|\band\b|(?<=\s))[\[`*_\s]*([^\s:,;()\[\]`*]+)")
_NOBODY = frozenset({"orchestrator", "the orchestrator", "nobody"})


class Line(Frozen):
    """A source line of a block, without its ending. `number` counts from 0.

    `part` names the part that a heading on this line begins: "" for a heading that is no part, None
    where there is no heading.
    """

    number: int
    text: str
    dead: bool = False
    part: str | None = None


@dataclass(slots=True)
class _Said:
    """What the lines of one block say; `take` them one after the other."""

    fields: dict[str, str] = field(default_factory=dict)
    parts: dict[str, list[str]] = field(default_factory=lambda: {part: [] for part in PARTS})
    answer: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    asked: int = 0  # the line after the questions
    words: list[str] = field(default_factory=list)
    part: str | None = None  # the part that is being read; None: the fields before the parts
    waiting: str = ""  # the field whose value is expected on the next line
    answering: bool = False
    also: str = ""  # another task than the first one
    within: dict[str, str] = field(default_factory=dict)  # fields in the part that is being read

    @property
    def digest(self) -> str:
        return hashlib.sha256(" ".join(self.words).encode("utf-8", "surrogateescape")).hexdigest()[:8]

    def take(self, line: Line) -> None:
        mark = _MARK.fullmatch(line.text)
        if mark:
            self.marks.append(Mark(unquoted(mark[2]), mark[3], mark[4], mark[1] == "refused"))
            return
        silent = not line.text.strip() or bool(_RULE.fullmatch(line.text))
        if self._is_answer(line, silent):
            return
        self.words += _WORD.findall(line.text)
        if line.part is not None:
            self.part, self.waiting = line.part, ""
            self.within = {}
        elif not silent and not line.dead:
            if self.part is None:
                self._take_field(line)
            elif self.part:
                _add_item(self.parts[self.part], line.text)
                self._take_field_within(line)
        if self.part == "questions" and not silent:
            self.asked = line.number + 1

    def _is_answer(self, line: Line, silent: bool) -> bool:
        """A line `**Answer**: …`, or one that goes on with it: up to a blank line, a rule or a heading."""
        found = None if line.dead else _ANSWER.fullmatch(line.text)
        self.answering = found is not None or (self.answering and line.part is None and not silent)
        if self.answering:
            self.answer.append((found[1] if found else line.text).strip())
            self.asked = line.number + 1 if self.part == "questions" else self.asked
        return self.answering

    def _take_field_within(self, line: Line) -> None:
        """A task and its status among the items are another handoff, whose heading was lost in a merge."""
        found = None if _BULLET.fullmatch(line.text) else FIELD.fullmatch(line.text)
        if found:
            self.within[words(found[1]).split()[0]] = _value(found[2])
            if "task" in self.within and read_signal(self.within.get("status", ""))[0]:
                self.also = self.also or self.within["task"]

    def _take_field(self, line: Line) -> None:
        """A field, or the value of the field on the line before; of two with one name the first counts."""
        found = FIELD.fullmatch(line.text)
        waiting, self.waiting = self.waiting, ""
        if found is None:
            if waiting:
                self.fields[waiting] = _value(line.text)
            return
        name = words(found[1]).split()[0]
        if name == "task" and self.fields.get(name) and _value(found[2]) not in ("", self.fields[name]):
            self.also = self.also or _value(found[2])
        if not self.fields.get(name):
            self.fields[name] = _value(found[2])
            self.waiting = "" if self.fields[name] else name


def part_of(heading: str) -> str:
    """The part that a heading begins: `Context for Next Agent` -> `context`; "" for any other heading."""
    said = words(heading)
    return next((part for part in PARTS if begins(said, part)), "")


def is_trapped(text: str) -> bool:
    """Whether lines that Markdown reads as a setext heading are really fields of a handoff."""
    return any(FIELD.fullmatch(line) for line in text.split("\n"))


def block_ends(headings: Sequence[HeadingLike], lines: int) -> Iterator[tuple[int, int]]:
    """(index of the heading, first line after the block) for every handoff block, in page order.

    A block ends at the next handoff, or at the next heading of its level or higher that is no part of it.
    """
    open_ = -1
    for index, heading in enumerate(headings):
        begins_one = kind_of(heading.text) == HANDOFF
        if open_ >= 0:
            closes = heading.level <= headings[open_].level and not part_of(heading.text)
            if begins_one or closes:
                yield open_, heading.line
                open_ = -1
        if begins_one:
            open_ = index
    if open_ >= 0:
        yield open_, lines


def read_block(heading: Line, body: int, lines: Sequence[Line], at_end: bool) -> Handoff:
    """The handoff under `heading`, from line `body` on; its task is not yet looked up (see `judged`)."""
    said = _Said()
    for line in lines:
        said.take(line)
    signal, reason = read_signal(said.fields.get("status", ""))
    to = said.fields.get("to", "")
    names = read_agents(to).names
    receiver = "" if not names or not _NOBODY.isdisjoint((words(to), words(names[0]))) else names[0]
    digest = said.digest
    mark = next((m for m in said.marks if m.digest == digest), said.marks[0] if said.marks else None)
    kept = [heading.text, *(line.text for line in lines if not _MARK.fullmatch(line.text))]
    while kept and not kept[-1].strip():
        kept.pop()
    return Handoff(
        line=heading.number + 1,
        end=body + len(lines) + 1,
        body=body + 1,
        sender=said.fields.get("from", ""),
        to=to if _is_template(to) else receiver,
        task=said.fields.get("task", ""),
        also=said.also,
        signal=signal,
        status_text=said.fields.get("status", ""),
        reason=reason or said.fields.get("reason", ""),
        deliverables=tuple(said.parts["deliverables"]),
        context=tuple(said.parts["context"]),
        artifacts=tuple(said.parts["artifacts"]),
        questions=tuple(said.parts["questions"]),
        answer="\n".join(said.answer).strip(),
        text="\n".join(kept),
        digest=digest,
        mark=mark,
        run=said.fields.get("run", ""),
        asked=said.asked + 1 if said.asked else 0,
        at_end=at_end,
    )


def _value(text: str) -> str:
    text = text.strip().removesuffix("\\").rstrip()  # it may end in Markdown's line break
    for sign in ("**", "__"):
        if text.count(sign) % 2:
            text = text.removesuffix(sign).rstrip()
    found = _BULLET.fullmatch(text)
    text = found[1].strip() if found else text
    return text.strip("*_`~") if _PLACEHOLDER.fullmatch(text) else cells.value(text)


def _add_item(items: list[str], text: str) -> None:
    bullet = _BULLET.fullmatch(text)
    if bullet:
        items.append(bullet[1].strip())
    elif items and text[0] in " \t":
        items[-1] += " " + text.strip()
    else:
        items.append(text.strip())


def _is_template(value: str) -> bool:
    return bool(_TEMPLATE.fullmatch(value)) or "|" in value or words(value) == "none description"


def said_between_marks(text: str) -> list[str]:
    """What a block says, LF and as written, in the pieces between the marks in it."""
    groups = groupby(text.split("\n"), lambda line: _MARK.fullmatch(line) is not None)
    return ["\n".join(lines) for marked, lines in groups if not marked]


def numbered(blocks: Sequence[Handoff]) -> list[Handoff]:
    """The same blocks with `occurrence`: equal blocks are told apart by counting."""
    seen: Counter[str] = Counter()
    counted = []
    for block in blocks:
        counted.append(replace(block, occurrence=seen[block.digest]) if seen[block.digest] else block)
        seen[block.digest] += 1
    return counted


def judged(block: Handoff, ids: Collection[str]) -> tuple[Handoff, list[Problem]]:
    """The block with its task looked up among `ids` and its mark compared, and what is wrong with it."""
    task = _known_task(block.task, ids)
    block = replace(block, task=task or block.task, also=block.also or _second_task(block.task, task, ids))
    found: list[Problem] = []
    place = (block.line, 1)
    if any(map(_is_template, (block.sender, block.to, "" if task else block.task, block.status_text))):
        if block.signal is None or not task:
            found.append(
                problem("template-handoff", "this handoff block is a template that nobody filled in", place)
            )
        else:
            found.append(
                problem("template-handoff", "this handoff block still has placeholders in it", place)
            )
    elif not block.task:
        found.append(problem("handoff-no-task", "this handoff does not say which task it is about", place))
    elif not task:
        message = f"this handoff is about `{clipped(block.task)}`, which is no task here"
        found.append(problem("handoff-unknown-task", message, place))
    elif block.also and _known_task(block.also, ids) != task:
        message = f"this handoff is about {task}, and about `{clipped(block.also)}` as well"
        found.append(problem("handoff-two-tasks", message, place, task))
    elif block.signal is None:
        said = f"`{clipped(block.status_text)}`" if block.status_text else "nothing"
        found.append(problem("handoff-unknown-status", f"this handoff's status says {said}", place, task))
    block = replace(block, valid=not found)
    if block.mark and block.mark.digest != block.digest:
        message = f"the taken-mark is of another block ({block.mark.digest}, this one is {block.digest})"
        found.append(problem("handoff-mark", message, place, task))
        block = replace(block, mark=None)
    return block, found


def _second_task(text: str, task: str, ids: Collection[str]) -> str:
    """The id that a task field names beside its first one (`T-1, T-2`); words behind an id are a title."""
    behind = _AND.match(text.partition(task)[2]) if task and text != task else None
    return behind[1] if behind and behind[1] in ids else ""


def _known_task(text: str, ids: Collection[str]) -> str:
    """The id that a task field names: alone, in brackets, or followed by words (`T-1: build it`)."""
    if text in ids:
        return text
    bare = text.strip("[]` ")
    if bare in ids:
        return bare
    lead = re.match(r"[^\s:,(—–]+", text)
    return lead[0] if lead and lead[0] in ids else ""
