"""The tools, each a method: its name, its words and its parameters are what a model is told of it.

A tool does what the command of the same purpose does, and in a run as much of it as there. Answers are short
text; what they say of the page is data.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Literal

from mdorch.board.status import Status
from mdorch.board.wishes import AppendHandoff
from mdorch.config.errors import USAGE, Trouble
from mdorch.desk import speech
from mdorch.desk.explain import sentence, standing, why_answer
from mdorch.desk.look import Look, look
from mdorch.desk.rail import rail
from mdorch.desk.site import Site, open_site
from mdorch.front.text import fit

ROWS = 60  # of a list of tasks
Word = Literal["COMPLETE", "PARTIAL", "BLOCKED", "READY_FOR_REVIEW"]


class Seat:
    """Who speaks, by its environment, and of which page."""

    def __init__(self, page: str | None, config: str | None, environ: Mapping[str, str]) -> None:
        self._named = page, config
        self._environ = environ

    def tasks(self, all: bool = False) -> str:  # noqa: A002
        """Open tasks with status, agent and what holds each; all=true: the complete ones too."""
        found = self._look()
        rows = [task for task in found.board.tasks if all or task.status is not Status.COMPLETE]
        done = sum(task.status is Status.COMPLETE for task in found.board.tasks)
        lines = [f"{found.site.page}: {len(found.board.tasks)} tasks, {done} complete"]
        for task in rows[:ROWS]:
            what = f"{task.id or f'line {task.line}'} [{task.status.value}] {fit(task.title, 80)}"
            who = f" ({', '.join(task.agents)})" if task.agents else ""
            lines.append(f"{what}{who}: {fit(found.plan.verdicts[task.index].text, 160)}")
        more = len(rows) - ROWS
        return "\n".join([*lines, *([f"… and {more} more; why tells of one"] if more > 0 else ())])

    def why(self, task: str = "") -> str:
        """The one rule that holds a task or lets it go. In a run, its own task by default."""
        answer = why_answer(self._look(), self._own(task))
        said = sentence(answer["task"], answer["rule"], answer["reason"])
        lines = [f"{answer['task']} {fit(answer['title'], 200)}", f"{said} ({answer['rule']})"]
        lines.append(f"status: {answer['status_text'] or '(empty)'}")
        if answer["agents"]:
            lines.append(f"agents: {', '.join(agent['agent'] for agent in answer['agents'])}")
        needs = answer["requires"][:ROWS]
        lines += [f"needs {need['id']}: {'met' if need['met'] else need['reason']}" for need in needs]
        lines += [f"needs “{text}”, which names no task" for text in answer["unresolved"]]
        if answer["run"]:
            run = answer["run"]
            lines.append(f"run {run['id']} ({run['agent']}): {standing(run)}")
        return "\n".join(lines)

    def claim(self, task: str, agent: str = "") -> str:
        """Take an open task to work on it yourself: its row says In Progress, nothing is launched."""
        rail(self._environ, "the tool claim")
        name = agent or self._environ.get("MDORCH_AGENT", "")
        row = speech.claim(self._site(), task, name, time.time())
        who = f" for {', '.join(row.agents)}" if row.agents else ""
        return f"{row.id} is in progress now{who}. End it with handoff."

    def note(self, text: str, task: str = "") -> str:
        """Tell how far you are, in one line: added to the row's notes."""
        task = self._own(task)
        rail(self._environ, "the tool note", task)
        shown = speech.note(self._site(), self._environ, task, text, time.time())
        return "noted" if shown else "noted in the history: the row has no room for it"

    def handoff(
        self,
        status: Word = "COMPLETE",
        to: str = "-",
        deliverables: tuple[str, ...] = (),
        context: tuple[str, ...] = (),
        artifacts: tuple[str, ...] = (),
        task: str = "",
    ) -> str:
        """End your work on a task, once. to: the agent who must go on with this task, "-" if finished.
        deliverables: what was made or found. context: what the next one must know, with path:line, or what
        blocks you. artifacts: paths that exist.
        """
        task = self._own(task)
        rail(self._environ, "the tool handoff", task)
        wish = AppendHandoff("", to or "-", task, status, deliverables, context, artifacts)
        block = speech.hand_off(self._site(), self._environ, wish, time.time())
        return f"{block.task}: handed off as {block.status_text}, line {block.line}. End your work now."

    def read_handoff(self, task: str) -> str:
        """The newest handoff on any task, quoted."""
        row, blocks = speech.handoffs_on(self._look(), task)
        if not blocks:
            return f"there is no handoff on {row.id}"
        earlier = f"; {len(blocks) - 1} before it" if len(blocks) > 1 else ""
        return f"from {blocks[-1].sender or 'somebody'}{earlier}\n{speech.quoted(blocks[-1])}"

    def ask(self, question: str, context: tuple[str, ...] = (), task: str = "") -> str:
        """Ask a person, and end your work: you go on with the answer. context: how far you are."""
        task = self._own(task)
        rail(self._environ, "the tool ask", task)
        if not question.strip():
            raise Trouble("a question needs words", "", USAGE)
        wish = speech.question_on(task, question, context)
        block = speech.hand_off(self._site(), self._environ, wish, time.time())
        return f"{block.task}: asked at line {block.line}. End your work now; the answer comes as you go on."

    def _own(self, task: str) -> str:
        """The task that is meant: the run's own one where none is named. Raises Trouble."""
        found = task.strip() or self._environ.get("MDORCH_TASK", "")
        if not found:
            raise Trouble("which task?", "name it: task=…; the tool tasks lists them", USAGE)
        return found

    def _site(self) -> Site:
        return open_site(*self._named, self._environ)

    def _look(self) -> Look:
        return look(self._site(), time.time())
