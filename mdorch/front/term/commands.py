"""What the keys ask for: with words where words are needed, with a question where work would be ended."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from textual.app import App

from mdorch.board.task import Task
from mdorch.config.errors import Trouble
from mdorch.desk.times import local, parsed, spoken
from mdorch.facts import Run
from mdorch.front.term.dialogs import Asked, Sure, Words
from mdorch.front.term.jobs import Jobs
from mdorch.front.term.rows import Item
from mdorch.front.term.scene import Scene
from mdorch.frozen import Frozen

Job = Callable[[], str]
FEW = 10  # lines of a page that would change


class On(Frozen):
    """What a key acts on: an item of the list, its row where it has one, and the scene it was in."""

    item: Item
    row: Task | None
    scene: Scene

    @property
    def task(self) -> str:
        return self.item.task

    @property
    def title(self) -> str:
        return self.row.title if self.row else ""


class Commands:
    """`tell` may be called from any thread."""

    def __init__(
        self,
        app: App[None],
        jobs: Jobs,
        clock: Callable[[], float],
        tell: Callable[[str, Trouble | None], None],
    ) -> None:
        self._app = app
        self._jobs = jobs
        self._clock = clock
        self._tell = tell

    def carry_out(self, name: str, item: Item, scene: Scene) -> None:
        """What the key of that name does with a row; both as they were on the screen."""
        method: Callable[[On], None] = getattr(self, f"_{name}")
        method(On(item, scene.task(item.task), scene))

    def pause(self, item: Item | None, scene: Scene) -> None:
        """Pause; or resume, where something is paused or held. A held page is accepted only when asked."""
        facts = scene.look.facts
        if facts.hold:
            seen = sha256(scene.look.data).hexdigest()
            about = f"It is held: {facts.hold}"
            self._sure("Accept the page as it is now?", about, lambda: self._jobs.resume(seen))
        elif facts.paused or (item is not None and item.command == "mdorch resume"):
            self._do(self._jobs.resume)
        else:
            self._do(self._jobs.pause)

    def restore(self, name: str) -> None:
        """The page as a kept version had it, after showing what that changes."""

        def check() -> str:
            found = self._jobs.way_back(name)
            self._app.call_later(self._goes_back, found)
            return ""

        self._do(check)

    def _goes_back(self, found: Mapping[str, Any]) -> None:
        moved = "\n".join(f"{sign} {line}" for sign, line in found["lines"][:FEW])
        left = found["gone"] + found["new"] - FEW
        more = f"\n  and {left} more" if left > 0 else ""
        about = f"{moved}{more}\n\nWhat stands there now is kept, too: mdorch history --versions"
        question = f"Make the page what it was at {local(parsed(found['time']))}?"
        self._sure(question, about, lambda: self._jobs.go_back(found["version"], found["seen"]))

    def add(self, scene: Scene) -> None:
        fields = [
            Asked("What is to be done"),
            Asked("Agent; empty: chosen by policy", "", tuple(scene.agents), optional=True),
            Asked("Needs, as the page would say it", optional=True),
        ]
        self._words("Add a task", "", fields, lambda words: self._jobs.add(*words))

    # Keys of a row

    def _answer(self, on: On) -> None:
        block = on.scene.look.board.open_questions().get(on.task)
        about = "\n".join(block.questions) if block else on.item.text
        self._words(
            f"Answer {on.task}", about, [Asked("Answer")], lambda words: self._jobs.answer(on.task, words[0])
        )

    def _approve(self, on: On) -> None:
        self._do(lambda: self._jobs.approve(on.task))

    def _reject(self, on: On) -> None:
        fields = [Asked("Why? The next agent reads it")]
        self._words(
            f"Send {on.task} back", on.title, fields, lambda words: self._jobs.reject(on.task, words[0])
        )

    def _assign(self, on: On) -> None:
        fields = [Asked("Agent", on.row.agent_text if on.row else "", tuple(on.scene.agents))]

        def job(words: Sequence[str]) -> str:
            return self._jobs.set(on.task, {"agent": words[0]}, "assign")

        self._words(f"Assign {on.task}", on.title, fields, job)

    def _hand_off(self, on: On) -> None:
        fields = [
            Asked("To: an agent, or - when it is finished", "", tuple(on.scene.agents)),
            Asked("Status: COMPLETE, PARTIAL, BLOCKED, READY_FOR_REVIEW", "COMPLETE"),
            Asked("What was made, or found out", optional=True),
            Asked("What the next one must know", optional=True),
        ]
        self._words(
            f"Hand {on.task} off", on.title, fields, lambda words: self._jobs.hand_off(on.task, *words)
        )

    def _retry(self, on: On) -> None:
        words = shlex.split(on.item.command) if on.item.command.startswith("mdorch set ") else []
        if len(words) == 4:  # another row is what helps: its fix
            key, _, value = words[3].partition("=")
            self._do(lambda: self._jobs.set(words[2], {key: value}))
            return
        self._careful("retry", on.task, lambda: self._jobs.retry(on.task))

    def _stop(self, on: On) -> None:
        self._careful("stop", on.task, lambda: self._jobs.stop(on.task))

    def _complete(self, on: On) -> None:
        self._careful("complete", on.task, lambda: self._jobs.set(on.task, {"status": "complete"}))

    # How

    def _do(self, job: Job) -> None:
        self._jobs.ask(job, self._tell)

    def _careful(self, word: str, task: str, job: Job) -> None:
        """Whether work would be ended is asked of the runs themselves: the screen may be older than they."""

        def check() -> str:
            self._jobs.rail(word)
            runs = self._jobs.live(task)
            if not runs:
                return job()
            self._app.call_later(self._ends, word, runs[0], job)
            return ""

        self._do(check)

    def _ends(self, word: str, run: Run, job: Job) -> None:
        length = spoken(self._clock() - (run.started or run.claimed))
        about = f"{run.agent} has been at work on it for {length} ({run.id}). This ends the run."
        self._sure(f"{word.title()} {run.task}?", about, job)

    def _sure(self, question: str, about: str, job: Job) -> None:
        self._app.push_screen(Sure(question, about), lambda sure: self._do(job) if sure else None)

    def _words(
        self, title: str, about: str, fields: Sequence[Asked], job: Callable[[Sequence[str]], str]
    ) -> None:
        def send(words: Sequence[str], answered: Callable[[Trouble | None], object]) -> None:
            def then(said: str, trouble: Trouble | None) -> None:
                answered(trouble)
                if trouble is None:
                    self._tell(said, None)

            self._jobs.ask(lambda: job(words), then)

        self._app.push_screen(Words(title, about, fields, send))
