"""Adding a work tree while others are added, removed or looked at in the same repository.

For some microseconds git leaves the files of a tree that it adds, or removes, half-made, and any git that
then lists the trees of the repository dies of it ("failed to read …/commondir"): under load, one of a hundred
that are added by several at once. So we add one tree at a time, without its files, which take long and are
put there afterwards; and whoever dies of a half-made tree, ours or anybody's, tries again (see `call.ask`).
"""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from mdorch.world.crash import crash_point
from mdorch.world.trees.call import GitFailed, git, is_half_made, says

TRIES = 6
_ONE = threading.Lock()


def add(root: Path, branch: str, path: Path, base: str) -> None:
    """Make the new branch at `base`, checked out at `path`, where nothing is. Raises GitFailed, OSError."""
    words = ("worktree", "add", "--force", "--quiet", "--no-track", "--no-checkout", "-b", branch)
    with _ONE:
        for tries in range(1, TRIES + 1):
            try:
                git(root, *words, str(path), base)
                break
            except GitFailed as error:
                if tries == TRIES or not is_half_made(str(error)):
                    raise
                wipe(root, path)
                says(root, "update-ref", "-d", f"refs/heads/{branch}", base)
    crash_point("tree.empty")
    git(path, "reset", "--hard", "--quiet", "--no-recurse-submodules")


def wipe(root: Path, path: Path) -> None:
    """Take away a tree in which nobody ever was."""
    if path.exists():
        says(root, "worktree", "remove", "--force", "--force", str(path))
        shutil.rmtree(path, ignore_errors=True)
