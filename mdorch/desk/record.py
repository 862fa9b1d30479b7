"""Everything that is known of a task: its row, its verdict, its runs, its handoffs, its history."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from mdorch.config.errors import Trouble
from mdorch.desk.explain import why_answer
from mdorch.desk.find import NOT_SO, find_task
from mdorch.desk.look import Look, observed
from mdorch.desk.site import Site
from mdorch.desk.status import handoff_answer, run_answer, task_answer
from mdorch.desk.times import iso
from mdorch.facts import Run
from mdorch.plan.graph import Needs
from mdorch.world.journal import Journal
from mdorch.world.records import Note
from mdorch.world.runs import Runs


def show_answer(look: Look, task_id: str) -> dict[str, Any]:
    """`mdorch show --json`"""
    board = look.board
    task = find_task(board, look.site.page, task_id)
    needs = Needs(board, [t.status for t in board.tasks])
    runs = runs_of(look.site, look.journal, task.id)
    return {
        "task": task_answer(look, task, needs, runs[-1] if runs else None),
        "agent_text": task.agent_text,
        "requires_text": task.requires_text,
        "details": task.details,
        "check": task.check,
        "domain": task.domain,
        "why": why_answer(look, task.id),
        "runs": [run_answer(run) | {"folder": str(Runs(look.site.dot).folder(run.id))} for run in runs],
        "handoffs": [handoff_answer(h) for h in board.handoffs if h.task == task.id],
        "history": history_answer(look.journal, task.id),
    }


def runs_of(site: Site, journal: Journal | None, task: str) -> list[Run]:
    """All runs of a task, oldest first, as their folders show them."""
    return observed(journal.runs(task), Runs(site.dot).poll) if journal else []


def run_of(site: Site, task: str, attempt: int | None) -> Run:
    """The newest run of a task, or that of one attempt. Raises Trouble."""
    journal = Journal.peek(site.dot)
    runs: list[Run] = []
    if journal is not None:
        with closing(journal):
            runs = runs_of(site, journal, task)
    found = [run for run in runs if attempt is None or run.attempt == attempt]
    if not found:
        had = ", ".join(str(run.attempt) for run in runs)
        which = f"no attempt {attempt}" if runs else "no run yet"
        raise Trouble(f"{task} has {which}", f"it has: {had}" if had else f"mdorch why {task}", NOT_SO)
    return found[-1]


def history_answer(journal: Journal | None, task: str | None, limit: int | None = None) -> list[dict[str, Any]]:
    """Every change and run, oldest first; `kind` says what or who caused it."""
    return [_note(note) for note in journal.history(task, limit=limit)] if journal else []


def _note(note: Note) -> dict[str, Any]:
    return {"time": iso(note.time), "kind": note.kind, "task": note.task, "run": note.run, "text": note.text}
