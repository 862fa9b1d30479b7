"""Branches that wait for somebody to merge them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from mdorch.world.trees.call import git
from mdorch.world.trees.tree import PREFIX


def unmerged(root: Path, branches: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Those of these branches whose work is not in HEAD; each with the others that it brings along, which are
    left out themselves. Raises OSError."""
    words = ("for-each-ref", "--no-merged=HEAD", "--format=%(refname) %(objectname)", f"refs/heads/{PREFIX}")
    pairs = (line.rpartition(" ") for line in git(root, *words).splitlines())
    tips = {name.removeprefix("refs/heads/"): tip for name, _, tip in pairs}
    tips = {name: tip for name, tip in tips.items() if name in branches}
    if len(tips) < 2:
        return dict.fromkeys(tips, ())
    outer = set(git(root, "merge-base", "--independent", *dict.fromkeys(tips.values())).split())
    first: dict[str, str] = {}
    for name, tip in tips.items():
        if tip in outer:
            first.setdefault(tip, name)
    return {name: tuple(_inside(root, tip, name, tips)) for tip, name in first.items()}


def _inside(root: Path, tip: str, own: str, tips: dict[str, str]) -> list[str]:
    merged = set(
        git(root, "for-each-ref", f"--merged={tip}", "--format=%(refname)", f"refs/heads/{PREFIX}").split()
    )
    return [name for name in tips if name != own and f"refs/heads/{name}" in merged]
