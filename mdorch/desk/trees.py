"""What runs that have ended left where they worked: handoffs in their copies of the page, and files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from mdorch.board.board import Board
from mdorch.board.status import Status
from mdorch.desk.site import Site
from mdorch.facts import Left, Run, RunState
from mdorch.plan.handoffs import promised


def left_by(site: Site, runs: Iterable[Run]) -> dict[str, Left]:
    """For each run that has ended in a tree of its own and is not folded, its copy of the page."""
    ended = [run for run in runs if run.state is RunState.ENDED and run.branch]
    if not ended:
        return {}
    from mdorch.world.trees.tree import Trees

    trees = Trees(site.root, site.dot)
    found: dict[str, Left] = {}
    for run in ended:
        tree, page = trees.find(run.id), trees.page_left(run.id)
        if tree is not None and page:
            found[run.id] = Left(page, tree.blocks)
    return found


def waiting_branches(site: Site, board: Board, runs: Iterable[Run]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Work of complete tasks that nobody has merged: task, branch, and the tasks whose work comes with it."""
    done = {task.id for task in board.tasks if task.status is Status.COMPLETE}
    kept = {run.branch: run.task for run in runs if run.branch and run.landed == "kept" and run.task in done}
    if not kept or site.git is None:
        return []
    from mdorch.world.trees.left import unmerged

    try:
        found = unmerged(site.root, kept)
    except OSError:
        return []
    return [
        (kept[branch], branch, tuple(dict.fromkeys(kept[inner] for inner in inside)))
        for branch, inside in found.items()
    ]


def missing_by(
    site: Site, board: Board, runs: Iterable[Run], left: Mapping[str, Left]
) -> dict[str, tuple[str, ...]]:
    """For each run that has ended and is not folded, the files that its handoffs say are there and are not.
    What lies outside of the place where it worked is nobody's to look for."""
    found: dict[str, tuple[str, ...]] = {}
    for run in [run for run in runs if run.state is RunState.ENDED]:
        blocks = [block for block in board.handoffs if block.task == run.task]
        if run.id in left:
            from mdorch.board.read import read

            blocks += read(left[run.id].page).board.handoffs
        named = dict.fromkeys(path for block in blocks for path in promised(block))
        if named:
            places = _places(site, run)
            found[run.id] = tuple(path for path in named if _is_missing(path, places))
    return found


def _places(site: Site, run: Run) -> list[Path]:
    if run.branch:
        from mdorch.world.trees.tree import Trees

        tree = Trees(site.root, site.dot).find(run.id)
        return [Path(tree.path)] if tree else []
    return [site.root, site.page.parent]


def _is_missing(path: str, places: list[Path]) -> bool:
    """Surely: a path that cannot be looked at, or leads out of the place, may be there."""
    for place in places:
        target = place / path
        try:
            if not target.resolve().is_relative_to(place.resolve()) or target.exists():
                return False
        except (OSError, ValueError, RuntimeError):
            return False
    return bool(places)
