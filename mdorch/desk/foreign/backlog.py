"""Backlog.md: a folder with one Markdown file for each task, and YAML front matter in it.

`tasks/` holds what is open or done, `completed/` what was put away as done. Drafts and the archive are no
tasks of the queue, and are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mdorch.board.status import Status
from mdorch.desk.foreign.found import Foreign, Found, bad, fit_id, short, status_of, text_of
from mdorch.desk.foreign.frontmatter import Value, front_matter

FORM = "backlog"
_LOST = {  # key → what people call it
    "labels": "labels",
    "reporter": "reporter",
    "references": "references",
    "documentation": "documentation",
    "due_date": "due date",
}


def folder_of(path: Path) -> Path | None:
    """The folder that holds `tasks/`, for a folder that is one or has one; None without."""
    for base in (path, path / "backlog", path / ".backlog", path.parent):
        if (base / "tasks").is_dir() and any((base / "tasks").glob("*.md")):
            return base
    return None


def read(path: Path) -> Found:
    """A folder, or one file of a task. Raises Trouble."""
    base = folder_of(path) if path.is_dir() else None
    files = [path]
    if base is not None:
        files = sorted([*base.glob("tasks/*.md"), *base.glob("completed/*.md")], key=_order)
    tasks = [task for file in files if (task := _task(file, base)) is not None]
    drafts = len(list(base.glob("drafts/*.md"))) if base else 0
    notes = [f"{drafts} draft{'s' if drafts > 1 else ''}: left where they are"] if drafts else []
    return Found(FORM, str(path), tuple(_family(tasks)), tuple(notes))


def _order(path: Path) -> tuple[list[int], str]:
    """`task-2` before `task-10`."""
    number = path.name.split(" ")[0].rpartition("-")[2]
    return [int(part) for part in number.split(".") if part.isdecimal()], path.name


def _task(path: Path, base: Path | None) -> tuple[Foreign, str] | None:
    """A task, and the key of the one that it is a part of."""
    read_ = front_matter(path, text_of(path))
    if read_ is None:
        if base is not None:
            return None  # a readme
        hint = "a task of Backlog.md begins with a line of three dashes"
        raise bad(path, 1, 1, "this has no front matter", hint)
    values, body = read_
    key, title = _one(values, "id"), _one(values, "title")
    for name, value in (("id", key), ("title", title)):
        if not value:
            raise bad(path, 1, 1, f"the front matter has no {name}")
    status, known = status_of(_one(values, "status"))
    if base is not None and path.parent.name == "completed":
        status, known = Status.COMPLETE, True
    people = _many(values, "assignee")
    title, cut = short(title)
    lost = [*cut, *(word for name, word in _LOST.items() if _many(values, name))]
    lost += [] if known else [f"the status “{_one(values, 'status')}”"]
    lost += ["all but the first assignee"] if len(people) > 1 else []
    lost += ["the description (its notes name the file)"] if body.strip() else []
    task = Foreign(
        key=key.lower(),
        title=title,
        status=status,
        id=fit_id(key, "TASK"),
        agent=people[0] if people else "",
        requires=tuple(name.lower() for name in _many(values, "dependencies")),
        priority=_one(values, "priority"),
        group=_one(values, "milestone"),
        see=str(path),
        lost=tuple(lost),
    )
    return task, _one(values, "parent_task_id").lower()


def _family(found: list[tuple[Foreign, str]]) -> Iterator[Foreign]:
    """A task requires its parts: it is done when they are."""
    from mdorch.frozen import replace

    parts: dict[str, list[str]] = {}
    for task, parent in found:
        if parent:
            parts.setdefault(parent, []).append(task.key)
    for task, _ in found:
        more = [key for key in parts.get(task.key, ()) if key not in task.requires]
        yield replace(task, requires=(*task.requires, *more))


def _one(values: Mapping[str, Value], name: str) -> str:
    value = values.get(name, "")
    return value if isinstance(value, str) else ", ".join(value)


def _many(values: Mapping[str, Value], name: str) -> list[str]:
    value = values.get(name, [])
    return ([value] if value else []) if isinstance(value, str) else value
