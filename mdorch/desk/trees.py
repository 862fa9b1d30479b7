"""What is to be known of work trees beside the journal: what agents left in their copies of the page."""

from __future__ import annotations

from collections.abc import Iterable

from mdorch.desk.site import Site
from mdorch.facts import Left, Run, RunState


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
