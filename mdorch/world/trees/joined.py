"""Two pieces of work made one, or the files in which they do not fit together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mdorch.world.trees.call import GitFailed, git, says


class Conflict(Exception):
    """Two pieces of work changed the same places. `files` are relative to the root of the repository."""

    def __init__(self, other: str, files: Sequence[str]) -> None:
        self.files = tuple(files)
        named = ", ".join(files[:6]) + (f" and {len(files) - 6} more" if len(files) > 6 else "")
        super().__init__(f"merge conflict with {other} in {named}")


def merge(path: Path, commit: str, name: str, message: str, *more: str) -> None:
    """Merge a commit into what is checked out there. Raises Conflict, GitFailed; then nothing has changed."""
    try:
        git(path, "merge", "--quiet", "--no-edit", "-m", message, *more, commit)
    except GitFailed:
        files = unmerged(path)
        says(path, "merge", "--abort")
        if not files:
            raise
        raise Conflict(name, files) from None


def unmerged(path: Path) -> list[str]:
    """Files in which a merge or the like found a conflict."""
    found = git(path, "diff", "--name-only", "--diff-filter=U", "-z")
    return [name for name in found.split("\0") if name]
