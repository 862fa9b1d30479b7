"""What keys change, one after the other in a thread of their own: the same calls as those of the commands.

A job answers with the line that is shown of it. What is in its way comes as Trouble, and whoever asked for it
is told: a dialog then still has what was typed.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from mdorch.board.wishes import AppendHandoff, AppendTask
from mdorch.config.errors import Trouble
from mdorch.desk import commands, deeds, halt, restore
from mdorch.desk.commands import Said
from mdorch.desk.propose import Make, propose
from mdorch.desk.rail import rail
from mdorch.desk.site import Site
from mdorch.desk.speech import hand_off
from mdorch.facts import Run
from mdorch.front.term.trouble import trouble_of

Settle = Callable[[list[Run]], object]
PATIENCE = 10.0  # seconds that leaving waits for a change that is being written


class Jobs:
    """`clock` gives epoch seconds; `settle` sees to runs that were stopped, where no daemon does."""

    def __init__(
        self, site: Site, environ: Mapping[str, str], clock: Callable[[], float], settle: Settle
    ) -> None:
        self.site = site
        self._environ = environ
        self._clock = clock
        self._settle = settle
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="mdorch-jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """No more jobs; those that were asked for are done first."""
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(PATIENCE)

    def ask(self, job: Callable[[], str], then: Callable[[str, Trouble | None], None]) -> None:
        """Do a job; `then` is called in the thread, with what it said or what was in its way."""

        def work() -> None:
            try:
                said = job()
            except Exception as error:  # noqa: BLE001  # whatever it is, it is said
                then("", trouble_of(error))
            else:
                then(said, None)

        self._queue.put(work)

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            job()

    # Jobs

    def live(self, task: str) -> list[Run]:
        """The runs of a task that are at work now."""
        return halt.live_runs(self.site, task)

    def set(self, task: str, cells: Mapping[str, str], word: str = "set") -> str:
        self.rail(word)
        said = Said()
        return self._changed(commands.set_cells(self.site.page, task, cells, said), said)

    def add(self, title: str, agent: str, requires: str) -> str:
        self.rail("add")
        wish = AppendTask(title, agent=agent, requires=requires)
        row = commands.add(self.site, wish, self._clock())
        return f"{row.id} added: {row.title}"

    def approve(self, task: str) -> str:
        self.rail("approve")
        said = Said()
        return self._changed(commands.approve(self.site.page, task, said), said)

    def reject(self, task: str, why: str) -> str:
        self.rail("reject")
        said = Said()
        return self._changed(commands.reject(self.site.page, task, why, said), said)

    def answer(self, task: str, text: str) -> str:
        self.rail("answer")
        said = Said()
        self._changed(commands.answer(self.site.page, task, text, said), said)
        return f"{task} is answered and goes on"

    def stop(self, task: str) -> str:
        self.rail("stop")
        runs = self.live(task)
        try:
            return deeds.stop(self.site, task, self._clock())
        finally:  # whatever the page says, the runs are ending
            self._settled(runs)

    def retry(self, task: str) -> str:
        self.rail("retry")
        runs = self.live(task)
        said = deeds.retry(self.site, task, self._clock())
        self._settled(runs)
        return said

    def hand_off(self, task: str, to: str, status: str, made: str, context: str) -> str:
        rail(self._environ, "mdorch handoff", task)
        parts = [(text,) if text else () for text in (made, context)]
        wish = AppendHandoff("", to or "-", task, status or "COMPLETE", *parts)
        block = hand_off(self.site, self._environ, wish, self._clock())
        return f"{block.task}  handoff at line {block.line}: {block.sender} → {block.to or '-'}"

    def pause(self) -> str:
        self.rail("pause")
        halt.pause(self.site, "", self._clock())
        return "Paused: nothing new starts until you resume (p)"

    def resume(self, seen: str = "") -> str:
        """`seen`: the SHA-256 of the page that one looked at; a held page is accepted only as that."""
        self.rail("resume")
        paused, hold = halt.resume(self.site, self._clock(), seen)
        if hold:
            return f"The page is accepted as it is. It was held: {hold}"
        return "Resumed" if paused else "Nothing was paused or held; programs that were paused may try again"

    def way_back(self, name: str) -> dict[str, Any]:
        """What going back to a version of the page would do."""
        self.rail("history --restore")
        return restore.outline(self.site, name)

    def go_back(self, name: str, seen: str) -> str:
        self.rail("history --restore")
        return restore.bring_back(self.site, name, self._clock(), seen)

    def rail(self, word: str) -> None:
        rail(self._environ, f"mdorch {word}")

    def _changed(self, make: Make, said: Said) -> str:
        """Carry out; what became of the rows in one line."""
        board = propose(self.site, make, self._clock())
        parts = []
        for row, cells in commands.changes(said, board):
            what = ", ".join(
                f"{role}: {before or '(empty)'} → {after or '(empty)'}" for role, before, after in cells
            )
            parts.append(f"{row.id}  {what or f'unchanged: {row.status_text}'}")
        return "; ".join(parts)

    def _settled(self, runs: list[Run]) -> None:
        if runs and halt.daemon(self.site) is None:
            threading.Thread(target=self._settle_quietly, args=(runs,), daemon=True).start()

    def _settle_quietly(self, runs: list[Run]) -> None:
        """Whoever runs next does it, where this does not."""
        with suppress(Exception):
            self._settle(runs)
