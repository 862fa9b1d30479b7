"""What is shown of the selected row, made in a thread of its own: the newest wish counts, no older one.

The texts are those of `mdorch why`, `mdorch deps`, `mdorch show` and `mdorch logs`, printed onto a sheet of
the pane's width.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from mdorch.config.errors import Trouble
from mdorch.desk.deps import deps_answer
from mdorch.desk.explain import why_answer
from mdorch.desk.look import Look
from mdorch.desk.record import is_running, run_of, show_answer
from mdorch.desk.transcript import Output, Story
from mdorch.front.cli.logs import Plain, Told
from mdorch.front.cli.screen import Ink, Screen
from mdorch.front.cli.show import RECENT, show_notes
from mdorch.front.cli.why import show_deps, show_why
from mdorch.front.term.lines import Line, Sheet
from mdorch.front.term.pane import KEPT
from mdorch.front.term.rows import Item
from mdorch.front.term.trouble import trouble_of
from mdorch.frozen import Frozen

TABS = ("why", "log", "tree", "history")
PACE = 0.2  # seconds between two looks at a log that grows
SLOW = 0.03  # seconds for one answer, from which on nothing is made while somebody runs through the rows
QUIET = 0.08  # seconds without another wish, after which somebody stays


class Wish(Frozen):
    """What is wanted: a tab of an item, as of a look, in so many columns."""

    item: Item
    tab: str
    look: Look
    room: int

    def same(self, other: Wish | None) -> bool:
        """Whether both are about the same thing, of whatever look."""
        mine = (self.item.key, self.item.task, self.item.attempt, self.tab, self.room)
        return other is not None and mine == (
            other.item.key, other.item.task, other.item.attempt, other.tab, other.room,
        )  # fmt: skip


class Found(Frozen):
    """Lines for a wish; `more`: they come behind those that were found before."""

    wish: Wish
    lines: tuple[Line, ...]
    more: bool = False


class Details:
    """`tell` is called, from the thread, with what was found."""

    def __init__(self, tell: Callable[[Found], None]) -> None:
        self._tell = tell
        self._wanted: Wish | None = None
        self._log: _Log | None = None
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="mdorch-details", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def want(self, wish: Wish | None) -> None:
        with self._changed:
            self._wanted = wish
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def _work(self) -> None:
        done: Wish | None = None
        took = 0.0
        while True:
            with self._changed:
                if self._wanted is done and not self._closed:
                    self._changed.wait(PACE if self._log and self._log.grows else None)
                while took > SLOW and not self._closed and self._changed.wait(QUIET):
                    pass
                if self._closed:
                    return
                wish = self._wanted
            begun = time.thread_time()
            if wish is not None and (wish is not done or self._log):
                self._carry_out(wish, done)
            done, took = wish, time.thread_time() - begun

    def _carry_out(self, wish: Wish, before: Wish | None) -> None:
        try:
            if wish.tab != "log":
                self._log = None
                self._tell(Found(wish, tuple(_text(wish))))
                return
            if self._log is None or not wish.same(before) or self._log.is_over(wish):
                self._log = None
                self._log = _Log(wish)
                self._tell(Found(wish, self._log.head))
            more = self._log.new(lambda: self._is_over(wish))
            if more and not self._is_over(wish):
                self._tell(Found(wish, more, more=True))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is said
            self._tell(Found(wish, tuple(_trouble(trouble_of(error), wish.room))))

    def _is_over(self, wish: Wish) -> bool:
        """Whether something else is wanted by now."""
        with self._changed:
            return self._closed or self._wanted is None or not self._wanted.same(wish)


def _text(wish: Wish) -> list[Line]:
    sheet = Sheet(wish.room)
    if wish.tab == "tree" and wish.item.task:
        show_deps(sheet, deps_answer(wish.look, wish.item.task))
    elif wish.tab == "history" and wish.item.task:
        _history(sheet, wish)
    else:
        _why(sheet, wish)
    return [*sheet.lines()]


def _why(sheet: Screen, wish: Wish) -> None:
    item = wish.item
    if item.task:
        show_why(sheet, why_answer(wish.look, item.task))
        return
    sheet.paragraph(item.text)
    if item.command:
        sheet.line()
        sheet.paragraph(item.command, style="command")


def _history(sheet: Screen, wish: Wish) -> None:
    notes = show_answer(wish.look, wish.item.task)["history"]
    if not notes:
        sheet.line(Ink("nothing yet", "dim"))
    show_notes(sheet, notes[: -RECENT * 5 : -1], with_task=False)


def _trouble(trouble: Trouble, room: int) -> list[Line]:
    sheet = Sheet(room)
    sheet.paragraph(trouble.message, style="dim")
    if trouble.hint:
        sheet.paragraph(trouble.hint, style="dim")
    return [*sheet.lines()]


class _Log:
    """The output of one run, as `mdorch logs -f` tells it. Raises Trouble where a task has no run."""

    def __init__(self, wish: Wish) -> None:
        site = wish.look.site
        self._site = site
        self._run = run_of(site, wish.item.task, wish.item.attempt or None)
        self._newest = not wish.item.attempt
        self._output = Output(site, self._run)
        self._sheet = Sheet(wish.room)
        story = Story(site, self._run)
        first: Told | Plain = Told(self._sheet, story) if story.is_told else Plain(self._sheet)
        self._parts = [first, Plain(self._sheet)]
        self.grows = True
        gone = "" if self._output.is_there else "; what it printed is there no more"
        self.head: tuple[Line, ...] = ([Ink(f"{self._run.id}, {self._run.agent}{gone}", "dim")],)

    def is_over(self, wish: Wish) -> bool:
        """Whether the task has another run by now, or the wish is for another one."""
        if not self._newest or self.grows:
            return False
        return any(run.task == self._run.task and run.live for run in wish.look.facts.runs)

    def new(self, over: Callable[[], bool]) -> tuple[Line, ...]:
        """What was printed since, of a long log its end; nothing once it is `over`."""
        if not self.grows:
            return ()
        self.grows = is_running(self._site, self._run)
        found: list[Line] = []
        for stream, part in enumerate(self._parts):
            for piece in self._output.new(stream):
                if over():
                    return ()
                part.show(piece)
                found = [*found, *self._sheet.lines()][-KEPT:]
            if not self.grows:
                part.end()
        return (*found, *self._sheet.lines())
