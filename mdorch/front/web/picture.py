"""What every screen shows, as data: one picture for all of them, and what is new in it.

A picture is the status answer in parts. Tasks and handoffs are keyed, so that a change of one row of two
thousand is told in one line. Where a row stands on the page is told apart from what it says: a line that
is put in above must not make news of all below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from mdorch.desk.look import Look
from mdorch.desk.status import status
from mdorch.frozen import Frozen

KEYED = ("tasks", "handoffs")
HEAD = ("page", "daemon", "paused", "held", "spend", "slots", "size")
PARTS = ("needs", "agents", "problems")


class Picture(Frozen):
    """`version` is the sha256 of the page, hexadecimal."""

    version: str
    parts: Mapping[str, Any]
    look: Look


def picture(look: Look) -> Picture:
    answer = status(look)
    version = sha256(look.data).hexdigest()
    tasks = _keyed(answer["tasks"], [task["id"] for task in answer["tasks"]])
    for found, task in zip(tasks.values(), look.board.tasks, strict=True):
        found |= {"agent_text": task.agent_text, "requires_text": task.requires_text}
    blocks = _keyed(answer["handoffs"], [block.key for block in look.board.handoffs])
    for found, block in zip(blocks.values(), look.board.handoffs, strict=True):
        found |= {"questions": list(block.questions), "answer": block.answer}
    head = {name: answer[name] for name in HEAD} | {"ready": look.board.uses_ready}
    parts = {
        "head": head,
        **{name: answer[name] for name in PARTS},
        "tasks": tasks,
        "order": [[key, task.pop("line")] for key, task in tasks.items()],
        "handoffs": blocks,
    }
    return Picture(version, parts, look)


def _keyed(entries: Iterable[dict[str, Any]], names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """By name; what has none, or one that was there already, by a number too."""
    found: dict[str, dict[str, Any]] = {}
    for number, (entry, name) in enumerate(zip(entries, names, strict=True)):
        found[name if name and name not in found else f"{name}#{number}"] = entry
    return found


def news(old: Picture, new: Picture) -> dict[str, Any]:
    """The parts that differ; of a keyed one the entries that do, None for one that is gone."""
    found: dict[str, Any] = {}
    for name, part in new.parts.items():
        before = old.parts[name]
        if part == before:
            continue
        if name in KEYED:
            found[name] = {key: entry for key, entry in part.items() if before.get(key) != entry}
            found[name] |= dict.fromkeys(before.keys() - part.keys())
        else:
            found[name] = part
    return found
