"""Orchestration patterns: tasks that are appended to the queue together, ready to edit.

The four of the controller document are built in; a page or a companion has its own under a heading
`Orchestration Patterns`. Their rows are On Hold until somebody lets them go: a pattern says who does what,
but not yet about what.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from mdorch.board.board import Board
from mdorch.board.defaults import DEFAULTS
from mdorch.board.policy import Form, Recipe
from mdorch.board.status import Status
from mdorch.board.wishes import AppendTask
from mdorch.board.words import begins, words
from mdorch.config.errors import USAGE, Trouble
from mdorch.desk.commands import opened
from mdorch.frozen import Frozen

# form -> prefix of the ids, group
_KIND = {
    Form.PARALLEL: ("DISC", "Discovery"),
    Form.BY_DOMAIN: ("IMPL", "Implementation"),
    Form.SEQUENTIAL: ("VAL", "Validation"),
    Form.EMERGENCY: ("CRISIS", "Emergency"),
}


class Order(Frozen):
    """How a pattern is to be laid out. `about` goes into every title, `requires` is what the first rows wait
    for, `phase` the sub-heading to put them under; `go`: they may start at once."""

    about: str = ""
    requires: str = ""
    phase: str = ""
    go: bool = False


def recipes(board: Board) -> list[Recipe]:
    """Every pattern there is: those of the page and its companions, then the built-in ones."""
    named = {recipe.name for recipe in board.policy.recipes}
    return [*board.policy.recipes, *(r for r in DEFAULTS.recipes if r.name not in named)]


def find_recipe(board: Board, name: str) -> Recipe:
    """By its name, the beginning of it, or a word in it; by the controller document's number for the four
    built-in ones. Raises Trouble."""
    known, said = recipes(board), words(name)
    numbered = {str(n): r.name for n, r in enumerate(DEFAULTS.recipes, start=1)}
    said = numbered.get(said.removeprefix("pattern "), said)
    for fits in (
        [r for r in known if r.name == said],
        [r for r in known if said and r.name.startswith(said)],
        [r for r in known if said and said in r.name.split()],
    ):
        if len(fits) == 1:
            return fits[0]
    names = ", ".join(f"“{recipe.name}”" for recipe in known)
    raise Trouble(f"there is no pattern “{name}”", f"there is {names}", USAGE)


def append(name: str, order: Order, chosen: list[Recipe]) -> Callable[[Board], Sequence[AppendTask]]:
    """The wishes for a pattern; `chosen` says afterwards which one it was."""

    def make(board: Board) -> Sequence[AppendTask]:
        chosen[:] = [find_recipe(board, name)]
        return rows(board, chosen[0], order)

    return make


def rows(board: Board, recipe: Recipe, order: Order) -> list[AppendTask]:
    """One row for each step. In a sequence each requires the one before it."""
    prefix, group = _KIND[recipe.form]
    taken = {task.id for task in board.tasks}
    names = (name for n in count(1) if (name := f"{prefix}-{n:03d}") not in taken)
    has = _columns(board, order.phase)
    status = opened(board, Status.WAITING) if order.go else Status.ON_HOLD
    found: list[AppendTask] = []
    for step in recipe.steps:
        before = found[-1].id if recipe.form is Form.SEQUENTIAL and found else ""
        found.append(
            AppendTask(
                title=f"{step.title}: {order.about}" if order.about else step.title,
                id=next(names),
                status=status,
                agent=step.agent if "agent" in has else "",
                requires=before or order.requires,
                priority="critical" if recipe.form is Form.EMERGENCY and "priority" in has else "",
                phase=order.phase,
                group=group,
                domain=step.agent if recipe.form is Form.BY_DOMAIN else "",
            )
        )
    return found


def _columns(board: Board, phase: str) -> frozenset[str]:
    """The columns of the table that the rows will go to, as far as its rows tell."""
    said = words(phase)
    there = [t for t in board.tasks if said and begins(t.phase, said)] or list(board.tasks[-1:])
    return frozenset(there[-1].roles if there else ("agent",))
