"""Which key does what a need's command does, and which keys a row has."""

from __future__ import annotations

from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.frozen import Frozen


class Help(Frozen):
    key: str
    label: str


# What helps, by the second word of the command that `needs` of the status names.
_HELPS = {
    "answer": Help("w", "answer"),
    "approve": Help("y", "approve"),
    "retry": Help("r", "retry"),
    "logs": Help("l", "log"),
    "resume": Help("p", "resume"),
    "set": Help("r", "open"),
    "lint": Help("4", "look"),
    "show": Help("⏎", "look"),
    "history": Help("r", "restore"),
}
_BY_STATUS = {
    Status.WAITING: "a s",
    Status.READY: "a s",
    Status.IN_PROGRESS: "l s",
    Status.IN_REVIEW: "y n",
    Status.BLOCKED: "w r",
    Status.FAILED: "l r",
    Status.PARTIAL: "r h",
    Status.ON_HOLD: "r a",
    Status.COMPLETE: "r",
}
LABELS = {
    "a": "assign", "s": "stop", "l": "log", "y": "approve", "n": "reject", "w": "answer", "r": "retry",
    "h": "hand off", "c": "complete", "e": "edit",
}  # fmt: skip
ADD = Help("+", "add")
GENERAL = (Help("/", "find"), Help("?", "help"), Help("q", "quit"))


def helping(command: str) -> Help:
    """The key for a command like `mdorch answer TEST-001 TEXT`; the command itself where no key does it."""
    words = command.split()
    return _HELPS.get(words[1] if len(words) > 1 else "", Help("", command))


def keys_of(task: Task | None, command: str, live: bool) -> list[Help]:
    """What can be done with the row that is selected, the most likely first."""
    first = [helping(command)] if command and helping(command).key else []
    if task is None:
        return [*first, ADD, *GENERAL]
    letters = "l s" if live else _BY_STATUS[task.status]
    more = [Help(letter, LABELS[letter]) for letter in (*letters.split(), "c", "e")]
    known = {one.key for one in first}
    return [*first, *(one for one in more if one.key not in known), ADD, *GENERAL]
