"""Everything that is known of a task: its row, its verdict, its runs, its handoffs, its history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mdorch.config.errors import Trouble
from mdorch.desk.brief import Who, prompt_of
from mdorch.desk.explain import why_answer
from mdorch.desk.find import NOT_SO, find_task
from mdorch.desk.look import Look, observed, peeked
from mdorch.desk.site import Site
from mdorch.desk.status import handoff_answer, run_answer, task_answer
from mdorch.desk.times import iso
from mdorch.facts import Run
from mdorch.plan.choose import Assignment
from mdorch.plan.claims import effective
from mdorch.plan.graph import Needs
from mdorch.world.journal import Journal
from mdorch.world.records import Note
from mdorch.world.runs import Runs


def show_answer(look: Look, task_id: str) -> dict[str, Any]:
    """`mdorch show --json`"""
    board = look.board
    task = find_task(board, look.site.page, task_id)
    needs = Needs(board, effective(board, look.facts))
    with peeked(look.site) as journal:
        runs = runs_of(look.site, journal, task.id)
        history = _history(journal, task.id)
    return {
        "task": task_answer(look, task, needs, runs[-1] if runs else None),
        "agent_text": task.agent_text,
        "requires_text": task.requires_text,
        "details": task.details,
        "check": task.check,
        "domain": task.domain,
        "why": why_answer(look, task.id),
        "runs": [run_answer(run, look) | {"folder": str(Runs(look.site.dot).folder(run.id))} for run in runs],
        "handoffs": [handoff_answer(h) for h in board.handoffs if h.task == task.id],
        "history": history,
    }


def runs_of(site: Site, journal: Journal | None, task: str) -> list[Run]:
    """All runs of a task, oldest first, as their folders show them."""
    return observed(site, journal.runs(task)) if journal else []


def lately(look: Look, since: float) -> list[Run]:
    """Runs that ended at or after `since` (epoch seconds), of every round, oldest first."""
    with peeked(look.site) as journal:
        known = journal.ended_since(since) if journal else []
    return [run for run in known if run.ended]


def run_of(site: Site, task: str, attempt: int | None) -> Run:
    """The newest run of a task, or that of one attempt. Raises Trouble."""
    with peeked(site) as journal:
        runs = runs_of(site, journal, task)
    found = [run for run in runs if attempt is None or run.attempt == attempt]
    if not found:
        had = ", ".join(str(run.attempt) for run in runs)
        which = f"no attempt {attempt}" if runs else "no run yet"
        raise Trouble(f"{task} has {which}", f"it has: {had}" if had else f"mdorch why {task}", NOT_SO)
    return found[-1]


def output_of(site: Site, run: Run) -> tuple[Path, Path]:
    """The files with what a run printed, and what it complained of."""
    return Runs(site.dot).outputs(run.id)


def is_running(site: Site, run: Run) -> bool:
    return Runs(site.dot).poll(run.id).state == "running"


def prompt_answer(look: Look, task_id: str, agent: str = "") -> str:
    """The prompt that the next run of a task would get, as its agent or as another one."""
    task = find_task(look.board, look.site.page, task_id)
    chosen = [c.agent for c in Assignment(look.policy).candidates(task)]
    run = f"{task.id}.{look.facts.highest.get(task.id, 0) + 1}{look.facts.suffix}"
    with peeked(look.site) as journal:
        who = Who(agent or (chosen[0] if chosen else "default"), run)
        return prompt_of(look.site, look.data, look.board, task, journal, who)


def history_answer(site: Site, task: str | None = None, limit: int | None = None) -> dict[str, Any]:
    """`mdorch history --json`: every change and run, oldest first; `kind` says what or who caused it."""
    with peeked(site) as journal:
        return {"history": _history(journal, task, limit)}


def _history(journal: Journal | None, task: str | None, limit: int | None = None) -> list[dict[str, Any]]:
    return [_note(note) for note in journal.history(task, limit=limit)] if journal else []


def _note(note: Note) -> dict[str, Any]:
    return {"time": iso(note.time), "kind": note.kind, "task": note.task, "run": note.run, "text": note.text}
