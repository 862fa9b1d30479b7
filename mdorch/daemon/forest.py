"""The work trees of this page's runs: which one a run gets, what it starts from, what becomes of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from mdorch.board.board import Board
from mdorch.board.policy import PagePolicy
from mdorch.board.read import Reading
from mdorch.board.task import Task
from mdorch.daemon.state import State
from mdorch.desk.site import Site
from mdorch.facts import Run, RunState
from mdorch.plan.actions import Action
from mdorch.plan.advance import Outcome, isolated
from mdorch.plan.graph import Needs
from mdorch.world.attached import attached
from mdorch.world.trees.land import KEPT, Work, is_taken, land
from mdorch.world.trees.tree import Tree, Trees, Wanted


class Forest:
    """Trees are made and closed here, one after the other; the daemon waits for git."""

    def __init__(self, site: Site, state: State) -> None:
        self.site = site
        self.state = state
        self.trees = Trees(site.root, site.dot)

    def tree(self, reading: Reading, task: Task, run: Run) -> Tree | None:
        """The tree of a run that is about to start, None where it works in the checkout. A run that goes on
        in a session goes on in its tree. Raises Conflict, OSError."""
        if not isolated(task, run.agent, self.site.settings.policy(PagePolicy())):
            return None
        wanted = self._wanted(reading, task, run)
        before = self.state.resumed(run)
        same = before is not None and before.task == run.task and before.branch
        lent = self.trees.lend(run.id, run.resumes, wanted) if same else None
        return lent or self.trees.make(wanted)

    def is_home(self, run: Run, tree: Tree | None) -> bool:
        """Whether a run works in the folder in which the run began whose session it goes on with."""
        before = self.state.resumed(run)
        if before is None:
            return True
        at = self.trees.find(before.id) if before.branch else None
        return (tree.path if tree else "") == (at.path if at else "")

    def land(self, action: Action) -> str:
        """Close the tree of a run, and merge its branch where that is asked for: what became of it.
        Raises Conflict, OSError."""
        settings = self.site.settings
        how = settings.merge if action.outcome == Outcome.COMPLETE else "review"
        title = f"{action.task}: {self._title(action.task)} ({action.run})"
        return land(self.trees, Work(action.run, action.agent, title, how, settings.into))

    def told(self, action: Action, landed: str) -> str:
        """What became of it, as a sentence."""
        branch, into = self.state.runs[action.run].branch, self.site.settings.into
        if landed != KEPT:
            return f"{branch} is in {into} ({landed[:10]})"
        asked = self.site.settings.merge != "review" and action.outcome == Outcome.COMPLETE
        taken = is_taken(self.trees, into) if asked else ""
        return f"{branch} is left: {into} is checked out in {taken}" if taken else f"{branch} has its work"

    def sweep(self) -> list[str]:
        """Take away the trees whose work is elsewhere; the runs that they were of."""
        if not self.trees.folder.is_dir():
            return []
        runs = self.state.runs.values()  # (one that is blocked may go on in its tree, with an answer)
        busy = {r.id for r in runs if r.state is not RunState.FOLDED or r.outcome == Outcome.BLOCKED}
        if hands := attached(self.site.dot):
            busy |= {r.id for r in runs if r.task in hands}
        with suppress(OSError):
            return self.trees.sweep(busy, self.site.settings.into)
        return []

    def _wanted(self, reading: Reading, task: Task, run: Run) -> Wanted:
        inside = self.site.page.is_relative_to(self.site.root)
        return Wanted(
            run=run.id,
            task=task.id,
            work=tuple(self._work(reading.board, task)),
            page_name=os.path.relpath(self.site.page, self.site.root) if inside else "",
            page=reading.source.data,
            blocks=tuple(block.digest for block in reading.board.handoffs),
            copy=self.site.settings.tree_copy,
            live=frozenset(other.id for other in self.state.runs.values() if other.live),
        )

    def _work(self, board: Board, task: Task) -> Iterator[tuple[str, str]]:
        """What the task itself has come to so far, then what it requires: the nearest branch on each way."""
        needs, rows = Needs(board, ()), {t.id: t for t in board.tasks}
        own = self._last(task.id)
        if own:
            yield own
        seen, waiting = {task.id}, needs.required(task)
        while waiting:
            name = waiting.pop(0)
            if name in seen:
                continue
            seen.add(name)
            found = self._last(name)
            if found:
                yield found
            elif name in rows:
                waiting += needs.required(rows[name])

    def _last(self, task: str) -> tuple[str, str] | None:
        """The branch of the last run of the task that closed its tree, or what it was merged as."""
        runs = self.state.journal.runs(task)
        closed = [run for run in runs if run.branch and (run.landed or run.conflicts)]
        if not closed:
            return None
        run = closed[-1]
        if self.trees.commit(f"refs/heads/{run.branch}"):
            return run.branch, run.branch
        return (
            (run.branch, run.landed)
            if run.landed not in ("", KEPT) and self.trees.commit(run.landed)
            else None
        )

    def _title(self, name: str) -> str:
        rows = self.state.reading.board.tasks if self.state.reading else ()
        title = next((task.title for task in rows if task.id == name), "")
        return " ".join(title.split())[:100]
