"""What a screen may wish for: each a wish to the desk, made from the page that the screen has seen.

A wish says which version of the page it was made from. On any other one nothing is done; the screen is told
what has changed, and decides anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from mdorch.board.wishes import AppendHandoff, AppendTask
from mdorch.config.errors import USAGE, Trouble
from mdorch.desk import commands, deeds, halt
from mdorch.desk.commands import Said
from mdorch.desk.propose import Make, propose
from mdorch.desk.restore import bring_back
from mdorch.desk.site import Site
from mdorch.frozen import replace

LISTED = ("deliverables", "context", "artifacts", "questions")


class Wish:
    """One wish as it came: every part of it is looked at before it is believed. Raises Trouble."""

    def __init__(self, site: Site, body: object) -> None:
        if not isinstance(body, dict):
            raise Trouble("a wish is a JSON object", exit_code=USAGE)
        self.site = site
        self._body: Mapping[str, object] = body
        self.now = time.time()

    @property
    def version(self) -> str:
        """The page that the screen has seen."""
        found = self.text("version")
        if not found:
            raise Trouble("a wish names the version of the page that it was made from", exit_code=USAGE)
        return found

    @property
    def task(self) -> str:
        found = self.text("task")
        if not found:
            raise Trouble("a wish names its task", exit_code=USAGE)
        return found

    def text(self, name: str) -> str:
        return _text(self._body.get(name, ""), name)

    def texts(self, name: str) -> tuple[str, ...]:
        found = self._body.get(name, [])
        if not isinstance(found, list):
            raise Trouble(f"{name} is a list of texts", exit_code=USAGE)
        return tuple(filter(None, (_text(text, name).strip() for text in found)))

    @property
    def cells(self) -> dict[str, str]:
        found = self._body.get("cells")
        if not isinstance(found, dict) or not found:
            raise Trouble("cells are named by their roles", exit_code=USAGE)
        unknown = ", ".join(name for name in found if name not in commands.KEYS)
        if unknown:
            raise Trouble(f"there is no cell {unknown}", f"cells are: {', '.join(commands.KEYS)}", USAGE)
        return {name: _text(value, name) for name, value in found.items()}

    def propose(self, make: Make) -> Any:
        return propose(self.site, make, self.now, seen=self.version)


def _text(found: object, name: str) -> str:
    try:
        if isinstance(found, str):
            found.encode()
            return found
    except UnicodeEncodeError:
        pass
    raise Trouble(f"{name} is no text", exit_code=USAGE)


def _set(wish: Wish) -> str:
    cells = wish.cells
    wish.propose(commands.set_cells(wish.site.page, wish.task, cells, Said()))
    return f"{wish.task}: {', '.join(cells)} written"


def _add(wish: Wish) -> str:
    given = {name: wish.text(name) for name in ("id", "requires", "agent", "priority", "phase")}
    task = replace(AppendTask(wish.text("title")), **given)
    row = commands.add(wish.site, task, wish.now, wish.version)
    return f"{row.id} added: {row.title}"


def _approve(wish: Wish) -> str:
    wish.propose(commands.approve(wish.site.page, wish.task, Said()))
    return f"{wish.task} is approved"


def _reject(wish: Wish) -> str:
    wish.propose(commands.reject(wish.site.page, wish.task, wish.text("why"), Said()))
    return f"{wish.task} goes back"


def _answer(wish: Wish) -> str:
    wish.propose(commands.answer(wish.site.page, wish.task, wish.text("text"), Said()))
    return f"{wish.task} is answered, and goes on"


def _handoff(wish: Wish) -> str:
    lists = [wish.texts(name) for name in LISTED]
    block = AppendHandoff("", wish.text("to"), wish.task, wish.text("status"), *lists)
    if not block.to:
        raise Trouble("to whom? - says that the task is finished", exit_code=USAGE)
    wish.propose(commands.handoff(wish.site.page, block, wish.text("from") or "human", Said()))
    return f"{wish.task} is handed to {block.to}" if block.to != "-" else f"{wish.task} is handed in"


def _retry(wish: Wish) -> str:
    return deeds.retry(wish.site, wish.task, wish.now, wish.version)


def _stop(wish: Wish) -> str:
    return deeds.stop(wish.site, wish.task, wish.now, wish.version)


def _pause(wish: Wish) -> str:
    """Whatever the page says by now: it is never wrong to start nothing."""
    halt.pause(wish.site, wish.text("reason"), wish.now)
    return "paused: nothing new starts"


def _resume(wish: Wish) -> str:
    _, hold = halt.resume(wish.site, wish.now, wish.version)
    return "the page is accepted as it is" if hold else "resumed"


def _restore(wish: Wish) -> str:
    return bring_back(wish.site, wish.text("kept"), wish.now, wish.version)


DEEDS: Mapping[str, Callable[[Wish], str]] = {
    "set": _set,
    "add": _add,
    "approve": _approve,
    "reject": _reject,
    "answer": _answer,
    "handoff": _handoff,
    "retry": _retry,
    "stop": _stop,
    "pause": _pause,
    "resume": _resume,
    "restore": _restore,
}
