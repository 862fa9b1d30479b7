"""Closing the tree of a run that is over, and bringing its branch to where it belongs."""

from __future__ import annotations

from pathlib import Path

from mdorch.frozen import Frozen
from mdorch.world.crash import crash_point
from mdorch.world.trees.call import GitFailed, ask, git, last_line, says
from mdorch.world.trees.joined import Conflict, merge, unmerged
from mdorch.world.trees.tree import Tree, Trees, write

TRIES = 5
KEPT = "kept"
UNCHANGED = "unchanged"
_NONE = "0" * 40


class Work(Frozen):
    """What is to become of a run's work. `how`: review (the branch stays as it is), merge or rebase."""

    run: str
    agent: str
    title: str
    how: str = "review"
    into: str = ""


def land(trees: Trees, work: Work) -> str:
    """What became of the branch: `kept`, or the commit of `into` that has it, or `unchanged`: its files are
    those that it began with.

    Raises Conflict, after which the branch is as it was, and OSError.
    """
    tree = trees.find(work.run)
    if tree is None or not Path(tree.path).is_dir():
        return KEPT
    landing = trees.file(work.run, "landing")
    if landing.exists():
        _take_back(Path(tree.path), tree.branch)
    else:
        _close(trees, tree, work)
        crash_point("tree.closed")
        if says(Path(tree.path), "diff", "--quiet", tree.base, tree.branch):
            return UNCHANGED
    if work.how == "review" or _checked_out(trees, work.into):
        return KEPT
    write(landing, b"")
    try:
        return _moved(trees, tree, work)
    finally:
        _take_back(Path(tree.path), tree.branch)
        landing.unlink(missing_ok=True)


def is_taken(trees: Trees, into: str) -> str:
    """Where somebody has this branch checked out, so that nothing may be merged into it; "" nowhere."""
    return _checked_out(trees, into)


def _close(trees: Trees, tree: Tree, work: Work) -> None:
    path = Path(tree.path)
    trees.keep_page(work.run, tree)
    crash_point("tree.page-kept")
    if files := unmerged(path):
        raise Conflict("what its agent was merging", files)
    _go_back(path, tree.branch)
    _restore_page(path, tree.page_name)
    but = [f":(exclude,top,literal){tree.page_name}"] if tree.page_name else []
    git(path, "add", "--all", "--", ".", *but)
    if not says(path, "diff", "--cached", "--quiet"):
        git(path, "commit", "--quiet", "--no-verify", "-m", work.title, who=work.agent)
    if tree.page_name and not says(path, "diff", "--quiet", tree.base, "HEAD", "--", tree.page_name):
        _uncommit_page(path, tree)


def _go_back(path: Path, branch: str) -> None:
    """An agent that went to a branch of its own, or to none, comes back with what it committed there."""
    at, head = ask(path, "symbolic-ref", "--quiet", "HEAD").stdout.strip(), f"refs/heads/{branch}"
    if at == head:
        return
    if not says(path, "merge-base", "--is-ancestor", head, "HEAD"):
        where = at.removeprefix("refs/heads/") or "no branch"
        raise GitFailed("branch", f"its agent left {branch} for {where}, which does not go on from it")
    git(path, "update-ref", head, "HEAD")
    git(path, "symbolic-ref", "HEAD", head)


def _restore_page(path: Path, name: str) -> None:
    """The page as committed: nothing of the agent's copy is left that could be in the way of a merge."""
    if not name:
        return
    if says(path, "ls-files", "--error-unmatch", "--", name):
        says(path, "update-index", "--no-skip-worktree", "--", name)
        git(path, "checkout", "--quiet", "HEAD", "--", name)
    else:
        (path / name).unlink(missing_ok=True)


def _uncommit_page(path: Path, tree: Tree) -> None:
    """The agent committed its copy: the branch ends with the page that it began with."""
    if says(path, "cat-file", "-e", f"{tree.base}:{tree.page_name}"):
        git(path, "checkout", "--quiet", tree.base, "--", tree.page_name)
    else:
        git(path, "rm", "--quiet", "--cached", "--", tree.page_name)
    git(path, "commit", "--quiet", "--no-verify", "-m", f"Leave {tree.page_name} as it was")


def _checked_out(trees: Trees, into: str) -> str:
    words = ("for-each-ref", "--format=%(worktreepath)", f"refs/heads/{into}")
    return git(trees.root, *words).strip() if into else ""


def _moved(trees: Trees, tree: Tree, work: Work) -> str:
    """`into` moved to a commit that has the branch. Somebody else may move it meanwhile: then again."""
    path, ref = Path(tree.path), f"refs/heads/{work.into}"
    for _ in range(TRIES):
        before = trees.commit(ref)
        start = before or trees.head()
        if before and trees.contains(before, tree.branch):
            return before
        after = _joined(path, tree, work, start)
        crash_point("tree.merged")
        if says(trees.root, "update-ref", "-m", work.title, ref, after, before or _NONE):
            crash_point("tree.moved")
            return after
        _take_back(path, tree.branch)
    raise GitFailed("update-ref", f"{work.into} is moved again and again by somebody else")


def _joined(path: Path, tree: Tree, work: Work, start: str) -> str:
    """The commit that has both. Raises Conflict."""
    if work.how == "rebase":
        _without_page(path, tree, work)
        done = ask(path, "rebase", "--quiet", start, tree.branch)
        if done.returncode:
            files = unmerged(path)
            says(path, "rebase", "--abort")
            if files:
                raise Conflict(work.into, files)
            raise GitFailed("rebase", last_line(done.stderr))
    else:
        git(path, "checkout", "--quiet", "--detach", start)
        merge(path, tree.branch, work.into, f"Merge {work.title}", "--no-ff")
    return git(path, "rev-parse", "HEAD").strip()


def _without_page(path: Path, tree: Tree, work: Work) -> None:
    """Commits that touch the page cannot be replayed one by one: the branch becomes one commit."""
    if tree.page_name and git(path, "rev-list", f"{tree.base}..{tree.branch}", "--", tree.page_name):
        words = ("commit-tree", f"{tree.branch}^{{tree}}", "-p", tree.base, "-m", work.title)
        made = git(path, *words, who=work.agent).strip()
        git(path, "update-ref", "-m", "without the page", f"refs/heads/{tree.branch}", made)


def _take_back(path: Path, branch: str) -> None:
    """What a crash, or a conflict, left of our own in the tree. All of the agent's is committed by then."""
    says(path, "merge", "--abort")
    says(path, "rebase", "--abort")
    if ask(path, "symbolic-ref", "--quiet", "HEAD").stdout.strip() != f"refs/heads/{branch}":
        git(path, "checkout", "--quiet", "--force", branch)
