"""The work trees of this page's runs: which one a run gets, what it starts from, what becomes of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial

from mdorch.board.board import Board
from mdorch.board.read import Reading
from mdorch.board.task import Task
from mdorch.daemon.state import State
from mdorch.desk.site import Site
from mdorch.facts import Run, RunState
from mdorch.plan.actions import Action
from mdorch.plan.advance import Outcome, isolated
from mdorch.plan.graph import Needs
from mdorch.world.attached import attached
from mdorch.world.crew import Crew
from mdorch.world.trees.land import KEPT, UNCHANGED, Work, is_taken, land
from mdorch.world.trees.tree import Tree, Trees, Wanted

_GONE_ON = (Outcome.BLOCKED, Outcome.NUDGED)  # the session may be gone on with, in the same tree


class NotYet(Exception):
    """It is being done, and the bell rings when it is over."""


class Forest:
    """Trees are made, closed and taken away by a crew, beside the loop: git may take long. Without one, the
    daemon waits for git. What is done in one tree is done one after the other."""

    def __init__(self, site: Site, state: State, crew: Crew | None = None) -> None:
        self.site = site
        self.state = state
        self.crew = crew
        self.trees = Trees(site.root, site.dot)
        self._landing: dict[str, Action] = {}  # by run: what was asked for and is not over
        self._slots: dict[str, int] = {}  # of runs whose trees may not be made yet

    def tree(self, reading: Reading, task: Task, run: Run) -> Tree | None:
        """The tree of a run that is about to start, None where it works in the checkout. A run that goes on
        in a session goes on in its tree. Raises NotYet, Conflict, OSError."""
        if not isolated(task, run.agent, self.site.own_policy):
            return None
        name = _making(run.id)
        if self.crew is not None and self.crew.is_over(name):
            tree: Tree = self.crew.fetch(name)
            return tree
        if self.crew is not None and self.crew.is_busy(name):
            raise NotYet
        wanted = self._wanted(reading, task, run)
        before = self.state.resumed(run)
        same = before is not None and before.task == run.task and before.branch

        def make() -> Tree:
            lent = self.trees.lend(run.id, run.resumes, wanted) if same else None
            return lent or self.trees.make(wanted)

        if self.crew is None:
            return make()
        own = self.trees.find(run.id) or (self.trees.find(run.resumes) if same else None)
        self.crew.ask(name, own.path if own else str(self.trees.path(run.id)), make)
        raise NotYet

    def not_wanted(self, run: str) -> None:
        """The claim of this run is given up: nobody waits for its tree."""
        if self.crew is not None:
            self.crew.forget(_making(run))

    def is_home(self, run: Run, tree: Tree | None) -> bool:
        """Whether a run works in the folder in which the run began whose session it goes on with."""
        before = self.state.resumed(run)
        if before is None:
            return True
        at = self.trees.find(before.id) if before.branch else None
        return (tree.path if tree else "") == (at.path if at else "")

    def land(self, action: Action) -> str:
        """Close the tree of a run, and merge its branch where that is asked for: what became of it.
        Raises NotYet, Conflict, OSError."""
        settings = self.site.settings
        how = settings.merge if action.outcome == Outcome.COMPLETE else "review"
        title = f"{action.task}: {self._title(action.task)} ({action.run})"
        work = Work(action.run, action.agent, title, how, settings.into)
        if self.crew is None:
            return land(self.trees, work)
        tree = self.trees.find(action.run)
        self._landing[action.run] = action
        self.crew.ask(
            _landing(action.run), tree.path if tree else action.run, partial(land, self.trees, work)
        )
        raise NotYet

    def told(self, action: Action, landed: str) -> str:
        """What became of it, as a sentence."""
        branch, into = self.state.runs[action.run].branch, self.site.settings.into
        if landed == UNCHANGED:
            return f"{branch} has changed nothing"
        if landed != KEPT:
            return f"{branch} is in {into} ({landed[:10]})"
        asked = self.site.settings.merge != "review" and action.outcome == Outcome.COMPLETE
        taken = is_taken(self.trees, into) if asked else ""
        return f"{branch} is left: {into} is checked out in {taken}" if taken else f"{branch} has its work"

    def fetch_landed(self) -> list[tuple[Action, Callable[[], str]]]:
        """What a crew has landed since it was asked last: each with what tells what became of it, or raises
        what `land` does."""
        if self.crew is None:
            return []
        over = [a for a in self._landing.values() if self.crew.is_over(_landing(a.run))]
        for action in over:
            del self._landing[action.run]
        return [(action, partial(self.crew.fetch, _landing(action.run))) for action in over]

    @property
    def landing(self) -> frozenset[str]:
        """The runs whose trees are being closed: what is seen in them now is not what their agents left."""
        return frozenset(self._landing)

    def sweep(self) -> None:
        """Take away the trees whose work is elsewhere. One whose session is gone on with stays."""
        if not self.trees.folder.is_dir():
            return
        runs, into = list(self.state.runs.values()), self.site.settings.into
        last, hands = {run.task: run.id for run in runs}, attached(self.site.dot)
        waits = {r.id for r in runs if (r.outcome in _GONE_ON and last[r.task] == r.id) or r.task in hands}
        busy = {r.id for r in runs if r.state is not RunState.FOLDED} | waits | self.landing
        for run, tree in self.trees.idle(busy):
            if self.crew is None:
                self.trees.sweep(run, tree, into)
            else:
                job = partial(self.trees.sweep, run, tree, into)
                self.crew.ask(f"sweep {run}", tree.path, job, quiet=True)

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
            slot=self._slot(run),
        )

    def _slot(self, run: Run) -> int:
        """A number that no run at work has, nor one whose tree is only being made."""
        live = {other.id for other in self.state.runs.values() if other.live and other.id != run.id}
        self._slots = {name: slot for name, slot in self._slots.items() if name in live}
        taken = self.trees.slots(live) | set(self._slots.values())
        self._slots[run.id] = next(n for n in range(len(taken) + 1) if n not in taken)
        return self._slots[run.id]

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
        if tip := self.trees.commit(f"refs/heads/{run.branch}"):
            return run.branch, tip
        return (
            (run.branch, run.landed)
            if run.landed not in ("", KEPT, UNCHANGED) and self.trees.commit(run.landed)
            else None
        )

    def _title(self, name: str) -> str:
        rows = self.state.reading.board.tasks if self.state.reading else ()
        title = next((task.title for task in rows if task.id == name), "")
        return " ".join(title.split())[:100]


def _making(run: str) -> str:
    return f"make {run}"


def _landing(run: str) -> str:
    return f"land {run}"
