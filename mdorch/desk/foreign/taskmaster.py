"""Task Master: `tasks.json`, one list of tasks, or one for each tag.

Its ids are numbers, which say nothing on a page: task 3 is `TM-3`, its second part `TM-3.2`, and under a tag
other than `master` that tag stands in place of `TM`. A task requires its parts: it is done when they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mdorch.desk.foreign.found import Foreign, Found, bad, fit_id, short, status_of, text_of

FORM = "taskmaster"
MAIN = "master"
_PLACES = (".taskmaster/tasks/tasks.json", "tasks/tasks.json", "tasks.json")
_LOST = {
    "description": "the description (its notes name the file)",
    "details": "the details (its notes name the file)",
    "testStrategy": "the test strategy (its notes name the file)",
    "metadata": "metadata",
}
Way = tuple[str | int, ...]


def file_of(folder: Path) -> Path | None:
    """The file in a project, None without one."""
    return next((folder / place for place in _PLACES if (folder / place).is_file()), None)


def read(path: Path) -> Found:
    """Raises Trouble, with the place, where it is no JSON or no list of tasks."""
    text = text_of(path)
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        raise bad(path, error.lineno, error.colno, f"this is no JSON: {error.msg.lower()}") from None
    except RecursionError:
        raise bad(path, 1, 1, "this is no JSON that anybody wrote: it is nested too deep") from None
    return Found(FORM, str(path), tuple(_Reader(path, text).all(whole)))


class _Reader:
    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text

    def all(self, whole: Any) -> Iterator[Foreign]:
        self._need(whole, dict, (), "tasks.json is an object")
        if "tasks" in whole and isinstance(whole["tasks"], list):
            yield from self._list(whole["tasks"], ("tasks",), MAIN)
            return
        tags = [name for name, value in whole.items() if isinstance(value, dict) and "tasks" in value]
        if not tags:
            hint = 'Task Master writes {"master": {"tasks": […]}}'
            raise self._bad((), "there is no list of tasks in this", hint)
        for tag in tags:
            tasks = self._need(whole[tag]["tasks"], list, (tag, "tasks"), "tasks is a list")
            yield from self._list(tasks, (tag, "tasks"), tag)

    def _list(self, tasks: Sequence[Any], way: Way, tag: str) -> Iterator[Foreign]:
        for n, task in enumerate(tasks):
            yield from self._family(task, (*way, n), tag)

    def _family(self, task: Any, way: Way, tag: str) -> Iterator[Foreign]:
        self._need(task, dict, way, "a task is an object")
        number = self._number(task, way)
        parts = self._need(task.get("subtasks") or [], list, (*way, "subtasks"), "subtasks is a list")
        known = {str(part.get("id")) for part in parts if isinstance(part, dict)}
        before = self._dependencies(task, way)
        names = []
        for n, part in enumerate(parts):
            place = (*way, "subtasks", n)
            self._need(part, dict, place, "a part of a task is an object")
            name = f"{number}.{self._number(part, place).rpartition('.')[2]}"
            own = [
                f"{number}.{need}" if need in known and "." not in need else need
                for need in self._dependencies(part, place)
            ]
            names.append(name)
            yield self._task(part, place, name, tag, [*own, *before])
        yield self._task(task, way, number, tag, [*before, *names])

    def _task(
        self, task: dict[str, Any], way: Way, number: str, tag: str, requires: Sequence[str]
    ) -> Foreign:
        title = task.get("title")
        if not isinstance(title, str) or not title.strip():
            raise self._bad(way, f"task {number} has no title")
        said = str(task.get("status") or "pending")
        status, known = status_of(said)
        title, cut = short(title)
        lost = [*cut, *(word for name, word in _LOST.items() if task.get(name))]
        lost += [] if known else [f"the status “{said}”"]
        prefix = "TM" if tag == MAIN else re.sub(r"[^A-Za-z0-9]+", "-", tag).strip("-")
        place = f"task {number}" if tag == MAIN else f"{tag}, task {number}"
        return Foreign(
            key=f"{tag}:{number}",
            title=title,
            status=status,
            id=fit_id(f"{prefix}-{number}", "TM"),
            requires=tuple(dict.fromkeys(f"{tag}:{need}" for need in requires)),
            priority=str(task.get("priority") or ""),
            group="" if tag == MAIN else tag,
            see=f"{self.path}, {place}",
            lost=tuple(lost),
        )

    def _dependencies(self, task: dict[str, Any], way: Way) -> list[str]:
        place = (*way, "dependencies")
        found = self._need(task.get("dependencies") or [], list, place, "dependencies is a list")
        return [str(need) for need in found]

    def _number(self, task: dict[str, Any], way: Way) -> str:
        number = task.get("id")
        if isinstance(number, bool) or not isinstance(number, int | str) or not str(number).strip():
            raise self._bad(way, "a task needs an id")
        return str(number).strip()

    def _need(self, value: Any, kind: type, way: Way, what: str) -> Any:
        if not isinstance(value, kind):
            raise self._bad(way, f"{what}, and this is not")
        return value

    def _bad(self, way: Way, what: str, hint: str = "") -> Exception:
        at = place_in(self.text, way)
        line = self.text.count("\n", 0, at) + 1
        return bad(self.path, line, at - self.text.rfind("\n", 0, at), what, hint)


def place_in(text: str, way: Way) -> int:
    """Where in a JSON text the value stands that the way of keys and numbers leads to; as far as it leads."""
    decode, at = json.JSONDecoder().raw_decode, _skip(text, 0)
    for step in way:
        inside = _skip(text, at + 1)
        for n in range(len(text)):
            if text[inside] in "]}":
                return at
            key: str | int = n
            if text[at] == "{":
                key, inside = decode(text, inside)
                inside = _skip(text, _skip(text, inside) + 1)
            if key == step:
                break
            inside = _skip(text, decode(text, inside)[1])
            inside = _skip(text, inside + 1) if text[inside] == "," else inside
        at = inside
    return at


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at
