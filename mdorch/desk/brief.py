"""The prompt of a task, from the page, the files it names, and what the journal remembers."""

from __future__ import annotations

import shlex
from collections.abc import Container

from mdorch.board.board import Board
from mdorch.board.leaving import handoffs_in
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.desk.given import server_of
from mdorch.desk.site import Site
from mdorch.frozen import Frozen, replace
from mdorch.page.source import Source
from mdorch.plan.graph import Needs
from mdorch.plan.prompt import Brief, answered, nudge, prompt
from mdorch.plan.proof import checks_of
from mdorch.world.journal import Journal

MAX_FILE = 200_000  # bytes read of a linked file; the prompt cuts further


class Who(Frozen):
    """The agent that is told something. `copy` is the path of its own copy of the page, if it has one."""

    agent: str
    run: str
    copy: str = ""


def prompt_of(site: Site, data: bytes, board: Board, task: Task, journal: Journal | None, who: Who) -> str:
    """What an agent would get for the task."""
    required = Needs(board, (), {}).required(task)  # whatever stands in the rows that it names
    brief = Brief(
        agent=who.agent,
        run=who.run,
        page=str(site.page),
        copy=who.copy,
        checks=_checks(site, task),
        bodies=[*_section(data, board, task), *_linked(site, task)],
        failed=_failed(journal, task, who.run),
        rejected=_rejected(journal, task),
        tools=_has_tools(site, who.agent),
    )
    return prompt(with_archived(site, board, {task.id, *required}), task, required, brief)


def _checks(site: Site, task: Task) -> list[str]:
    names = checks_of(task, site.own_policy).names
    return [f"{name} (`{shlex.join(site.settings.checks[name])}`)" for name in names]


def _has_tools(site: Site, agent: str) -> bool:
    spec = site.settings.agent(agent)
    return spec is not None and bool(server_of(site, spec))


def nudge_of(site: Site, board: Board, task: Task, who: Who) -> str:
    """What an agent is told that goes on in the session of its last run: the answer to its question, or that
    its handoff is missing."""
    page, tools = str(site.page), _has_tools(site, who.agent)
    brief = Brief(who.agent, who.run, page, who.copy, checks=_checks(site, task), tools=tools)
    asked = [block for block in board.handoffs if block.task == task.id and block.mark]
    if asked and asked[-1].answer:
        return answered(task, asked[-1], brief)
    return nudge(task, brief)


def with_archived(site: Site, board: Board, names: Container[str]) -> Board:
    """The board with the taken handoffs on these tasks that have left the page, before those that it has."""
    if not board.archived_blocks:
        return board
    try:
        archive = site.archive.read_bytes()
    except OSError:
        return board
    here = {block.digest for block in board.handoffs}
    left = [
        replace(block, valid=True)
        for block in handoffs_in(archive)
        if block.task in names and block.mark and block.digest not in here
    ]
    return replace(board, handoffs=(*left, *board.handoffs)) if left else board


def _section(data: bytes, board: Board, task: Task) -> list[tuple[str, str]]:
    """The section of the page whose heading begins with the id."""
    if task.id not in board.bodies:
        return []
    source = Source(data)
    first, last = board.bodies[task.id]
    return [("What the page says about it", "\n".join(source.line(n - 1) for n in range(first, last)))]


def _linked(site: Site, task: Task) -> list[tuple[str, str]]:
    """The file that the id or title links to, if it lies inside the repository."""
    target = task.link.partition("#")[0]
    if not target or "://" in target:
        return []
    root = site.root.resolve()
    path = (site.page.parent / target).resolve()
    try:
        if not path.is_relative_to(root) or not path.is_file():
            return []
        with path.open("rb") as file:
            text = file.read(MAX_FILE).decode("utf-8", "replace")
    except (OSError, ValueError):
        return []
    return [(f"Linked file {path.relative_to(root)}", text)]


def _failed(journal: Journal | None, task: Task, run: str) -> str:
    """How the attempt before this one failed, in one line."""
    if journal is None:
        return ""
    earlier = [r for r in journal.runs(task.id, ended=True) if r.id != run]
    if not earlier or earlier[-1].outcome != "failed":
        return ""
    last = earlier[-1]
    return f"{last.id} ({last.agent}): {last.ending}"


def _rejected(journal: Journal | None, task: Task) -> str:
    """A reviewer's words since the last completed attempt."""
    if journal is None or task.status is Status.COMPLETE:
        return ""
    notes = [n for n in journal.history(task.id) if n.kind in ("reject", "fold")]
    last = [n.text for n in notes if n.kind == "reject"]
    return last[-1] if last and notes[-1].kind == "reject" else ""
