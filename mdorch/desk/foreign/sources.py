"""Which form a file or a folder has, and its tasks."""

from __future__ import annotations

from pathlib import Path

from mdorch.config.document import shown
from mdorch.config.errors import USAGE, Trouble
from mdorch.desk.foreign import backlog, checkbox, speckit, taskmaster
from mdorch.desk.foreign.found import Found, text_of
from mdorch.desk.foreign.lines import boxes

FORMS = ("backlog", "taskmaster", "speckit", "checkbox")
READERS = {
    "backlog": backlog.read,
    "taskmaster": taskmaster.read,
    "speckit": speckit.read,
    "checkbox": checkbox.read,
}


def found_in(path: Path, form: str | None) -> Found:
    """The tasks there. Raises Trouble: nothing there, no form that is known, or something is wrong."""
    if not path.exists():
        raise Trouble(f"{shown(path)} does not exist", exit_code=USAGE)
    form = form or form_of(path)
    file = _file(path, form)
    found = READERS[form](file)
    if not found.tasks:
        raise Trouble(f"{shown(file)} holds no task in the form of {form}", _hint(), USAGE)
    return found


def form_of(path: Path) -> str:
    """The form by what is there. Raises Trouble where it could be none."""
    if path.is_dir():
        if taskmaster.file_of(path):
            return taskmaster.FORM
        if backlog.folder_of(path):
            return backlog.FORM
        if (path / "tasks.md").is_file():
            return form_of(path / "tasks.md")
        raise Trouble(f"{shown(path)} holds no tasks in any form that is known", _hint(), USAGE)
    if path.suffix.lower() == ".json":
        return taskmaster.FORM
    text = text_of(path)
    if text.startswith("---\n") and "\nid:" in text.partition("\n---")[0]:
        return backlog.FORM
    found = list(boxes(text))
    if not found:
        raise Trouble(f"{shown(path)} has no task in any form that is known", _hint(), USAGE)
    return speckit.FORM if speckit.is_one(found) else checkbox.FORM


def _file(path: Path, form: str) -> Path:
    if not path.is_dir() or form == backlog.FORM:
        return path.absolute()
    file = taskmaster.file_of(path) if form == taskmaster.FORM else path / "tasks.md"
    if file is None or not file.is_file():
        raise Trouble(f"{shown(path)} holds no tasks in the form of {form}", _hint(), USAGE)
    return file.absolute()


def _hint() -> str:
    return f"--from names one of {', '.join(FORMS)}"
